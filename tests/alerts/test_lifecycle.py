"""How an alert lives, step by step, and against a plain model of the same rules."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts.conditions import Attainment, Figure, Level, Outcome, Result, Terms, Tier, broken, judge
from alerts.lifecycle import Change, Reason, Snapshot, State, Transition, close, judge_anew, settle, step
from common.periods import add_months

NOW = datetime(2026, 3, 10, tzinfo=UTC)
FIRST_MONTH = date(2026, 1, 1)


def terms(
    holds: tuple[int, int, int] = (1, 1, 1),
    *,
    margin: str = "0.02",
    keep: int = 1,
    levels: tuple[int, ...] = (1, 2, 3),
) -> Terms:
    below = {1: D(1), 2: D("0.85"), 3: D("0.7")}
    return Terms(
        tiers=tuple(Tier(Level(level), Attainment(below[level]), holds[level - 1]) for level in levels),
        margin=D(margin),
        keep=keep,
    )


def outcome(month: int, attainment: str | None, asked: Terms) -> Outcome:
    """Months count from 0. None is a month whose figure has no number."""
    start = add_months(FIRST_MONTH, month)
    if attainment is None:
        return judge(Figure(start), asked)
    return judge(Figure(start, value=D(1), attainment=D(attainment), status="red"), asked)


Look = tuple[int, str | None]


def live(looks: list[Look], asked: Terms) -> tuple[Snapshot, list[Transition]]:
    snapshot, transitions = Snapshot(), []
    known: dict[int, Outcome] = {}
    for number, (month, attainment) in enumerate(looks):
        known[month] = outcome(month, attainment, asked)
        earlier = [known[old] for old in sorted(known) if old < month]
        now = NOW + timedelta(hours=number)
        snapshot, made = step(snapshot, known[month], now, terms=asked, earlier=earlier)
        transitions.append(made)
    return snapshot, transitions


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


# -- Against a plain model --------------------------------------------------------------------------

ATTAINMENTS = [
    "0.5",
    "0.69",
    "0.7",
    "0.71",
    "0.72",
    "0.8",
    "0.85",
    "0.86",
    "0.87",
    "0.95",
    "1",
    "1.01",
    "1.02",
    "1.3",
]
BELOW = {1: D(1), 2: D("0.85"), 3: D("0.7")}


@dataclass
class Plain:
    """The rules once more, from the whole history and without counters: slow, and easy to believe."""

    asked: Terms
    months: dict[int, D] = field(default_factory=dict)
    tier: int = 0
    episodes: list[list[str]] = field(default_factory=list)
    open: int = 0

    def row(self, month: int, holds: object) -> int:
        """How many months with data up to this one, without a break, for which this holds."""
        count = 0
        for known in sorted((m for m in self.months if m <= month), reverse=True):
            if not holds(self.months[known]):  # type: ignore[operator]
                break
            count += 1
        return count

    def look(self, month: int, attainment: str) -> None:
        value = self.months[month] = D(attainment)
        margin = self.asked.margin
        levels = [int(tier.level) for tier in self.asked.tiers]
        holds = {int(tier.level): tier.periods for tier in self.asked.tiers}
        ripe = max((k for k in levels if self.row(month, lambda a, k=k: a < BELOW[k]) >= holds[k]), default=0)
        near = max((k for k in levels if value < BELOW[k] + margin), default=0)
        if self.tier == 0:
            if ripe:
                self.open += 1
                self.tier = ripe
                self.episodes.append([f"first {ripe}"])
        elif ripe > self.tier:
            self.tier = ripe
            self.episodes[-1].append(f"raised {ripe}")
        elif near == 0:
            if self.row(month, lambda a: all(a >= BELOW[k] + margin for k in levels)) >= self.asked.keep:
                self.episodes[-1].append(f"recovered {self.tier}")
                self.tier = 0
                self.open -= 1
        elif near < self.tier:
            self.tier = near
            self.episodes[-1].append(f"lowered {near}")


class AlertsLiveLikeThePlainModel(RuleBasedStateMachine):
    @initialize(
        holds=st.tuples(*[st.integers(1, 3)] * 3),
        keep=st.integers(1, 3),
        margin=st.sampled_from(["0", "0.02"]),
        levels=st.sampled_from([(1, 2, 3), (1, 3), (2,), (1,)]),
    )
    def begin(self, holds: tuple[int, int, int], keep: int, margin: str, levels: tuple[int, ...]) -> None:
        self.asked = terms(holds, keep=keep, margin=margin, levels=levels)
        self.plain = Plain(self.asked)
        self.snapshot = Snapshot()
        self.month = 0
        self.corrected = False
        self.looks: list[Look] = []
        self.known: dict[int, Outcome] = {}
        self.episodes: list[list[str]] = []

    def look(self, attainment: str | None) -> None:
        before = self.snapshot
        judged = outcome(self.month, attainment, self.asked)
        self.looks.append((self.month, attainment))
        self.known[self.month] = judged
        earlier = [self.known[month] for month in sorted(self.known) if month < self.month]
        now = NOW + timedelta(minutes=len(self.looks))
        self.snapshot, made = step(before, judged, now, terms=self.asked, earlier=earlier)
        self.check_cause(before, judged, made)
        if made.change == Change.FIRST:
            self.episodes.append([])
        if made.change != Change.NONE:
            self.episodes[-1].append(f"{made.change} {int(made.tier)}")
        again, silent = step(self.snapshot, judged, now, terms=self.asked, earlier=earlier)
        assert again == self.snapshot, "the same look again moves nothing"
        assert silent.change == Change.NONE, "and is not told twice"

    def check_cause(self, before: Snapshot, judged: Outcome, made: Transition) -> None:
        after = self.snapshot
        if judged.result in (Result.NO_DATA, Result.ERROR):
            assert made.change == Change.NONE
            assert after.tier == before.tier
        if made.change in (Change.FIRST, Change.RAISED):
            assert before.tier < after.tier <= judged.level
        if made.change == Change.LOWERED:
            assert before.tier > after.tier >= judged.level
        if made.change == Change.RECOVERED:
            assert judged.result == Result.CLEAR
        if made.change == Change.NONE:
            assert after.tier == before.tier

    @rule(attainment=st.sampled_from(ATTAINMENTS))
    def figure_changes(self, attainment: str) -> None:
        self.plain.look(self.month, attainment)
        self.look(attainment)

    @rule(attainment=st.sampled_from(ATTAINMENTS), gap=st.integers(1, 2))
    def month_turns(self, attainment: str, gap: int) -> None:
        self.month += gap
        self.figure_changes(attainment)

    @rule(attainment=st.sampled_from(ATTAINMENTS), back=st.integers(1, 3))
    def an_earlier_month_is_corrected(self, attainment: str, back: int) -> None:
        """It counts at the next look at the newest month, in the model as in the lifecycle."""
        month = self.month - back
        if month in self.plain.months:
            self.plain.months[month] = D(attainment)
            self.known[month] = outcome(month, attainment, self.asked)
            self.corrected = True

    @rule()
    def data_stays_away(self) -> None:
        self.month += 1
        self.look(None)

    @invariant()
    def same_as_the_model(self) -> None:
        if hasattr(self, "plain"):
            assert self.snapshot.tier == self.plain.tier
            assert self.episodes == self.plain.episodes
            assert self.plain.open in (0, 1)

    @invariant()
    def state_fits_tier(self) -> None:
        if hasattr(self, "plain"):
            state, tier = self.snapshot.state, self.snapshot.tier
            if state in (State.FIRING, State.RECOVERING):
                assert tier
            if state in (State.NORMAL, State.PENDING):
                assert not tier

    def teardown(self) -> None:
        if hasattr(self, "plain") and not self.corrected:
            once, twice = live(self.looks, self.asked), live(self.looks, self.asked)
            assert once == twice, "the same figures, the same story"
            assert replace(once[0], since=None) == replace(self.snapshot, since=None)


TestAlertsLiveLikeThePlainModel = AlertsLiveLikeThePlainModel.TestCase
TestAlertsLiveLikeThePlainModel.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
