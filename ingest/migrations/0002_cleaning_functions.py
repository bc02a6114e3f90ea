"""Functions that read amounts as people write them, and split one over equal parts."""

from __future__ import annotations

from django.db import migrations

# NULL: the cell is empty. NaN: it is not an amount. Plain numbers never come here (see ingest/typing.py).
NUMBER = r"""
CREATE FUNCTION ingest_number(raw text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    t text := translate(raw, '０１２３４５６７８９．，％－＋（）￥　' || chr(160) || chr(8239) || chr(8201) || chr(65279),
                             '0123456789.,%-+()¥ ' || '   ');
    factor numeric := 1;
BEGIN
    t := btrim(t, E' \t\r\n');
    IF t ~ '[\t\r\n]' THEN RETURN 'NaN'; END IF;
    t := regexp_replace(t, '\s+', ' ', 'g');
    IF lower(t) IN ('', '-', '--', '—', '——', '/', 'n/a', 'na', 'null', 'none', '无') THEN RETURN NULL; END IF;
    IF t ~ '^\(.*\)$' THEN t := '-' || substr(t, 2, length(t) - 2); END IF;
    t := regexp_replace(t, '^([-+]?) ?(¥|\$|€|£|CNY|RMB|USD|EUR) ?', '\1', 'i');
    t := regexp_replace(t, '^(¥|\$|€|£) ?([-+]?)', '\2');
    t := regexp_replace(t, ' ?(元|CNY|RMB|USD|EUR)$', '', 'i');
    IF t ~ '%$' THEN factor := 0.01; t := left(t, -1);
    ELSIF t ~ '万$' THEN factor := 10000; t := left(t, -1);
    ELSIF t ~ '亿$' THEN factor := 100000000; t := left(t, -1);
    END IF;
    t := btrim(t);
    IF t ~ '^[-+]?[1-9]\d{0,2}( \d{3})+([.,]\d+)?$' THEN t := replace(replace(t, ' ', ''), ',', '.'); END IF;
    IF t ~ '^[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$' THEN t := replace(t, ',', '');
    ELSIF t ~ '^[-+]?\d{1,3}(\.\d{3})+,\d+$' THEN t := replace(replace(t, '.', ''), ',', '.');
    END IF;
    IF t !~ '^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?$' THEN RETURN 'NaN'; END IF;
    IF abs(t::numeric * factor) >= 1e12 THEN RETURN 'NaN'; END IF;
    RETURN round(t::numeric * factor, 4);
END $$
"""

# The k-th (from 0) of `parts` equal parts of an amount at four places: the parts add up to the amount exactly.
SHARE = """
CREATE FUNCTION ingest_share(amount numeric, parts int, k int) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT trunc(amount / parts, 4)
         + CASE WHEN k < abs(amount - parts * trunc(amount / parts, 4)) * 10000 THEN sign(amount) * 0.0001 ELSE 0 END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("ingest", "0001_initial")]
    operations = [
        migrations.RunSQL(NUMBER, "DROP FUNCTION ingest_number(text)"),
        migrations.RunSQL(SHARE, "DROP FUNCTION ingest_share(numeric, int, int)"),
    ]
