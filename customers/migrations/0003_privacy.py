"""Contacts of customers, sealed; who was forgotten; and for how long personal data is kept."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


def add(apps: Any, schema_editor: Any) -> None:
    """Everything is kept until somebody says for how long."""
    for field_class in ("contact", "comment", "conversation", "interview"):
        apps.get_model("customers", "Retention").objects.get_or_create(pk=field_class)
    apps.get_model("customers", "RetentionSettings").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_customer_value"),
    ]

    operations = [
        migrations.CreateModel(
            name="Retention",
            fields=[
                (
                    "field_class",
                    models.CharField(
                        choices=[
                            ("contact", "Contacts of customers"),
                            ("comment", "Comments of survey answers"),
                            ("conversation", "Complaints and their conversations"),
                            ("interview", "Notes and quotes of interviews"),
                        ],
                        max_length=12,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("days", models.PositiveIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="RetentionSettings",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("swept_on", models.DateField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="customer",
            name="contact_at",
            field=models.DateTimeField(help_text="When one of these four was last given.", null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="email",
            field=models.TextField(blank=True, db_default="", help_text="Sealed."),
        ),
        migrations.AddField(
            model_name="customer",
            name="forgotten_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="name",
            field=models.TextField(blank=True, db_default="", help_text="Sealed."),
        ),
        migrations.AddField(
            model_name="customer",
            name="phone",
            field=models.TextField(blank=True, db_default="", help_text="Sealed."),
        ),
        migrations.AlterField(
            model_name="customer",
            name="contact",
            field=models.TextField(
                blank=True,
                db_default="",
                help_text="Sealed; what a file of orders gave: a phone number or an address.",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(
                    ("contact", ""), ("email", ""), ("name", ""), ("phone", ""), _negated=True
                ),
                fields=["id"],
                name="customer_with_contact",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("forgotten_at__isnull", True),
                    models.Q(("contact", ""), ("email", ""), ("name", ""), ("phone", "")),
                    _connector="OR",
                ),
                name="customer_forgotten_wholly",
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gte", 30)), name="retention_a_month_or_more"
            ),
        ),
        migrations.AddConstraint(
            model_name="retentionsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", 1)), name="retention_settings_one_row"
            ),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
