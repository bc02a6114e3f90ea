"""What is planned in either world: targets with their reasons, scores, objectives."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from common.periods import Period
from kpis.models import (
    Benchmark,
    ChangeKind,
    Metric,
    Objective,
    Score,
    ScoreArea,
    TargetWarning,
)
from kpis.services import Revision, TargetEntry, change_targets, okr
from kpis.services.okr import KeyResultDraft, MilestoneDraft, ObjectiveDraft
from kpis.services.scorecards import note_progress, open_plan
from organization.models import (
    Person,
    Scope,
)
from tests.foreign.worlds import (
    TODAY,
    Company,
)
from tests.kpis.scores import a_card


def plans(made: Company, world: str, areas: dict[str, Scope]) -> None:
    """Targets that were set as one change with its reason, and what speaks against them."""
    pks, number = made.things[world], {"a": 931_507, "b": 942_709}[world]
    revenue = Metric.objects.get(code="revenue")
    for step, (prefix, at) in enumerate(areas.items()):
        amount, month = number + 41 * step, Period.parse(f"{TODAY.year + 1}-03")
        said = {part: f"zq{part}{prefix}plan{world}" for part in ("because", "bench", "reply")}
        made.secret("area", at.key, *said.values())
        for written in (str(amount), f"{amount:,}"):
            made.figures.setdefault(written, set()).add(at.key)
        change = change_targets(
            kind=ChangeKind.GRID, revisions=[Revision(TargetEntry(revenue, at, month, Decimal(amount)), None)],
            person=None, reason=said["because"],
        )  # fmt: skip
        assert change is not None
        warning = TargetWarning.objects.create(
            target=change.targets.get(), code="benchmark", answer=said["reply"], answered_at=timezone.now(),
            figures={"benchmark": "0.1", "growth": "0.5", "source": said["bench"]},
        )  # fmt: skip
        pks |= {f"{prefix}change": change.pk, f"{prefix}warning": warning.pk}
    # It begins late, so that no target set on the walk is held against it.
    source = f"zqchamber{world}"
    made.secret("outbox", "company", source)
    pks["benchmark"] = Benchmark.objects.create(
        metric=revenue, scope=areas[""], first_day=date(2099, 1, 1), value=Decimal("0.1"), source=source
    ).pk


def scores(made: Company, world: str) -> None:
    """What somebody and her team reached in her area, and what she sets out to do."""
    pks, region = made.things[world], made.nodes["region", world]
    goal, note = f"zqgoal{world}", f"zqweek{world}"
    made.secret("kept", region.code, goal, note)
    common: dict[str, Any] = {"grain": "month", "start": date(2026, 10, 1), "rank": 1, "ranked": 2}
    whom = Person.objects.get(pk=pks["owner"])
    own = Score.objects.create(card=a_card(), person=whom, value=Decimal(80), **common)
    team = Score.objects.create(
        card=a_card("Teams", subject="team"), team=made.nodes["team", world], value=Decimal(70), **common
    )
    for one in (own, team):
        ScoreArea.objects.create(score=one, scope=region.scope)
    plan = open_plan(of=own, goal=goal, mentor=None, person=made.people["Admin"])
    note_progress(plan=plan, text=note, person=made.people["Admin"])
    pks |= {"score": own.pk, "teamscore": team.pk, "card": own.card_id}


QUARTER = date(2026, 10, 1)


def objectives(made: Company, world: str, areas: dict[str, Scope], *, beside: Scope) -> None:
    """What is set for the quarter, with key results by hand, by milestones, and by a figure of another area."""
    pks, number = made.things[world], {"a": 811_401, "b": 822_603}[world]
    for step, (what, at) in enumerate(areas.items()):
        said = {part: f"zq{part}{what}{world}" for part in ("aim", "why", "result", "step", "said")}
        made.secret("area", at.key, *said.values())
        hidden, amount = f"zqtied{what}{world}", number + 37 * step
        made.secret("areas", f"{at.key} & {beside.key}", hidden, str(amount), f"{amount:,}")
        common: dict[str, Any] = {"person": made.people["Admin"], "today": TODAY}
        team = made.nodes["team", world]
        aim = ObjectiveDraft(
            title=said["aim"], description=said["why"], start=QUARTER, level="team", scope=at, team=team
        )
        objective = okr.make_objective(draft=aim, **common)
        drafts = {
            "hand": KeyResultDraft(title=said["result"], how="manual", target=Decimal(10)),
            "steps": KeyResultDraft(
                title=f"Steps {step}", how="milestones", milestones=[MilestoneDraft(said["step"], TODAY)]
            ),
            "tied": KeyResultDraft(
                title=hidden, how="metric", metric=Metric.objects.get(code="revenue"), scope=beside,
                target=Decimal(amount),
            ),
        }  # fmt: skip
        results = {
            kind: okr.add_key_result(objective=objective, draft=one, **common) for kind, one in drafts.items()
        }
        okr.begin_objective(objective=objective, now=timezone.now(), **common)
        okr.check_in(
            key_result=results["hand"], value=Decimal(4), confidence=5, note=said["said"], now=timezone.now(),
            **common,
        )  # fmt: skip
        pks |= {what: objective.pk, f"{what}-milestone": results["steps"].milestones.get().pk}
        pks |= {f"{what}-{kind}": one.pk for kind, one in results.items()}


def align(made: Company) -> None:
    """Objectives of each world support the other's, one of them a key result."""
    a, b = made.things["a"], made.things["b"]
    Objective.objects.filter(pk=a["objective"]).update(supports_objective=b["objective"])
    Objective.objects.filter(pk=b["crossobjective"]).update(supports_key_result=a["objective-hand"])
