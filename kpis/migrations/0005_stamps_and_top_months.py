import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import kpis.models.fields

# Read by month and written whole months at a time, as the other cross-cuts are (0003); filled from what is there.
FILL = """
ALTER TABLE kpis_topmonth DROP CONSTRAINT kpis_topmonth_pkey;
CREATE INDEX topmonth_by_month ON kpis_topmonth (month, source_id);
ALTER TABLE kpis_topmonth ALTER COLUMN amounts SET STORAGE PLAIN;
DO $$
DECLARE sums text;
BEGIN
    SELECT string_agg('sum(amounts[' || slot || '])', ', ') INTO sums
    FROM generate_series(1, (SELECT coalesce(max(slot), 1) FROM kpis_measure)) AS slot;
    EXECUTE 'INSERT INTO kpis_topmonth (month, channel_id, region_id, product_id, source_id, amounts)
        SELECT month, coalesce(channel.ancestor_id, 0), coalesce(region.ancestor_id, 0), coalesce(product.ancestor_id, 0),
            source_id, ARRAY[' || sums || ']::numeric[]
        FROM kpis_crossmonth AS fact
        LEFT JOIN organization_nodeancestor AS channel ON channel.node_id = channel_id AND channel.ancestor_depth = 1
        LEFT JOIN organization_nodeancestor AS region ON region.node_id = region_id AND region.ancestor_depth = 1
        LEFT JOIN organization_nodeancestor AS product ON product.node_id = product_id AND product.ancestor_depth = 1
        GROUP BY 1, 2, 3, 4, 5';
END $$;
"""
BACK = "ALTER TABLE kpis_topmonth ADD PRIMARY KEY (month, channel_id, region_id, product_id, source_id)"


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0004_count_one_source"),
    ]

    operations = [
        migrations.CreateModel(
            name="Stamp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), db_index=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TopMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month",
                        "channel_id",
                        "region_id",
                        "product_id",
                        "source",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("month", models.DateField()),
                ("channel_id", models.IntegerField()),
                ("region_id", models.IntegerField()),
                ("product_id", models.IntegerField()),
                (
                    "amounts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=kpis.models.fields.NumericField(
                            decimal_places=100, max_digits=200, null=True
                        ),
                        size=None,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="kpis.source",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FILL, BACK),
    ]
