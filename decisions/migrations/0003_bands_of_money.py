"""Who signs for money that moves between lines of a budget: by amount, within working days; emergencies at once."""

from __future__ import annotations

from typing import Any

from django.db import migrations

DAY = 9  # working hours
BANDS = (
    ("budgets.transfer", 100_000, 1, "director", DAY),
    ("budgets.transfer", 500_000, 1, "general manager", 3 * DAY),
    ("budgets.transfer", None, 1, "board", 5 * DAY),
    ("budgets.transfer", None, 2, "board", 5 * DAY),
    ("budgets.emergency", None, 1, "CFO", DAY),
)


def add(apps: Any, schema_editor: Any) -> None:
    band = apps.get_model("decisions", "Band")
    for kind, up_to, position, duty, hours in BANDS:
        band.objects.get_or_create(
            kind=kind, up_to=up_to, position=position, defaults={"duty": duty, "working_hours": hours}
        )


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_raised_steps")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
