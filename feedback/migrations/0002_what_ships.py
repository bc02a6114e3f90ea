"""Settings, service levels, categories and drivers that ship; people edit them."""

from __future__ import annotations

from typing import Any

from django.db import migrations

CATEGORIES = [
    ("quality", "Product quality", "产品质量"),
    ("delivery", "Delivery", "物流配送"),
    ("service", "Service", "服务态度"),
    ("price", "Price and billing", "价格与账单"),
    ("promise", "Not as advertised", "与宣传不符"),
    ("other", "Other", "其他"),
]
DRIVERS = [
    ("quality", "Product quality", "产品质量"),
    ("price", "Value for money", "性价比"),
    ("delivery", "Delivery", "物流配送"),
    ("service", "Service", "服务"),
    ("ease", "Ease of use", "使用便捷"),
]
# Severity → working minutes to the first answer, hours by the calendar at most, working minutes to the solution.
LEVELS = {1: (120, 48, 40 * 60), 2: (60, 48, 24 * 60), 3: (60, 24, 16 * 60), 4: (30, 12, 8 * 60)}


def add(apps: Any, schema_editor: Any) -> None:
    apps.get_model("feedback", "FeedbackSettings").objects.get_or_create(pk=1)
    for name, rows in (("Category", CATEGORIES), ("Driver", DRIVERS)):
        model = apps.get_model("feedback", name)
        for position, (code, english, chinese) in enumerate(rows, start=1):
            model.objects.get_or_create(
                code=code, defaults={"name": english, "name_zh": chinese, "position": position}
            )
    level = apps.get_model("feedback", "ServiceLevel")
    for severity, (answer, at_most, solve) in LEVELS.items():
        level.objects.get_or_create(
            severity=severity,
            defaults={"answer_minutes": answer, "answer_hours_at_most": at_most, "solve_minutes": solve},
        )


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_feedback")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
