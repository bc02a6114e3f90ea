"""Cross-cuts are derived, written whole days or months at a time by the one who holds them, and read by day or month.

Checking the uniqueness of five columns, row by row, cost more than all of the summing; an index by day is enough.
Amounts are stored plain: short ones are packed otherwise, and unpacked again for every slot that is summed.
"""

from __future__ import annotations

from django.db import migrations

FORWARDS = """
ALTER TABLE kpis_crossday DROP CONSTRAINT kpis_crossday_pkey;
CREATE INDEX crossday_by_day ON kpis_crossday (day, source_id);
ALTER TABLE kpis_crossmonth DROP CONSTRAINT kpis_crossmonth_pkey;
CREATE INDEX crossmonth_by_month ON kpis_crossmonth (month, source_id);
ALTER TABLE kpis_crossday ALTER COLUMN amounts SET STORAGE PLAIN;
ALTER TABLE kpis_crossmonth ALTER COLUMN amounts SET STORAGE PLAIN;
ALTER TABLE kpis_amountday ALTER COLUMN amounts SET STORAGE PLAIN;
"""
BACKWARDS = """
DROP INDEX crossday_by_day;
ALTER TABLE kpis_crossday ADD PRIMARY KEY (day, channel_id, region_id, product_id, source_id);
DROP INDEX crossmonth_by_month;
ALTER TABLE kpis_crossmonth ADD PRIMARY KEY (month, channel_id, region_id, product_id, source_id);
ALTER TABLE kpis_crossday ALTER COLUMN amounts SET STORAGE EXTENDED;
ALTER TABLE kpis_crossmonth ALTER COLUMN amounts SET STORAGE EXTENDED;
ALTER TABLE kpis_amountday ALTER COLUMN amounts SET STORAGE EXTENDED;
"""


class Migration(migrations.Migration):
    dependencies = [("kpis", "0002_measures_and_metrics")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
