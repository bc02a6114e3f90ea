"""A cell of a hundred thousand digits is not an amount: PostgreSQL would end the import over it."""

from __future__ import annotations

from importlib import import_module

from django.db import migrations

LONGEST = 100  # letters; what is longer was never meant as an amount
BEFORE = import_module("ingest.migrations.0002_cleaning_functions").NUMBER
_PLACE = "    t := btrim(t, E' \\t\\r\\n');\n"
NUMBER = BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    _PLACE, f"{_PLACE}    IF length(t) > {LONGEST} THEN RETURN 'NaN'; END IF;\n"
)
assert "length(t) > " in NUMBER


class Migration(migrations.Migration):
    dependencies = [("ingest", "0006_amounts_in_a_currency")]
    operations = [migrations.RunSQL(NUMBER, BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))]
