"""The things that addresses are about, made when an address is asked for."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from alerts.answer_links import token_for
from alerts.models import Connection, Policy, Rota, Silence
from common.periods import Grain, Period
from decisions.models import Band, Delegation, Proposal
from decisions.services import decide
from ingest.models import Import, Pull, State
from ingest.services import receive
from kpis.models import (
    Benchmark,
    Calibration,
    ChangeKind,
    EnteredValue,
    ImprovementPlan,
    KeyResult,
    Measure,
    Metric,
    Objective,
    Reconciliation,
    Target,
    TargetChange,
    TargetWarning,
)
from kpis.services import Entry, Revision, TargetEntry, change_targets, ensure_source, enter_values
from organization.models import (
    CalendarEvent,
    Duty,
    NodeAlias,
    Person,
    Rate,
    Responsibility,
    TreeChange,
)
from organization.services.aliases import add_alias
from tests.alerts import connections as connection_builders
from tests.api.callers import token_of
from tests.decisions import plans
from tests.every_url.world import Arguments, World
from tests.ingest import layouts as layout_builders
from tests.kpis import objectives as objective_builders
from tests.kpis import scores as score_builders
from tests.people import alice, person, scope


def bobs_answer(world: World) -> dict[str, Any]:
    """The link in his message about an alert."""
    return {"token": token_for(episode=our("alert")(world)["pk"], person=world.people["Bob"].pk)}


def charlies_token(world: World) -> dict[str, Any]:
    """Made anew for whoever asks, since it can be revoked once."""
    return {"pk": token_of(world.people["Charlie"])[0].pk}


def a_target(area: str, person: Person | None) -> Target:
    (made,) = Target.objects.filter(scope__key=area, change__made_by=person, superseded_at=None)[:1] or [
        change_targets(
            kind=ChangeKind.GRID,
            revisions=[
                Revision(
                    TargetEntry(
                        Metric.objects.get(code="revenue"),
                        scope(area),
                        Period.parse(f"{timezone.localdate().year + 1}-05"),
                        Decimal(Target.objects.count() + 1),
                    ),
                    None,
                )
            ],
            person=person,
        ).targets.get()  # type: ignore[union-attr]
    ]
    return made


def doubted(area: str) -> dict[str, Any]:
    warning, _made = TargetWarning.objects.get_or_create(
        target=a_target(area, None), code="capacity", defaults={"figures": {"best": "1", "month": "2026-01"}}
    )
    return {"pk": warning.pk}


def a_card(world: World, name: str = "People") -> dict[str, Any]:
    return {"pk": score_builders.a_card(name).pk}


def alices_score(world: World) -> dict[str, Any]:
    return {"pk": score_builders.a_score(world.people["Alice"], "region:华东/上海").pk}


def alices_plan(world: World) -> dict[str, Any]:
    score = alices_score(world)
    ImprovementPlan.objects.get_or_create(score_id=score["pk"], defaults={"goal": "Win back the dealers"})
    return score


def charlies_score(world: World) -> dict[str, Any]:
    return {"pk": score_builders.a_score(world.people["Charlie"], "region:华北/北京分店").pk}


def a_change_of_ours(world: World) -> dict[str, Any]:
    """Made anew for whoever asks, since it can be taken back once."""
    return {"pk": anew("region:华东/上海").pk}


def a_change_of_theirs(world: World) -> dict[str, Any]:
    return {"pk": anew("region:华北/北京分店").pk}


def anew(area: str) -> TargetChange:
    entry = TargetEntry(
        Metric.objects.get(code="revenue"),
        scope(area),
        Period.parse(f"{timezone.localdate().year + 2}-05"),
        Decimal(Target.objects.count() + 1),
    )
    made = change_targets(kind=ChangeKind.GRID, revisions=[Revision(entry, None)], person=None)
    assert made is not None
    return made


def a_benchmark(world: World) -> dict[str, Any]:
    made, _made = Benchmark.objects.get_or_create(
        metric=Metric.objects.get(code="revenue"), scope=scope("company"), first_day="2026-01-01",
        defaults={"value": 1, "source": "Chamber"},
    )  # fmt: skip
    return {"pk": made.pk}


def calibration_of(area: str) -> int:
    """A month of the area that closed off plan."""
    made, _new = Calibration.objects.get_or_create(
        metric=Metric.objects.get(code="revenue"), scope=scope(area), month=date(2026, 10, 1),
        defaults={"target": Decimal(100), "value": Decimal(80)},
    )  # fmt: skip
    return made.pk


def our_node(world: World) -> dict[str, Any]:
    return {"node_id": world.ours.pk}


def their_node(world: World) -> dict[str, Any]:
    return {"node_id": world.theirs.pk}


def other_name(place: Any, slug: str) -> dict[str, Any]:
    alias, _made = NodeAlias.objects.get_or_create(
        dimension=place.dimension, parent=place.parent, slug=slug, defaults={"node": place}
    )
    return {"node_id": place.pk, "alias_id": alias.pk}


def a_change(place: Any) -> dict[str, Any]:
    change = TreeChange.objects.filter(node=place).first() or add_alias(
        node=place, name="another name", person=None
    )
    return {"node_id": place.pk, "change_id": change.pk}


def charlies(world: World) -> dict[str, Any]:
    return {"person_id": world.people["Charlie"].pk}


def charlies_duty(world: World) -> dict[str, Any]:
    """Made anew for whoever asks, since it can be taken away once."""
    charlie = world.people["Charlie"]
    duty, _made = Duty.objects.get_or_create(name="CFO", scope=scope("company"), person=charlie)
    return {"person_id": charlie.pk, "duty_id": duty.pk}


def charlies_responsibility(world: World) -> dict[str, Any]:
    charlie = world.people["Charlie"]
    held = Responsibility.objects.filter(person=charlie).first() or Responsibility.objects.create(
        scope=scope("company"), person=charlie, first_day=timezone.localdate()
    )
    return {"person_id": charlie.pk, "responsibility_id": held.pk}


def our(what: str) -> Arguments:
    return lambda world: {"pk": world.our_alert[what]}


def their(what: str) -> Arguments:
    return lambda world: {"pk": world.their_alert[what]}


def silence_on(area: str) -> Arguments:
    """Running, as long as nobody has ended it."""

    def found(world: World) -> dict[str, Any]:
        made, _ = Silence.objects.update_or_create(
            scope=scope(area), reason="Walk",
            defaults={"starts_at": timezone.now(), "ends_at": timezone.now() + timedelta(days=1)},
        )  # fmt: skip
        return {"pk": made.pk}

    return found


def a_connection(world: World) -> dict[str, Any]:
    """Made anew for whoever asks, since it can be removed once."""
    found = Connection.objects.first() or connection_builders.made("wecom", by=world.people["Ada"])
    return {"pk": found.pk}


def a_webhook(world: World) -> dict[str, Any]:
    found = Connection.objects.first() or connection_builders.made("webhook", by=world.people["Ada"])
    return {"pk": found.pk}


def policy_on(area: str) -> Arguments:
    """Made anew for whoever asks, since it can be removed once."""

    def found(world: World) -> dict[str, Any]:
        at = scope(area)
        return {"pk": Policy.objects.get_or_create(name=f"Usual way {at.pk}", scope=at)[0].pk}

    return found


def rota_on(area: str) -> Arguments:
    def found(world: World) -> dict[str, Any]:
        at, first_day = scope(area), date(2026, 11, 2)
        kept = {"scope": at, "first_day": first_day, "hands_over_at": time(9)}
        return {"pk": Rota.objects.get_or_create(name=f"Watch {at.pk}", defaults=kept)[0].pk}

    return found


def an_asking_import(world: World) -> dict[str, Any]:
    if "asking" not in world.made:
        world.made["asking"] = receive(name="asks.csv", chunks=[b"when,much\n2025-08-01,1\n"], person=None)
    return {"pk": world.made["asking"].pk}


def a_layout(world: World) -> dict[str, Any]:
    if "layout" not in world.made:
        world.made["layout"] = layout_builders.layout()
    return {"code": world.made["layout"].code}


def a_rate(world: World) -> dict[str, Any]:
    if "rate" not in world.made:
        layout_builders.rate("USD", "2025-01-01", "7")
        world.made["rate"] = Rate.objects.get()
    return {"rate_id": world.made["rate"].pk}


def an_event(world: World) -> dict[str, Any]:
    day = date(2026, 9, 9)
    made, _ = CalendarEvent.every.update_or_create(
        code="sale", first_day=day, defaults={"name": "Sale", "last_day": day, "removed_at": None}
    )
    return {"event_id": made.pk}


def an_import(world: World) -> dict[str, Any]:
    """A file that went in, of the whole company; made anew for whoever asks, since it can be taken back once."""
    made = Import.objects.filter(state=State.DONE).first()
    if made is None:
        source = ensure_source(code="files", name="Files", facts="channels")
        made = Import.objects.create(
            file_name="a.csv", stored_as="a.csv", size=1, sha256="0" * 64, source=source,
            state=State.DONE, rows=2, accepted=2, headings=["date"], finished_at=timezone.now(),
        )  # fmt: skip
    return {"pk": made.pk}


def a_source(world: World) -> dict[str, Any]:
    return {"pk": ensure_source(code="files", name="Files", facts="channels").pk}


def a_pull(world: World) -> dict[str, Any]:
    """An address of our own machine, which is refused before anybody calls it."""
    source = ensure_source(code="files", name="Files", facts="channels")
    made, _ = Pull.objects.get_or_create(
        name="Shop", defaults={"url": "http://127.0.0.1:1/", "source": source}
    )
    return {"pk": made.pk}


def a_check(world: World) -> dict[str, Any]:
    today = timezone.localdate()
    made, _ = Reconciliation.objects.get_or_create(night=today, first_day=today, last_day=today)
    return {"pk": made.pk}


def the_metric(world: World) -> dict[str, Any]:
    return {"pk": Metric.objects.get(code="revenue").pk}


def the_measure(world: World) -> dict[str, Any]:
    return {"pk": Measure.objects.get(code="revenue").pk}


def entered_on(area: str) -> dict[str, Any]:
    """A value that somebody entered for the area; another one where it has been taken away."""
    measure, today = Measure.objects.get(code="leads"), timezone.localdate()
    period = Period.containing(today, Grain.DAY)
    entries = [Entry(measure, scope(area), period, Decimal(5), "by telephone")]
    enter_values(entries=entries, person=None, today=today)
    return {"pk": EnteredValue.objects.get(scope=scope(area), superseded_at__isnull=True).pk}


def proposed_on(area: str) -> dict[str, Any]:
    """What Alice, or who leads it, proposes for the area; proposed anew once it is decided."""
    author = alice() if area.startswith("region:华东") else person("Lee", "lead", area)
    made = Proposal.objects.filter(scope=scope(area), state__in=("open", "asked")).first()
    return {"pk": (made or plans.proposed(author, area, as_of=timezone.now())).pk}


def asked_back(world: World) -> dict[str, Any]:
    made = Proposal.objects.get(**proposed_on("region:华东/上海"))
    if made.state != "asked":
        decide(proposal=made, person=world.people["Bob"], verdict="ask", note="Why?")
    return {"pk": made.pk}


def task_on(area: str) -> dict[str, Any]:
    return {"pk": plans.task(area, opened_for=f"walk {area}").pk}


def subject_on(area: str) -> dict[str, Any]:
    return {"about": plans.PLAN, "subject_id": scope(area).pk}


def bobs_stand_in(world: World) -> dict[str, Any]:
    today = timezone.localdate()
    made, _ = Delegation.objects.get_or_create(
        from_person=world.people["Bob"], to_person=world.people["Charlie"], first_day=today, last_day=today
    )
    return {"pk": made.pk}


def a_band(world: World) -> dict[str, Any]:
    made, _ = Band.objects.get_or_create(kind="tests.other", role="manager", working_hours=9)
    return {"pk": made.pk}


def objective_on(area: str, **more: Any) -> Objective:
    """A draft of this quarter for the area, with a key result; made anew where it was used up."""
    title = f"Walk {area}"
    made = Objective.objects.filter(title=title, state=more.get("state", "draft")).first()
    return made or objective_builders.this_quarters(title, area, **more)


def objective_at(area: str, **more: Any) -> Arguments:
    return lambda world: {"pk": objective_on(area, **more).pk}


def key_result_at(area: str, **more: Any) -> Arguments:
    def found(world: World) -> dict[str, Any]:
        made = objective_on(area, **more)
        standing = KeyResult.objects.filter(objective=made, removed_at__isnull=True).first()
        return {"pk": (standing or objective_builders.stepped_now(made)).pk}

    return found


def milestone_at(area: str, **more: Any) -> Arguments:
    at = key_result_at(area, **more)
    return lambda world: {"pk": KeyResult.objects.get(**at(world)).milestones.earliest("pk").pk}
