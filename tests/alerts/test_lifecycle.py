"""How an alert lives, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.conditions import Figure, Level, Outcome, Terms, broken
from alerts.lifecycle import Change, Reason, Snapshot, State, Transition, close, judge_anew, settle, step
from tests.alerts.lives import FIRST_MONTH, NOW, Look, live, outcome, terms


def told(looks: list[Look], asked: Terms) -> list[str]:
    """Each look's change and the tier after it, as `first 1`; a dot where nothing happened."""
    return ["." if t.change == Change.NONE else f"{t.change} {int(t.tier)}" for t in live(looks, asked)[1]]


@pytest.mark.parametrize(
    ("story", "asked", "looks", "heard"),
    [
        ("on plan stays quiet", terms(), [(0, "1.1"), (0, "1.05")], [".", "."]),
        ("it opens, rises, is lowered, recovers", terms(),
         [(0, "0.95"), (0, "0.6"), (0, "0.9"), (0, "1.1")], ["first 1", "raised 3", "lowered 1", "recovered 1"]),
        ("it opens at once at the worst", terms(), [(0, "0.5"), (0, "0.5")], ["first 3", "."]),
        ("a little over the threshold is not enough to recover", terms(),
         [(0, "0.95"), (0, "1.01"), (0, "0.99"), (0, "1.02")], ["first 1", ".", ".", "recovered 1"]),
        ("nor to leave a worse tier", terms(), [(0, "0.6"), (0, "0.71"), (0, "0.72")], ["first 3", ".", "lowered 2"]),
        ("no data never ends it", terms(), [(0, "0.6"), (1, None), (1, None), (1, "0.6")], ["first 3", ".", ".", "."]),
        ("three months in a row before it counts", terms((3, 1, 1)),
         [(0, "0.95"), (1, "0.95"), (2, "0.95")], [".", ".", "first 1"]),
        ("the same month imported again counts once", terms((3, 1, 1)),
         [(0, "0.95"), (0, "0.94"), (0, "0.95"), (1, "0.95"), (1, "0.9")], [".", ".", ".", ".", "."]),
        ("a month that turned good breaks the row", terms((2, 1, 1)),
         [(0, "0.95"), (0, "1.2"), (1, "0.95"), (2, "0.95")], [".", ".", ".", "first 1"]),
        ("a month without data neither counts nor breaks it", terms((2, 1, 1)),
         [(0, "0.95"), (1, None), (2, "0.95")], [".", ".", "first 1"]),
        ("a pending sign that clears is dropped in silence", terms((2, 1, 1)),
         [(0, "0.95"), (1, "1.1"), (2, "1.1")], [".", ".", "."]),
        ("a worse tier that must hold first does not raise at once", terms((1, 2, 2)),
         [(0, "0.95"), (0, "0.6"), (1, "0.6")], ["first 1", ".", "raised 3"]),
        ("two months clear before it ends", terms(keep=2),
         [(0, "0.6"), (1, "1.1"), (1, "1.2"), (2, "1.1")], ["first 3", ".", ".", "recovered 3"]),
        ("a new breach meanwhile is the same alert", terms(keep=2),
         [(0, "0.6"), (1, "1.1"), (2, "0.6"), (3, "1.1"), (4, "1.1")], ["first 3", ".", ".", ".", "recovered 3"]),
        ("tiers may be left out", terms(levels=(2,)),
         [(0, "0.95"), (0, "0.5"), (0, "0.86"), (0, "0.87")], [".", "first 2", ".", "recovered 2"]),
        ("data withdrawn for the newest month ends nothing", terms(), [(1, "0.6"), (0, "1.2")], ["first 3", "."]),
    ],
)  # fmt: skip
def test_an_alert_lives_as_told(story: str, asked: Terms, looks: list[Look], heard: list[str]) -> None:
    assert told(looks, asked) == heard, story


@pytest.mark.parametrize(
    ("looks", "asked", "state", "tier"),
    [
        ([], terms(), State.NORMAL, 0),
        ([(0, "1.5")], terms(), State.NORMAL, 0),
        ([(0, "0.9")], terms((2, 1, 1)), State.PENDING, 0),
        ([(0, "0.9")], terms(), State.FIRING, 1),
        ([(0, "0.9"), (0, "1.01")], terms(), State.RECOVERING, 1),
        ([(0, "0.9"), (0, "1.5")], terms(keep=2), State.RECOVERING, 1),
        ([(0, None)], terms(), State.NO_DATA, 0),
        ([(0, "0.9"), (1, None)], terms(), State.NO_DATA, 1),
    ],
)
def test_states_say_where_it_stands(looks: list[Look], asked: Terms, state: State, tier: int) -> None:
    snapshot, _ = live(looks, asked)
    assert (snapshot.state, snapshot.tier) == (state, tier)


def test_since_is_when_the_state_was_entered_and_not_the_last_look() -> None:
    snapshot, _ = live([(0, "0.9"), (0, "0.91"), (0, "0.92")], terms())
    assert snapshot.since == NOW


def test_a_broken_rule_ends_no_alert() -> None:
    firing, _ = live([(0, "0.6")], terms())
    after, made = step(firing, broken(Figure(FIRST_MONTH)), NOW, terms=Terms(()))
    assert (after.state, after.tier, made.change, made.reason) == (State.ERROR, 3, Change.NONE, Reason.ERROR)


def test_an_edited_rule_keeps_its_alert_where_the_figure_still_breaks_it() -> None:
    firing, _ = live([(0, "0.6")], terms())
    after, made = judge_anew(firing, outcome(0, "0.8", terms()), NOW, terms=terms())
    assert (after.tier, made) == (2, Transition(Change.LOWERED, Reason.BETTER, Level.WARNING))


def test_an_edited_rule_closes_its_alert_where_it_no_longer_asks_for_it() -> None:
    firing, _ = live([(0, "0.9")], terms())
    milder = terms(levels=(3,))
    after, made = judge_anew(firing, outcome(0, "0.9", milder), NOW, terms=milder)
    assert (after.state, after.tier) == (State.NORMAL, 0)
    assert (made.change, made.reason) == (Change.CLOSED, Reason.RULE_CHANGED)


def test_an_edited_rule_without_data_keeps_its_alert() -> None:
    firing, _ = live([(0, "0.9")], terms())
    after, made = judge_anew(firing, outcome(0, None, terms()), NOW, terms=terms())
    assert (after.state, after.tier, made.change) == (State.NO_DATA, 1, Change.NONE)


def test_a_new_rule_counts_the_months_before_it_was_written() -> None:
    asked = terms((3, 1, 1))
    before = [outcome(month, "0.95", asked) for month in (0, 1)]
    _, made = judge_anew(Snapshot(), outcome(2, "0.95", asked), NOW, terms=asked, earlier=before)
    assert (made.change, made.tier) == (Change.FIRST, 1)
    _, alone = judge_anew(Snapshot(), outcome(2, "0.95", asked), NOW, terms=asked)
    assert alone.change == Change.NONE


def test_a_rule_switched_off_closes_what_is_open_and_says_nothing_else() -> None:
    firing, _ = live([(0, "0.6")], terms())
    assert close(firing, NOW)[1] == Transition(Change.CLOSED, Reason.RULE_CHANGED, Level.CRITICAL)
    quiet, _ = live([(0, "1.6")], terms())
    assert close(quiet, NOW)[1].change == Change.NONE


# -- Flapping ---------------------------------------------------------------------------------------


def flaps(looks: list[Look], asked: Terms) -> str:
    """After each look: F where it is flapping, a dot where not."""
    return "".join("F" if live(looks[: end + 1], asked)[0].flapping else "." for end in range(len(looks)))


@pytest.mark.parametrize(
    ("story", "attainments", "seen"),
    [
        ("four changes make it flapping", "1.1 .5 1.1 .5 1.1", "....F"),
        ("three do not", ".5 1.1 .5 .5 .5 .5", "......"),
        ("it stays so until it has been calm for four", ".5 1.1 .5 1.1 1.1 1.1 1.1 1.1", "...FFFF."),
        ("a change meanwhile begins the calm anew", ".5 1.1 .5 1.1 1.1 1.1 1.1 .5 .5 .5 .5 .5", "...FFFFFFFF."),
        ("after the calm one more change within twenty is enough", ".5 1.1 .5 1.1 1.1 1.1 1.1 1.1 .5", "...FFFF.F"),
        ("rising and falling counts too", ".95 .5 .95 .5", "...F"),
        ("changes of more than twenty evaluations ago do not",
         ".5 1.1 .5" + " .5" * 18 + " 1.1", "." * 22),
        ("those of the last twenty do", ".5 1.1 .5" + " .5" * 16 + " 1.1", "." * 19 + "F"),
    ],
)  # fmt: skip
def test_what_changes_often_is_flapping(story: str, attainments: str, seen: str) -> None:
    looks: list[Look] = [(month, attainment) for month, attainment in enumerate(attainments.split())]
    assert flaps(looks, terms()) == seen, story


def test_an_evaluation_counts_once_for_a_period_however_often_it_is_imported() -> None:
    looks: list[Look] = [(0, ".5"), (1, "1.1"), (2, ".5"), (3, "1.1"), *[(3, "1.1")] * 10]
    assert flaps(looks, terms())[-1] == "F"
    again: list[Look] = [*looks, (4, "1.1"), (5, "1.1"), (6, "1.1"), (6, "1.2")]
    assert flaps(again, terms())[-2:] == "FF"
    assert flaps([*again, (7, "1.1")], terms())[-1] == "."


def test_each_change_within_a_period_counts() -> None:
    assert flaps([(0, ".5"), (0, "1.1"), (0, ".5"), (0, "1.1")], terms()) == "...F"


def test_periods_without_data_calm_nothing() -> None:
    looks: list[Look] = [
        (0, ".5"),
        (1, "1.1"),
        (2, ".5"),
        (3, "1.1"),
        *[(month, None) for month in range(4, 10)],
    ]
    assert flaps(looks, terms())[-1] == "F"


def test_an_edited_rule_forgets_what_flapped_under_the_old_one() -> None:
    snapshot, _ = live([(0, ".5"), (1, "1.1"), (2, ".5"), (3, "1.1")], terms())
    after, _ = judge_anew(snapshot, outcome(3, ".5", terms()), NOW, terms=terms())
    assert (snapshot.flapping, after.flapping, after.recent) == (True, False, 1)
    assert not close(snapshot, NOW)[0].flapping


# -- Closed by a person -----------------------------------------------------------------------------


def settled(attainment: str = "0.8", *, asked: Terms | None = None) -> Snapshot:
    """Closed by a person while it stood so."""
    return settle(live([(0, attainment)], asked or terms())[0], NOW)[0]


def go_on(snapshot: Snapshot, looks: list[Look], asked: Terms) -> tuple[Snapshot, list[str]]:
    made = []
    known: list[Outcome] = []
    for number, (month, attainment) in enumerate(looks):
        judged = outcome(month, attainment, asked)
        snapshot, one = step(snapshot, judged, NOW + timedelta(days=number), terms=asked, earlier=known)
        known.append(judged)
        made.append("." if one.change == Change.NONE else f"{one.change} {int(one.tier)} {one.reason}")
    return snapshot, made


def test_what_a_person_closes_ends_at_its_level_and_remembers_it() -> None:
    firing, _ = live([(0, "0.8")], terms())
    after, made = settle(firing, NOW + timedelta(days=1))
    assert made == Transition(Change.CLOSED, Reason.BY_HAND, Level.WARNING)
    assert (after.state, after.tier, after.settled, after.is_open) == (State.SETTLED, 0, 2, False)
    assert after.since == NOW + timedelta(days=1)


def test_what_is_not_open_cannot_be_closed() -> None:
    with pytest.raises(ValueError, match="open"):
        settle(Snapshot(), NOW)
    with pytest.raises(ValueError, match="open"):
        settle(settled(), NOW)


@pytest.mark.parametrize(
    ("story", "asked", "looks", "heard", "state"),
    [
        ("as bad or milder stays quiet", terms(), [(1, "0.8"), (2, "0.95"), (3, "0.72")], [".", ".", "."], "settled"),
        ("worse begins anew", terms(), [(1, "0.6")], ["first 3 worse"], "firing"),
        ("worse must hold for as long as it asks", terms((1, 1, 2)), [(1, "0.6"), (2, "0.6")], [".", "first 3 worse"],
         "firing"),
        ("nearly clear is not clear", terms(), [(1, "1.01")], ["."], "settled"),
        ("clear is normal again, and the next trouble an alert", terms(), [(1, "1.1"), (2, "0.95")],
         [".", "first 1 breached"], "firing"),
        ("clear for as long as an alert must be to end", terms(keep=2), [(1, "1.1"), (2, "0.95"), (3, "1.1")],
         [".", ".", "."], "settled"),
        ("then normal", terms(keep=2), [(1, "1.1"), (2, "1.1")], [".", "."], "normal"),
        ("missing data end the quiet no more than anything else", terms(), [(1, None), (2, "0.8")], [".", "."],
         "settled"),
        ("and are shown as such", terms(), [(1, None)], ["."], "no-data"),
    ],
)  # fmt: skip
def test_what_a_person_closed_stays_quiet(
    story: str, asked: Terms, looks: list[Look], heard: list[str], state: str
) -> None:
    after, made = go_on(settled(asked=asked), looks, asked)
    assert (made, after.state) == (heard, state), story


def test_an_edited_rule_judges_anew_what_a_person_closed() -> None:
    after, made = judge_anew(settled(), outcome(0, "0.8", terms()), NOW, terms=terms())
    assert (made.change, after.tier, after.settled) == (Change.FIRST, 2, 0)
    assert close(settled(), NOW) == (
        replace(settled(), state=State.NORMAL, settled=Level.NONE, recent=0),
        Transition(Change.NONE, Reason.RULE_CHANGED, Level.NONE),
    )
