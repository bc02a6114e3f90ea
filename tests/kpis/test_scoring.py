from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpis.scoring import ATTAINMENT_SQL, NOTHING, STATUS_SQL, Bands, light, score, too_few

D = Decimal


@pytest.mark.parametrize(
    ("direction", "value", "expected", "attainment", "status"),
    [
        ("higher", "110", "100", "1.1", "green"),
        ("higher", "100", "100", "1", "green"),
        ("higher", "85", "100", "0.85", "yellow"),
        ("higher", "84.99", "100", "0.8499", "red"),
        ("higher", "0", "100", "0", "red"),
        ("higher", "-50", "-100", "1.5", "green"),
        ("higher", "-150", "-100", "0.5", "red"),
        ("higher", "0", "0", None, "green"),
        ("higher", "-1", "0", None, "red"),
        ("lower", "80", "100", "1.25", "green"),
        ("lower", "125", "100", "0.8", "red"),
        ("lower", "0", "100", None, "green"),
        ("lower", "-5", "100", None, "green"),
        ("lower", "-150", "-100", "1.5", "green"),
        ("lower", "-50", "-100", "0.5", "red"),
        ("lower", "1", "0", None, "red"),
        ("lower", "0", "0", None, "green"),
        ("band", "50", None, "1", "green"),
        ("band", "36", None, "0.9", "yellow"),
        ("band", "90", None, "0.5", "red"),
        ("higher", None, "100", None, "grey"),
        ("higher", "100", None, None, "grey"),
        ("band", None, None, None, "grey"),
    ],
)
def test_a_light_says_how_far_a_figure_is(
    direction: str, value: str | None, expected: str | None, attainment: str | None, status: str
) -> None:
    bands = Bands(low=D(40), high=D(60))
    result = score(
        value=D(value) if value else None,
        expected=D(expected) if expected else None,
        direction=direction,
        bands=bands,
    )
    assert result.attainment == (D(attainment) if attainment else None)
    assert light(result, bands) == status


@pytest.mark.parametrize(
    ("base", "least", "few"),
    [("29", 30, True), ("30", 30, False), ("0", 30, True), (None, 30, False), ("1", None, False)],
)
def test_too_few_is_less_than_the_metric_wants_below_its_line(
    base: str | None, least: int | None, few: bool
) -> None:
    assert too_few(D(base) if base else None, least) is few


amounts = st.none() | st.decimals(-1000, 1000, places=2)


@pytest.mark.django_db
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=amounts,
    expected=amounts,
    direction=st.sampled_from(["higher", "lower", "band"]),
    edges=st.tuples(st.decimals(-100, 100, places=1), st.decimals(-100, 100, places=1)).map(sorted),
    few=st.booleans(),
)
def test_the_database_and_the_plain_function_give_the_same_light(
    value: Decimal | None, expected: Decimal | None, direction: str, edges: list[Decimal], few: bool
) -> None:
    bands = Bands(low=edges[0], high=edges[1])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH judged AS (SELECT %s::numeric AS value, %s::numeric AS expected, %s AS direction,
                %s::numeric AS band_low, %s::numeric AS band_high, 1.0 AS green_from, 0.85 AS yellow_from,
                %s AS few),
            attained AS (SELECT *, {ATTAINMENT_SQL} AS attainment FROM judged)
            SELECT attainment, {STATUS_SQL} FROM attained
            """,
            [value, expected, direction, *edges, few],
        )
        attainment, status = cursor.fetchone()
    result = NOTHING if few else score(value=value, expected=expected, direction=direction, bands=bands)
    if result.attainment is None:
        assert attainment is None
    else:
        assert attainment == pytest.approx(result.attainment, rel=D("1e-12"))
    assert status == light(result, bands)


@given(
    value=st.decimals(D("0.01"), 1000, places=2),
    expected=st.decimals(D("0.01"), 1000, places=2),
    more=st.decimals(D("0.01"), 100, places=2),
)
def test_doing_better_never_lowers_attainment_and_lower_is_better_turns_it_over(
    value: Decimal, expected: Decimal, more: Decimal
) -> None:
    def attained(direction: str, actual: Decimal) -> Decimal:
        result = score(value=actual, expected=expected, direction=direction, bands=Bands())
        assert result.attainment is not None
        return result.attainment

    assert attained("higher", value + more) > attained("higher", value)
    assert attained("lower", value + more) < attained("lower", value)
