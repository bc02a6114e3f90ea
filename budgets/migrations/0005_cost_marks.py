from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import kpis.models.fields

# Whoever ties a line to a channel need not know who follows the cost.
TIES = """
CREATE FUNCTION budgets_line_tied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.fed_by = 'cost' OR (TG_OP = 'UPDATE' AND OLD.fed_by = 'cost') THEN
        INSERT INTO budgets_costmark (line_id, days) VALUES (NEW.id, datemultirange(daterange(NULL, NULL)))
        ON CONFLICT (line_id) DO UPDATE SET days = excluded.days;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION budgets_budget_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO budgets_costmark (line_id, days)
    SELECT id, datemultirange(daterange(NULL, NULL)) FROM budgets_line
    WHERE budget_id = NEW.id AND fed_by = 'cost' ORDER BY id
    ON CONFLICT (line_id) DO UPDATE SET days = excluded.days;
    RETURN NULL;
END $$;

CREATE TRIGGER budgets_line_tied AFTER INSERT OR UPDATE OF fed_by, channel_id, region_id ON budgets_line
    FOR EACH ROW EXECUTE FUNCTION budgets_line_tied();
CREATE TRIGGER budgets_budget_moved AFTER UPDATE OF first_day, last_day, state ON budgets_budget
    FOR EACH ROW WHEN ((OLD.first_day, OLD.last_day, OLD.state) IS DISTINCT FROM (NEW.first_day, NEW.last_day, NEW.state)
        AND NEW.state = 'open')
    EXECUTE FUNCTION budgets_budget_moved();
"""
NO_TIES = """
DROP TRIGGER budgets_line_tied ON budgets_line;
DROP TRIGGER budgets_budget_moved ON budgets_budget;
DROP FUNCTION budgets_line_tied();
DROP FUNCTION budgets_budget_moved();
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0004_mild_policy")]

    operations = [
        migrations.CreateModel(
            name="CostMark",
            fields=[
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="budgets.line",
                    ),
                ),
                ("days", kpis.models.fields.DateMultiRangeField()),
                ("marked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RunSQL(TIES, NO_TIES),
    ]
