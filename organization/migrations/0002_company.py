"""The company's row of settings, and the scope that has no node at all."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def add(apps: Any, schema_editor: Any) -> None:
    apps.get_model("organization", "Company").objects.create()
    apps.get_model("organization", "Scope").objects.create(key="company")


class Migration(migrations.Migration):
    dependencies = [("organization", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
