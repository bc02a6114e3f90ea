"""An alert's life against a plain model of the same rules, written independently: slow, and easy to believe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal as D

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alerts.conditions import Figure, Outcome, Result, Terms, broken
from alerts.lifecycle import Change, Reason, Snapshot, State, Transition, close, judge_anew, settle, step
from common.periods import add_months
from tests.alerts.lives import BELOW, FIRST_MONTH, NOW, outcome, terms

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
ASKED = st.builds(
    terms,
    st.tuples(*[st.integers(1, 3)] * 3),
    keep=st.integers(1, 3),
    margin=st.sampled_from(["0", "0.02"]),
    levels=st.sampled_from([(1, 2, 3), (1, 3), (2,), (1,)]),
    out_of=st.tuples(*[st.sampled_from([0, 0, 4])] * 3),
)


def flaps(evaluations: Sequence[bool]) -> bool:
    """By hand: each evaluation with whether it changed something, all there were."""
    flapping = False
    for end in range(1, len(evaluations) + 1):
        if not any(evaluations[max(0, end - 4) : end]):
            flapping = False
        elif sum(evaluations[max(0, end - 20) : end]) >= 4:
            flapping = True
    return flapping


@dataclass
class Plain:
    """The rules once more, from the whole history and without counters."""

    asked: Terms
    months: dict[int, D] = field(default_factory=dict)
    tier: int = 0
    settled: int = 0
    state: str = "normal"
    newest: int | None = None  # month that was judged
    evaluations: list[bool] = field(default_factory=list)
    episodes: list[list[str]] = field(default_factory=list)

    def known(self, month: int) -> list[D]:
        """The figures up to a month, oldest first."""
        return [self.months[one] for one in sorted(self.months) if one <= month]

    def holds_long_enough(self, month: int, level: int, periods: int, out_of: int) -> bool:
        held = [value < BELOW[level] for value in self.known(month)]
        if out_of > periods:
            return held[-1] and sum(held[-out_of:]) >= periods
        return len(held) >= periods and all(held[-periods:])

    def look(self, month: int, attainment: str, *, anew: bool = False) -> None:
        value = self.months[month] = D(attainment)
        tiers, margin = self.asked.tiers, self.asked.margin
        level = max((int(one.level) for one in tiers if value < BELOW[one.level]), default=0)
        near = max((int(one.level) for one in tiers if value < BELOW[one.level] + margin), default=0)
        ripe = max(
            (
                int(one.level)
                for one in tiers
                if self.holds_long_enough(month, one.level, one.periods, one.out_of)
            ),
            default=0,
        )
        limits = [BELOW[one.level] + margin for one in tiers]
        clear = [all(one >= limit for limit in limits) for one in self.known(month)]
        over = len(clear) >= self.asked.keep and all(clear[-self.asked.keep :])
        if anew:
            self.forget()
        happened = self.change(level, near, ripe, over, anew)
        turned = self.newest is None or month > self.newest
        if happened != "closed" and (happened or turned):  # that a rule was edited is no change of the figure
            self.evaluations.append(bool(happened))
        self.newest = month
        if self.tier:
            self.state = "firing" if level else "recovering"
        elif self.settled:
            self.state = "settled"
        else:
            self.state = "pending" if level and happened != "closed" else "normal"

    def change(self, level: int, near: int, ripe: int, over: bool, anew: bool) -> str:
        if not self.tier:
            if ripe > self.settled:
                return self.begin(ripe)
            if over:
                self.settled = 0
            return ""
        if anew:
            return self.move(level, "closed") if level != self.tier else ""
        if ripe > self.tier:
            return self.move(ripe, "")
        if not near:
            return self.move(0, "recovered") if over else ""
        return self.move(near, "") if near < self.tier else ""

    def begin(self, tier: int) -> str:
        self.tier, self.settled = tier, 0
        self.episodes.append([f"first {tier}"])
        return "first"

    def move(self, tier: int, end: str) -> str:
        said = end if not tier else "raised" if tier > self.tier else "lowered"
        self.episodes[-1].append(f"{said} {tier or self.tier}")
        self.tier = tier
        return said

    def forget(self) -> None:
        self.settled, self.newest, self.evaluations = 0, None, []

    def by_hand(self) -> None:
        self.settled = self.tier
        self.move(0, "closed")
        self.state = "settled"

    def switched_off(self) -> None:
        if self.tier:
            self.move(0, "closed")
        newest = self.newest
        self.forget()
        self.newest, self.state = newest, "normal"


Move = Callable[[Snapshot], tuple[Snapshot, Transition]]


class AlertsLiveLikeThePlainModel(RuleBasedStateMachine):
    @initialize(asked=ASKED)
    def begin(self, asked: Terms) -> None:
        self.asked = asked
        self.plain = Plain(asked)
        self.snapshot = Snapshot()
        self.month = 0
        self.figures: dict[int, str | None] = {}
        self.episodes: list[list[str]] = []
        self.moves: list[Move] = []
        self.told: list[Transition] = []

    # -- What the world does ------------------------------------------------------------------------

    @rule(attainment=st.sampled_from(ATTAINMENTS))
    def figure_changes(self, attainment: str) -> None:
        self.figures[self.month] = attainment
        self.plain.look(self.month, attainment)
        self.look(self.month)

    @rule(attainment=st.sampled_from(ATTAINMENTS), gap=st.integers(1, 2))
    def month_turns(self, attainment: str, gap: int) -> None:
        self.month += gap
        self.figure_changes(attainment)

    @rule(attainments=st.lists(st.sampled_from(["0.5", "1.3"]), min_size=3, max_size=6))
    def months_go_up_and_down(self, attainments: list[str]) -> None:
        for attainment in attainments:
            self.month_turns(attainment, 1)

    @rule(attainment=st.sampled_from(ATTAINMENTS), back=st.integers(1, 3))
    def an_earlier_month_is_corrected(self, attainment: str, back: int) -> None:
        """It counts at the next look at the newest month."""
        month = self.month - back
        if self.figures.get(month) is not None:
            self.figures[month] = attainment
            self.plain.months[month] = D(attainment)

    @rule()
    def data_stay_away(self) -> None:
        self.month += 1
        self.figures[self.month] = None
        self.plain.state = "no-data"
        self.look(self.month)

    @precondition(lambda self: self.figures.get(self.month) is not None)
    @rule()
    def data_are_withdrawn(self) -> None:
        earlier = [month for month, known in self.figures.items() if known is not None and month < self.month]
        if earlier and self.plain.newest == self.month:
            del self.figures[self.month], self.plain.months[self.month]
            self.plain.state = "no-data"
            self.look(max(earlier))

    @rule()
    def the_rule_cannot_be_read(self) -> None:
        self.plain.state = "error"
        judged = broken(Figure(add_months(FIRST_MONTH, self.month)))
        self.apply(judged, Terms(()), ())

    @precondition(lambda self: self.snapshot.is_open)
    @rule()
    def a_person_closes_it(self) -> None:
        self.plain.by_hand()
        now = self.now()
        self.move(lambda snapshot: settle(snapshot, now))

    @precondition(lambda self: self.figures.get(self.month) is not None)
    @rule(asked=ASKED)
    def the_rule_is_edited(self, asked: Terms) -> None:
        self.asked = self.plain.asked = asked
        attainment = self.figures[self.month]
        assert attainment is not None
        self.plain.look(self.month, attainment, anew=True)
        self.look(self.month, anew=True)

    @rule()
    def the_rule_is_switched_off_and_on(self) -> None:
        self.plain.switched_off()
        now = self.now()
        self.move(lambda snapshot: close(snapshot, now))

    # -- What the lifecycle makes of it -------------------------------------------------------------

    def now(self) -> datetime:
        return NOW + timedelta(minutes=len(self.moves))

    def look(self, month: int, *, anew: bool = False) -> None:
        seen = {one: outcome(one, known, self.asked) for one, known in self.figures.items() if one <= month}
        self.apply(seen.pop(month), self.asked, [seen[one] for one in sorted(seen)], anew=anew)

    def apply(self, judged: Outcome, asked: Terms, earlier: Sequence[Outcome], *, anew: bool = False) -> None:
        before, now = self.snapshot, self.now()
        way = judge_anew if anew else step
        made = self.move(lambda snapshot: way(snapshot, judged, now, terms=asked, earlier=earlier))
        self.check_cause(before, judged, made, anew)
        again, silent = step(self.snapshot, judged, now, terms=asked, earlier=earlier)
        assert again == self.snapshot, "the same look again moves nothing"
        assert silent.change == Change.NONE, "and is not told twice"

    def move(self, one: Move) -> Transition:
        self.snapshot, made = one(self.snapshot)
        self.moves.append(one)
        self.told.append(made)
        if made.change == Change.FIRST:
            self.episodes.append([])
        if made.change != Change.NONE:
            self.episodes[-1].append(f"{made.change} {int(made.tier)}")
        return made

    def check_cause(self, before: Snapshot, judged: Outcome, made: Transition, anew: bool) -> None:
        after = self.snapshot
        if judged.result in (Result.NO_DATA, Result.ERROR):
            assert made.change == Change.NONE
            kept = ("tier", "settled", "recent", "flapping", "period")
            assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
        if made.change in (Change.FIRST, Change.RAISED):
            assert before.tier < after.tier <= judged.level
            assert before.is_open == (made.change == Change.RAISED)
        if made.change == Change.LOWERED:
            assert before.tier > after.tier >= judged.level
        if made.change == Change.RECOVERED:
            assert (judged.result, after.tier) == (Result.CLEAR, 0)
        if made.change == Change.CLOSED:
            assert (anew, judged.level, made.reason) == (True, 0, Reason.RULE_CHANGED)
        if made.change == Change.NONE:
            assert after.tier == before.tier

    # -- What always holds --------------------------------------------------------------------------

    @invariant()
    def same_as_the_model(self) -> None:
        if hasattr(self, "plain"):
            plain, snapshot = self.plain, self.snapshot
            assert (snapshot.tier, snapshot.settled, snapshot.state) == (
                plain.tier, plain.settled, plain.state,
            )  # fmt: skip
            assert self.episodes == plain.episodes
            assert snapshot.flapping == flaps(plain.evaluations)

    @invariant()
    def one_episode_at_most_is_open(self) -> None:
        if hasattr(self, "plain"):
            ended = [one[-1].split()[0] in ("recovered", "closed") for one in self.episodes]
            assert ended.count(False) == int(self.snapshot.is_open)
            assert all(ended[:-1]), "the last alone may be open"
            assert all(one[0].startswith("first") for one in self.episodes)

    @invariant()
    def state_fits_tier(self) -> None:
        if hasattr(self, "plain"):
            state, tier, settled = self.snapshot.state, self.snapshot.tier, self.snapshot.settled
            if state in (State.FIRING, State.RECOVERING):
                assert tier
            if state in (State.NORMAL, State.PENDING, State.SETTLED):
                assert not tier
            assert not (tier and settled)
            assert (state == State.SETTLED) <= bool(settled)

    def teardown(self) -> None:
        """The same outcomes at the same times, the same story."""
        if hasattr(self, "plain"):
            snapshot, told = Snapshot(), []
            for one in self.moves:
                snapshot, made = one(snapshot)
                told.append(made)
            assert (snapshot, told) == (self.snapshot, self.told)


TestAlertsLiveLikeThePlainModel = AlertsLiveLikeThePlainModel.TestCase
TestAlertsLiveLikeThePlainModel.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
