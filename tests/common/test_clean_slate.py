"""What a test that commits leaves to the next one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from kpis.models import Metric
from organization.models import Company, Grant, Node, Person, Scope
from tests.clean_slate import FEW, start_over
from tests.people import alice, scope

pytestmark = pytest.mark.django_db(transaction=True)


def stands() -> dict[str, object]:
    """Every row of every table, and what each sequence said last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition"
        )
        found: dict[str, object] = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT one::text FROM {name} AS one ORDER BY 1")
            found[name] = cursor.fetchall()
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()"
        )
        return found | dict(cursor.fetchall())


def rows_of_hers() -> None:
    alice("region:华东/上海")
    scope("channel:x")


def a_seed_that_is_changed() -> None:
    Company.objects.update(name="Alice's")
    Metric.objects.filter(code="revenue").update(name="Turnover")


def seeds_that_are_gone() -> None:
    Metric.objects.filter(code="roas").delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE kpis_measure, kpis_metric CASCADE")


def a_row_beside_the_seeds() -> None:
    revenue = Metric.objects.get(code="revenue")
    revenue.pk, revenue.code, revenue._state.adding = None, "more", True
    revenue.save()


def many_rows() -> None:
    rows_of_hers()
    Person.objects.bulk_create(Person(username=f"p{n}", display_name=f"P{n}") for n in range(FEW + 1))


@pytest.mark.parametrize(
    "leave", [rows_of_hers, a_seed_that_is_changed, seeds_that_are_gone, a_row_beside_the_seeds, many_rows]
)
def test_whatever_a_test_leaves_the_next_finds_what_the_migrations_made(leave: Callable[[], None]) -> None:
    before = stands()
    leave()
    assert stands() != before
    start_over()
    assert stands() == before
    for nobodys in (Person, Node, Grant):
        assert not nobodys._default_manager.exists()
    assert Scope.objects.get().pk == 1
    rows_of_hers()
    assert Person.objects.get().pk == 1
