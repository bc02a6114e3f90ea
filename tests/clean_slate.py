"""How a test that commits leaves its database: empty, but for what the migrations put there."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection, transaction

KEPT = {"django_migrations", "django_content_type", "auth_permission"}
FEW = 2000
APPEND_ONLY = {"budgets_entry"}  # refuses that a row be deleted
SEEDS = (
    "customers.migrations.0003_privacy",
    "organization.migrations.0002_company",
    "decisions.migrations.0003_bands_of_money",
    "feedback.migrations.0002_what_ships",
    "kpis.migrations.0002_measures_and_metrics",
    "kpis.migrations.0007_own_metrics_and_entered_values",
    "kpis.migrations.0015_process_figures",
    "kpis.migrations.0019_measures_of_customers",
    "kpis.migrations.0020_measures_of_brands",
    "kpis.migrations.0021_measures_of_budgets",
    "kpis.migrations.0022_measures_of_feedback",
)


def start_over(*_: Any, **__: Any) -> None:
    """Instead of Django's flush, which knows neither our partitioned facts nor what migrations have put in.

    Most tests fill a few tables with a few rows, and to delete those is quicker than to truncate a hundred tables.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        tables = sorted({name for (name,) in cursor.fetchall()} - KEPT)
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{name}', EXISTS (SELECT 1 FROM {name} OFFSET {FEW})"  # our own tables
                f" FROM (SELECT 1) AS one WHERE EXISTS (SELECT 1 FROM {name})"
                for name in tables
            )
        )
        filled = dict(cursor.fetchall())
        if any(filled.values()):
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        else:
            for name in APPEND_ONLY & set(filled):
                cursor.execute(f"TRUNCATE {name} CASCADE")
            for name in set(filled) - APPEND_ONLY:
                cursor.execute(f"DELETE FROM {name}")  # keys are checked when all are gone
            cursor.execute(
                "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"
                " JOIN pg_class ON pg_class.oid = seqrelid"
                " WHERE relnamespace = current_schema()::regnamespace AND relname <> ALL(%s)",
                [[f"{name}_id_seq" for name in KEPT]],
            )
        for seed in SEEDS:
            import_module(seed).add(apps, None)
