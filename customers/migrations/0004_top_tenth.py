"""The best customers by name, as the last run found them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_privacy"),
        ("organization", "0018_tokens_for_feedback"),
    ]

    operations = [
        migrations.AddField(
            model_name="areavalue",
            name="top_tenth",
            field=models.BigIntegerField(
                default=0,
                help_text="The best tenth of those who ordered within the window; see `TopCustomer`.",
            ),
        ),
        migrations.CreateModel(
            name="TopCustomer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                ("tier", models.CharField(max_length=10)),
                ("recency", models.PositiveSmallIntegerField()),
                ("frequency", models.PositiveSmallIntegerField()),
                ("money", models.PositiveSmallIntegerField()),
                ("orders", models.BigIntegerField()),
                ("amount", models.DecimalField(decimal_places=4, max_digits=20)),
                ("last_day", models.DateField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="top",
                        to="customers.valuerun",
                    ),
                ),
                (
                    "scope",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organization.scope"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run", "scope", "place"), name="top_customer_one_a_place")
                ],
            },
        ),
    ]
