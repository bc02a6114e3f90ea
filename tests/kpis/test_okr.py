"""Grades, pace, check-ins and alignment of objectives, by hand and with whatever values come."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis import okr
from kpis.okr import Stand, Step
from kpis.scoring import Score

D = Decimal
FIRST, LAST = date(2026, 10, 1), date(2026, 12, 31)
amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=4)
weights = st.decimals(min_value="0.01", max_value=999, places=2)
grades = st.decimals(min_value=-3, max_value=3, places=4)


@pytest.mark.parametrize(
    ("value", "baseline", "target", "wanted"),
    [
        ("0", "0", "10", "0"),
        ("7", "0", "10", "0.7"),
        ("12", "0", "10", "1.2"),
        ("-5", "0", "10", "-0.5"),
        ("35", "30", "40", "0.5"),
        ("90", "100", "80", "0.5"),
        ("2.1", "0", "3", "0.7"),
        ("-1", "-2", "0", "0.5"),
    ],
)
def test_a_grade_is_the_part_of_the_way_and_has_no_cap(
    value: str, baseline: str, target: str, wanted: str
) -> None:
    assert okr.grade(D(value), D(baseline), D(target)) == D(wanted)


def test_a_target_that_is_the_baseline_is_an_error() -> None:
    with pytest.raises(ValueError, match="target is the baseline"):
        okr.grade(D(5), D(3), D(3))


@given(value=amounts, baseline=amounts, target=amounts)
def test_the_baseline_is_0_the_target_1_and_the_way_back_is_the_rest(
    value: Decimal, baseline: Decimal, target: Decimal
) -> None:
    if target == baseline:
        return
    assert okr.grade(baseline, baseline, target) == 0
    assert okr.grade(target, baseline, target) == 1
    there, back = okr.grade(value, baseline, target), okr.grade(value, target, baseline)
    assert abs(there + back - 1) <= D("1e-11")
    exact = (Fraction(value) - Fraction(baseline)) / (Fraction(target) - Fraction(baseline))
    assert abs(Fraction(there) - exact) <= Fraction(1, 10**12)


def test_thirds_come_back_to_their_whole() -> None:
    third = okr.grade(D(1), D(0), D(3))
    two_thirds = okr.grade(D(2), D(0), D(3))
    assert okr.weighted([(D(1), third), (D(1), two_thirds)]) == D("0.5")
    seven_tenths = okr.weighted(
        [(D(1), two_thirds), (D(1), two_thirds), (D(1), okr.grade(D(23), D(0), D(30)))]
    )
    assert okr.verdict(seven_tenths, committed=False) == "green"


@given(st.lists(st.tuples(weights, grades), min_size=1, max_size=8), st.randoms())
def test_neither_order_nor_the_scale_of_weights_matters(
    parts: list[tuple[Decimal, Decimal]], random: object
) -> None:
    first = okr.weighted(parts)
    shuffled = list(parts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert okr.weighted(shuffled) == first
    assert abs(okr.weighted([(weight * 7, part) for weight, part in parts]) - first) <= D("1e-12")
    assert min(part for _w, part in parts) <= first <= max(part for _w, part in parts)


@pytest.mark.parametrize(
    "parts", [[], [(D(0), D(1))], [(D(0), D(1)), (D(0), D(0))], [(D(-1), D(1)), (D(2), D(1))]]
)
def test_weights_of_nothing_or_less_are_refused(parts: list[tuple[Decimal, Decimal]]) -> None:
    with pytest.raises(ValueError, match="weight"):
        okr.weighted(parts)


@pytest.mark.parametrize(
    ("grade", "aspirational", "committed"),
    [
        ("1.3", "green", "green"),
        ("1", "green", "green"),
        ("0.999", "green", "red"),
        ("0.7", "green", "red"),
        ("0.6999", "yellow", "red"),
        ("0.4", "yellow", "red"),
        ("0.3999", "red", "red"),
        ("-2", "red", "red"),
    ],
)
def test_at_closing_ambitions_are_green_from_seven_tenths_and_promises_when_kept(
    grade: str, aspirational: str, committed: str
) -> None:
    assert okr.verdict(D(grade), committed=False) == aspirational
    assert okr.verdict(D(grade), committed=True) == committed


@pytest.mark.parametrize(
    ("grade", "said"),
    [("0.69", "0.6"), ("0.7", "0.7"), ("0.999", "0.9"), ("1.7", "1.0"), ("-1", "0.0"), (None, "—")],
)
def test_a_grade_is_shown_from_0_to_1_and_never_better_than_it_is(grade: str | None, said: str) -> None:
    assert okr.shown(None if grade is None else D(grade)) == said


# -- Pace -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("through", "share"),
    [
        (FIRST - timedelta(days=9), D(0)),
        (FIRST - timedelta(days=1), D(0)),
        (FIRST, D(1) / 92),
        (date(2026, 11, 15), D(46) / 92),
        (LAST, D(1)),
        (LAST + timedelta(days=9), D(1)),
    ],
)
def test_the_quarter_goes_by_days(through: date, share: Decimal) -> None:
    assert okr.elapsed(FIRST, LAST, through) == share


@pytest.mark.parametrize(
    ("value", "light"), [("35", "green"), ("34.5", "yellow"), ("34", "red"), (None, "grey")]
)
def test_what_is_checked_in_should_be_half_way_at_half_time(value: str | None, light: str) -> None:
    stand = okr.by_hand(None if value is None else D(value), D(30), D(40), share=D("0.5"))
    assert stand.status == light
    assert stand.due == D("0.5")
    assert stand.progress == (None if value is None else (D(value) - 30) / 10)


def test_before_the_first_day_is_over_nothing_is_owed() -> None:
    assert okr.by_hand(D(30), D(30), D(40), share=D(0)).status == "green"
    assert okr.by_hand(D(29), D(30), D(40), share=D(0)).status == "red"


@pytest.mark.parametrize(
    ("value", "light", "progress"),
    [("600", "green", "1"), ("550", "yellow", "0.5"), ("500", "red", "0")],
)
def test_revenue_counts_against_what_was_due_by_now_and_grows_from_last_quarters(
    value: str, light: str, progress: str
) -> None:
    """At half time 600 of 1,200 are due, and 500 would have come anyhow."""
    stand = okr.by_metric(D(value), D(1000), D(1200), share=D("0.5"), adds_up=True)
    assert (stand.status, stand.due) == (light, D("0.5"))
    assert stand.progress == D(progress) * D("0.5")


def test_at_the_quarters_end_progress_is_the_grade() -> None:
    stand = okr.by_metric(D(1100), D(1000), D(1200), share=D(1), adds_up=True)
    assert stand.progress == okr.grade(D(1100), D(1000), D(1200)) == D("0.5")


def test_a_ratio_is_due_in_full_at_once_and_less_cost_is_better() -> None:
    assert okr.by_metric(D("4.5"), D(3), D(5), share=D("0.1"), adds_up=False).status == "yellow"
    assert okr.by_metric(D(5), D(3), D(5), share=D("0.1"), adds_up=False).status == "green"
    cost = okr.by_metric(D(80), D(100), D(80), share=D("0.1"), adds_up=False)
    assert (cost.status, cost.progress) == ("green", D(1))
    assert okr.by_metric(D(95), D(100), D(80), share=D("0.1"), adds_up=False).status == "red"
    assert okr.by_metric(None, D(100), D(80), share=D("0.1"), adds_up=False).status == "grey"


def test_milestones_are_due_when_their_day_is_over() -> None:
    first, second = FIRST + timedelta(days=30), FIRST + timedelta(days=60)
    steps = [Step(D(1), True, first), Step(D(3), False, second)]
    early = okr.by_milestones(steps, through=first)
    assert (early.progress, early.due, early.status) == (D("0.25"), D("0.25"), "green")
    late = okr.by_milestones(steps, through=second)
    assert (late.progress, late.due, late.status) == (D("0.25"), D(1), "red")
    assert okr.by_milestones([], through=first) == okr.NOWHERE


def stand_at(attainment: str | None, progress: str | None = "0.5") -> Stand:
    number = None if attainment is None else D(attainment)
    met = None if progress is None else bool(number is None or number >= 1)
    return Stand(None, None if progress is None else D(progress), D("0.5"), Score(number, met), "x")


@pytest.mark.parametrize(
    ("parts", "light"),
    [
        ([(1, stand_at("1")), (1, stand_at("1.1"))], "green"),
        (
            [(1, stand_at("9")), (1, stand_at("0.7"))],
            "yellow",
        ),  # 1.2 and 0.7: none makes up for all the others
        ([(1, stand_at("1")), (3, stand_at("0.7"))], "red"),
        ([(1, stand_at("-5")), (1, stand_at("1.2"))], "red"),
        ([(1, stand_at(None, None)), (1, stand_at("1"))], "red"),  # never green for want of data
        ([(1, stand_at(None, None))], "grey"),
        ([(1, stand_at(None))], "green"),  # met, though there is no number
        ([], "grey"),
    ],
)
def test_an_objectives_light_weighs_how_its_key_results_do(
    parts: list[tuple[int, Stand]], light: str
) -> None:
    assert okr.objective([(D(weight), stand) for weight, stand in parts]).status == light


@given(value=st.one_of(st.none(), amounts), baseline=amounts, target=amounts, days=st.integers(-5, 100))
def test_no_value_ever_shines_green_for_want_of_data(
    value: Decimal | None, baseline: Decimal, target: Decimal, days: int
) -> None:
    if baseline == target:
        return
    share = okr.elapsed(FIRST, LAST, FIRST + timedelta(days=days))
    for stand in (
        okr.by_hand(value, baseline, target, share=share),
        okr.by_metric(value, baseline, target, share=share, adds_up=True),
        okr.by_metric(value, baseline, target, share=share, adds_up=False),
    ):
        assert (stand.status == "grey") == (value is None)
        assert okr.objective([(D(1), stand)]).status == stand.status or stand.score.attainment is None


# -- Check-ins --------------------------------------------------------------------------------------


def test_a_week_is_its_monday() -> None:
    assert okr.week_of(date(2026, 11, 22)) == okr.week_of(date(2026, 11, 16)) == date(2026, 11, 16)


@pytest.mark.parametrize(
    ("newest", "since", "today", "missed"),
    [
        (None, "2026-10-05", "2026-11-16", True),  # Monday after a week without
        ("2026-11-02", "2026-10-05", "2026-11-18", True),
        ("2026-11-09", "2026-10-05", "2026-11-18", False),
        ("2026-11-16", "2026-10-05", "2026-11-18", False),  # this week's mends it
        (None, "2026-11-10", "2026-11-18", False),  # it began within last week
        (None, "2026-11-09", "2026-11-18", True),
        ("2026-12-14", "2026-10-05", "2027-01-04", True),  # the week of the quarter's last day
        ("2026-12-14", "2026-10-05", "2027-01-11", False),  # the quarter was over before last week
    ],
)
def test_a_check_in_is_missed_once_a_whole_week_went_without(
    newest: str | None, since: str, today: str, missed: bool
) -> None:
    found = okr.is_missed(
        newest=None if newest is None else date.fromisoformat(newest),
        since=date.fromisoformat(since),
        last=LAST,
        today=date.fromisoformat(today),
    )
    assert found is missed


# -- Alignment --------------------------------------------------------------------------------------


def test_a_ring_is_named_from_the_new_support_back_to_the_start() -> None:
    supports = {"team": "company", "person": "team", "company": None}
    assert okr.ring("company", "person", supports) == ["person", "team", "company"]
    assert okr.ring("person", "company", supports) == []
    assert okr.ring("team", "team", supports) == ["team"]


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=40))
def test_who_links_only_where_there_is_no_ring_never_gets_one(links: list[tuple[int, int]]) -> None:
    supports: dict[int, int | None] = dict.fromkeys(range(8))
    for one, above in links:
        if not okr.ring(one, above, supports):
            supports[one] = above
    for one in supports:
        at: int | None = one
        for _step in range(len(supports) + 1):
            at = supports.get(at) if at is not None else None
        assert at is None, "whoever climbs comes to a top"


def test_a_ring_that_was_there_already_does_not_hold_anybody_up() -> None:
    assert okr.ring("new", "a", {"a": "b", "b": "a"}) == []


def test_orphans_support_nothing_and_are_not_the_companys() -> None:
    assert okr.orphans({"c": None, "t": "c", "lost": None}, {"c"}) == {"lost"}
