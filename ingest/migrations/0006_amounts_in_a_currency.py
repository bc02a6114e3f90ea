"""Reads an amount whose currency is known: a sign of another currency in the cell is not passed over."""

from __future__ import annotations

from django.db import migrations

NUMBER = r"""
CREATE FUNCTION ingest_number(raw text, iso text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    amount numeric := ingest_number(raw);
    t text;
    mark text;
BEGIN
    IF amount IS NULL THEN RETURN NULL; END IF;
    t := upper(btrim(translate(raw, '０１２３４５６７８９．，％－＋（）￥＄　' || chr(160) || chr(8239) || chr(8201) || chr(65279),
                                    '0123456789.,%-+()¥$ ' || '   '), E' \t\r\n'));
    mark := coalesce(substring(t from '^[-+(]?\s*([A-Z]{2,3}\$?|[¥$€£])'), substring(t from '(元|[A-Z]{3}|[¥$€£])\)?$'));
    IF mark IS NULL THEN RETURN amount; END IF;
    IF mark = iso OR (mark = '¥' AND iso IN ('CNY', 'JPY')) OR (mark = 'RMB' AND iso = 'CNY')
        OR (mark = '元' AND iso IN ('CNY', 'HKD', 'TWD')) OR (mark = '$' AND iso ~ 'D$') OR (mark = '€' AND iso = 'EUR')
        OR (mark = '£' AND iso = 'GBP') OR (mark ~ '^[A-Z]{2}[$]$' AND left(mark, 2) = left(iso, 2))
    THEN RETURN ingest_number(replace(t, mark, '')); END IF;
    RETURN 'NaN';
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("ingest", "0005_layouts_that_people_save")]
    operations = [migrations.RunSQL(NUMBER, "DROP FUNCTION ingest_number(text, text)")]
