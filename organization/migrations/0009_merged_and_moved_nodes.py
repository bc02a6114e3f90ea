from __future__ import annotations

import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("organization", "0008_ended_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="TreeChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("merge", "Merged"),
                            ("move", "Moved"),
                            ("rename", "Renamed"),
                            ("archive", "Put away"),
                            ("restore", "Brought back"),
                            ("alias", "Name added"),
                            ("unalias", "Name removed"),
                            ("review", "Looked at"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "touched",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        help_text="Every node that it changed.",
                        size=None,
                    ),
                ),
                ("details", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("undone_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="node",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="organization.node",
            ),
        ),
        migrations.AddField(
            model_name="node",
            name="place",
            field=models.TextField(
                db_default="",
                help_text="Where it lies now: the slugs from the top down; `path` until it is moved.",
            ),
        ),
        migrations.AddConstraint(
            model_name="node",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True), ("archived_at__isnull", False), _connector="OR"
                ),
                name="node_merged_is_put_away",
            ),
        ),
        migrations.AddConstraint(
            model_name="node",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="node_not_merged_into_itself",
            ),
        ),
        migrations.AddField(
            model_name="treechange",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="treechange",
            name="node",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organization.node"
            ),
        ),
        migrations.AddField(
            model_name="treechange",
            name="other",
            field=models.ForeignKey(
                help_text="What it was merged into, or moved below.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organization.node",
            ),
        ),
        migrations.AddField(
            model_name="treechange",
            name="undone_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL("UPDATE organization_node SET place = path", migrations.RunSQL.noop, elidable=True),
    ]
