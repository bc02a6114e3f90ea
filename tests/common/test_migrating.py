"""Migrations made quick: what a step or Python is shown is what Django would show it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ProjectState

from common.migrating import QuickExecutor

pytestmark = pytest.mark.django_db
KEY = ("id", models.BigAutoField(primary_key=True))


def apply(*steps: operations.base.Operation) -> None:
    """Each a migration of its own, of an app that nobody has."""
    executor, state = QuickExecutor(connection), ProjectState()
    _ = state.apps
    for number, step in enumerate(steps):
        migration = type("Step", (Migration,), {"operations": [step]})
        state = executor.apply_migration(state, migration(f"{number:04d}", "oddments"))


SHELF = operations.CreateModel("Shelf", [KEY, ("name", models.CharField(max_length=9, unique=True))])
BOOK = operations.CreateModel(
    "Book", [KEY, ("shelf", models.ForeignKey("oddments.Shelf", models.CASCADE, to_field="name"))]
)
WIDTH = operations.AddField("Shelf", "width", models.IntegerField(default=1))


def test_python_finds_models_that_know_each_other_as_they_are_by_then() -> None:
    seen = []

    def look(apps: Any, editor: Any) -> None:
        shelf = apps.get_model("oddments", "Shelf").objects.create(name="a", width=7)
        apps.get_model("oddments", "Book").objects.create(shelf=shelf)
        seen.extend(shelf.book_set.values_list("shelf__width", flat=True))

    apply(SHELF, BOOK, WIDTH, operations.RunPython(look))
    assert seen == [7]


def test_who_points_to_a_changed_key_is_changed_with_it() -> None:
    longer = operations.AlterField("Shelf", "name", models.CharField(max_length=80, unique=True))
    apply(SHELF, BOOK, WIDTH, longer)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, character_maximum_length FROM information_schema.columns"
            " WHERE (table_name, column_name) IN (('oddments_shelf', 'name'), ('oddments_book', 'shelf_id'))"
        )
        assert dict(cursor.fetchall()) == {"oddments_shelf": 80, "oddments_book": 80}
