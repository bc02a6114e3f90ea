import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organization", "0015_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="node",
            name="open",
            field=models.BooleanField(
                db_default=False,
                help_text="Looked at without a grant on it, with all below it: by every member, or (NodeReader) those of named areas.",
            ),
        ),
        migrations.AddIndex(
            model_name="node",
            index=models.Index(condition=models.Q(("open", True)), fields=["id"], name="node_open"),
        ),
        migrations.CreateModel(
            name="NodeReader",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "node",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="readers",
                        to="organization.node",
                    ),
                ),
                (
                    "scope",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organization.scope",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("node", "scope"), name="node_reader_once"),
                ],
            },
        ),
    ]
