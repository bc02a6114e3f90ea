"""Every address of the project × every person, against a table of what each must be told.

An address that the table does not know fails, so that nobody adds a page without saying who may open it.

To add one: put a row into TABLE under its URL name (or its route, where it has no name).
    row("Who gets in", POST="And who may post", at=arguments)
`EVERYBODY`, `WITH_A_GRANT`, ... below are what people are told, in the order of PEOPLE. `at` makes the address's
arguments from the World; `foreign` those of something in 华北, which Alice, who leads 华东, must not find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import pytest
from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from alerts.models import Connection, Message
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
    Grant,
    NodeAlias,
    Person,
    Rate,
    Responsibility,
    TreeChange,
)
from organization.services.aliases import add_alias
from tests.alerts import builders as alert_builders
from tests.alerts import connections as connection_builders
from tests.api.callers import token_of
from tests.decisions import plans
from tests.ingest import layouts as layout_builders
from tests.kpis import objectives as objective_builders
from tests.kpis import scores as score_builders
from tests.made_once import made_once
from tests.people import ada, alice, bob, charlie, dana, mallory, node, person, scope

PEOPLE = ("Alice", "Bob", "Charlie", "Dana", "Ada", "Mallory", "nobody")
LOGIN = "login"  # sent to log in

# What each of PEOPLE is told. A number is a status; "2xx" any success, "3xx" a redirect elsewhere than to log in.
EVERYBODY = "200 200 200 200 200 200 200"
ANYBODY_LOGGED_IN = "200 200 200 200 200 200 login"
WITH_A_GRANT = "200 200 200 200 200 403 login"
NOTHING_NAMED = "404 404 404 404 404 403 login"
ON_HER_SCOPE = "200 200 200 200 200 404 login"
OF_THE_COMPANY = "404 200 200 200 200 403 login"
ADMINISTRATORS = "403 403 403 403 200 403 login"
ADMINISTRATORS_GO_ON = "403 403 403 403 3xx 403 login"
NOBODY_FINDS = "404 404 404 404 404 404 404"
RULE_WRITERS = "200 200 403 403 200 403 login"
OTHERS_MESSAGE = "404 200 404 404 200 404 login"  # to somebody else: for those who see the whole outbox
OWNED_BY_ANOTHER = "404 404 404 404 200 404 login"  # for its owner and administrators
OWNED_GOES_ON = "404 404 404 404 3xx 404 login"
METRIC_KEEPERS = "403 200 403 403 200 403 login"
VALUE_WRITERS = "200 200 403 200 200 403 login"
AREA_KEEPERS = "403 200 403 403 200 403 login"
RATE_KEEPERS = "403 403 403 200 200 403 login"
IMPORTERS = "403 200 403 200 200 403 login"
API_WITH_A_GRANT = "200 200 200 200 200 403 401"
API_IMPORTERS = "403 200 403 200 200 403 401"
API_NO_SUCH_METHOD = "405 405 405 405 405 405 401"
API_MUST_ASK = "400 400 400 400 400 403 401"  # it needs a question
API_TARGET_SETTERS = "415 415 403 403 415 403 401"  # a form is no JSON
NO_SUCH_METHOD = "405 405 405 405 405 405 405"
# Django checks the method first, so a GET of what only takes POST is 405 even for nobody.


@dataclass
class World:
    """One thing of each sort, made for the walk: things of 华东 (Alice's) and things of 华北 (not hers)."""

    people: dict[str, Person] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    @cached_property
    def ours(self) -> Any:
        return node("region:华东/上海")

    @cached_property
    def theirs(self) -> Any:
        return node("region:华北/北京分店")

    @cached_property
    def our_alert(self) -> dict[str, Any]:
        return alert_on("region:华东/上海")

    @cached_property
    def their_alert(self) -> dict[str, Any]:
        return alert_on("region:华北/北京分店")


FOREIGN_NAMES = ("华北", "北京分店")
Arguments = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    get: str
    post: str | None
    at: Arguments | None
    foreign: Arguments | None
    data: Arguments | None


def row(
    get: str,
    *,
    POST: str | None = None,
    at: Arguments | None = None,
    foreign: Arguments | None = None,
    data: Arguments | None = None,
) -> Row:
    """`POST` is what an empty form (or `data`) is told; without it the address must refuse to be posted to, or
    is not posted to at all where it answers GET alone (405)."""
    return Row(get, POST, at, foreign, data)


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


def alert_on(area: str) -> dict[str, Any]:
    """An alert on the area, in the rows that a look at a figure leaves behind."""
    made = alert_builders.rule(bob(), area=area)
    alert_builders.figure(scope(area), "0.6")
    alert_builders.look()
    return {
        "rule": made.pk,
        "alert": alert_builders.episode(area).pk,
        "message": Message.objects.latest("pk").pk,
    }


def our(what: str) -> Arguments:
    return lambda world: {"pk": world.our_alert[what]}


def their(what: str) -> Arguments:
    return lambda world: {"pk": world.their_alert[what]}


def a_connection(world: World) -> dict[str, Any]:
    """Made anew for whoever asks, since it can be removed once."""
    found = Connection.objects.first() or connection_builders.made("wecom", by=world.people["Ada"])
    return {"pk": found.pk}


def a_webhook(world: World) -> dict[str, Any]:
    found = Connection.objects.first() or connection_builders.made("webhook", by=world.people["Ada"])
    return {"pk": found.pk}


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


OURS, THEIRS = "region:华东/上海", "region:华北/北京分店"
OBJECTIVE_SETTERS = "200 200 403 403 200 403 login"
OBJECTIVE_SETTERS_GO_ON = "3xx 3xx 403 403 3xx 403 login"


def of_an_objective(
    get: str, post: str | None = None, at: Callable[..., Arguments] = objective_at, state: str = "draft"
) -> Row:
    return row(get, POST=post, at=at(OURS, state=state), foreign=at(THEIRS, state=state))


TABLE: dict[str, Row] = {
    # -- The frame and accounts
    "healthz": row("503 503 503 503 503 503 503"),  # no beat in these tests
    "metrics": row("404 404 404 404 404 404 404"),  # no token either
    "choose_theme": row(NO_SUCH_METHOD, POST="3xx 3xx 3xx 3xx 3xx 3xx 3xx"),
    "set_language": row("3xx 3xx 3xx 3xx 3xx 3xx 3xx", POST="3xx 3xx 3xx 3xx 3xx 3xx 3xx"),
    "styleguide": row("404 404 404 404 200 404 404"),
    "account_login": row("3xx 3xx 3xx 3xx 3xx 3xx 200"),
    "account_logout": row("200 200 200 200 200 200 3xx", POST="3xx 3xx 3xx 3xx 3xx 3xx 3xx"),
    "account_signup": row("3xx 3xx 3xx 3xx 3xx 3xx 200"),
    "account_inactive": row(EVERYBODY),
    "account_reauthenticate": row(ANYBODY_LOGGED_IN),
    "account_change_password": row(ANYBODY_LOGGED_IN),
    "account_set_password": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "account_reset_password": row(EVERYBODY),
    "account_reset_password_done": row(EVERYBODY),
    "account_reset_password_from_key": row(EVERYBODY, at=lambda world: {"uidb36": "1", "key": "x-y"}),
    "account_reset_password_from_key_done": row(EVERYBODY),
    "mfa_index": row(ANYBODY_LOGGED_IN),
    "mfa_authenticate": row("3xx 3xx 3xx 3xx 3xx 3xx login", POST="3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_reauthenticate": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    # Nobody changes factors who has not just said who she is.
    "mfa_activate_totp": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_deactivate_totp": row("404 404 404 404 404 404 login"),
    "mfa_view_recovery_codes": row("404 404 404 404 404 404 login"),
    "mfa_generate_recovery_codes": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_download_recovery_codes": row("404 404 404 404 404 404 login"),
    "mfa_add_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_edit_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login", at=lambda world: {"pk": 1}),
    "mfa_remove_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login", at=lambda world: {"pk": 1}),
    "mfa_reauthenticate_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_login_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx login"),
    "mfa_list_webauthn": row("3xx 3xx 3xx 3xx 3xx 3xx 3xx"),
    "openid_connect_login": row(NOBODY_FINDS, at=lambda world: {"provider_id": "company"}),
    "openid_connect_callback": row(NOBODY_FINDS, at=lambda world: {"provider_id": "company"}),
    # -- Overview
    "dashboards:overview": row(WITH_A_GRANT),
    "dashboards:why": row(NOTHING_NAMED),  # which figure, it is told by its query: see BY_QUERY
    "dashboards:places": row(NOTHING_NAMED),
    # -- Organization
    "organization:nodes": row(WITH_A_GRANT),
    "organization:node": row(
        "200 200 200 200 200 403 login",
        POST="403 200 403 403 200 403 login",
        at=our_node,
        foreign=their_node,
    ),
    "organization:node_review": row(
        NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=our_node, foreign=their_node
    ),
    "organization:node_put_away": row(
        NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=our_node, foreign=their_node
    ),
    "organization:node_merge": row(
        AREA_KEEPERS, POST="403 404 403 403 404 403 login", at=our_node, foreign=their_node
    ),
    "organization:node_move": row(
        AREA_KEEPERS, POST="403 404 403 403 404 403 login", at=our_node, foreign=their_node
    ),
    "organization:alias_add": row(
        NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=our_node, foreign=their_node
    ),
    "organization:alias_remove": row(
        NO_SUCH_METHOD,
        POST="403 3xx 403 403 3xx 403 login",
        at=lambda world: other_name(world.ours, "hu"),
        foreign=lambda world: other_name(world.theirs, "jing"),
    ),
    "organization:node_undo": row(
        NO_SUCH_METHOD,
        POST="403 3xx 403 403 3xx 403 login",
        at=lambda world: a_change(world.ours),
        foreign=lambda world: a_change(world.theirs),
    ),
    "organization:nodes_new": row(AREA_KEEPERS),
    "organization:nodes_accept": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login"),
    "organization:people": row(ADMINISTRATORS),
    "organization:person": row(ADMINISTRATORS, POST=ADMINISTRATORS, at=charlies),
    "organization:area_find": row(WITH_A_GRANT),
    "organization:invite": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "organization:listener": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "organization:role_row": row(ADMINISTRATORS),
    "organization:roles_save": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:would_see": row(NO_SUCH_METHOD, POST=ADMINISTRATORS, at=charlies),
    "organization:duty_add": row(NO_SUCH_METHOD, POST=ADMINISTRATORS, at=charlies),
    "organization:duty_remove": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies_duty),
    "organization:responsibility_add": row(NO_SUCH_METHOD, POST=ADMINISTRATORS, at=charlies),
    "organization:responsibility_end": row(
        NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies_responsibility
    ),
    "organization:invitation_send": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:invitation_withdraw": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:factors_reset": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:person_log_out": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:person_leave": row(ADMINISTRATORS, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:person_come_back": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=charlies),
    "organization:welcome": row(NOBODY_FINDS, POST=NOBODY_FINDS, at=lambda world: {"secret": "nothing"}),
    "organization:leave_elsewhere": row(NO_SUCH_METHOD, POST="3xx 3xx 3xx 3xx 3xx 3xx login"),
    "organization:account_rules": row("403 403 403 403 3xx 403 login", POST=ADMINISTRATORS),
    "organization:audit_export": row(NO_SUCH_METHOD, POST=ADMINISTRATORS),
    "organization:calendar": row(WITH_A_GRANT),
    "organization:event_new": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "organization:event_edit": row(ADMINISTRATORS, POST=ADMINISTRATORS, at=an_event),
    "organization:event_remove": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=an_event),
    "organization:settings": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "organization:rates": row(RATE_KEEPERS, POST=RATE_KEEPERS),
    "organization:rate_remove": row(NO_SUCH_METHOD, POST="403 403 403 3xx 404 403 login", at=a_rate),
    "organization:audit": row(ADMINISTRATORS),
    "organization:me": row(ANYBODY_LOGGED_IN, POST=ANYBODY_LOGGED_IN),
    "organization:tokens": row(ANYBODY_LOGGED_IN, POST="3xx 3xx 3xx 3xx 3xx 3xx login"),  # the password first
    "organization:token_revoke": row(NO_SUCH_METHOD, POST="404 404 3xx 404 3xx 404 login", at=charlies_token),
    "organization:my_code": row(
        NO_SUCH_METHOD, POST="3xx 3xx 3xx 3xx 3xx 3xx login", at=lambda world: {"kind": "email"}
    ),
    "organization:my_confirm": row(
        NO_SUCH_METHOD, POST="3xx 3xx 3xx 3xx 3xx 3xx login", at=lambda world: {"kind": "phone"}
    ),
    "organization:person_code": row(
        NO_SUCH_METHOD,
        POST="403 403 403 403 3xx 403 login",
        at=lambda world: {**charlies(world), "kind": "email"},
    ),
    "organization:person_confirm": row(
        NO_SUCH_METHOD,
        POST="403 403 403 403 3xx 403 login",
        at=lambda world: {**charlies(world), "kind": "email"},
    ),
    "organization:confirm": row(
        "404 404 404 404 404 404 404",
        POST="404 404 404 404 404 404 404",
        at=lambda world: {"link": "nobody-has-this"},
    ),
    # -- The API, asked in a session; tokens come below
    "api_nothing": row(NOBODY_FINDS, POST=NOBODY_FINDS),
    "api:docs": row(ANYBODY_LOGGED_IN),
    "api:schema": row("200 200 200 200 200 200 401"),
    "api:scopes": row(API_WITH_A_GRANT),
    "api:metrics": row(API_WITH_A_GRANT),
    "api:measures": row(API_WITH_A_GRANT),
    "api:readings": row(API_WITH_A_GRANT),
    "api:forecasts": row(API_WITH_A_GRANT),
    "api:targets": row(API_WITH_A_GRANT),
    "api:episodes": row(API_WITH_A_GRANT),
    "api:target_changes": row(API_WITH_A_GRANT),
    "api:target_change_undo": row(
        API_NO_SUCH_METHOD, POST="201 201 403 403 201 403 401", at=a_change_of_ours
    ),
    "api:target_warnings": row(API_WITH_A_GRANT),
    "api:target_warning_answer": row(
        API_NO_SUCH_METHOD, POST=API_TARGET_SETTERS, at=lambda world: doubted("region:华东/上海")
    ),
    "api:break_downs": row(API_NO_SUCH_METHOD, POST=API_TARGET_SETTERS),
    "api:break_down_apply": row(API_NO_SUCH_METHOD, POST=API_TARGET_SETTERS),
    "api:suggestions": row(API_MUST_ASK),
    "api:plan_check": row(API_MUST_ASK),
    "api:benchmarks": row("403 200 403 403 200 403 401", POST="403 415 403 403 415 403 401"),
    "api:benchmark": row(API_NO_SUCH_METHOD, at=a_benchmark),
    "api:rules": row(API_WITH_A_GRANT, POST="415 415 403 403 415 403 401"),
    "api:rule": row(API_WITH_A_GRANT, at=our("rule"), foreign=their("rule")),
    "api:scores": row(API_WITH_A_GRANT),
    "api:score_plan": row("200 200 404 404 200 403 401", at=alices_plan, foreign=charlies_score),
    "api:score_plan_notes": row(API_NO_SUCH_METHOD, POST="415 415 404 404 415 403 401", at=alices_plan),
    "api:objectives": row(API_WITH_A_GRANT),
    "api:movement": row("400 400 400 400 400 403 401"),
    "api:calibrations": row(API_WITH_A_GRANT),
    "api:calibration": row(
        API_WITH_A_GRANT,
        at=lambda world: {"pk": calibration_of("region:华东/上海")},
        foreign=lambda world: {"pk": calibration_of("region:华北/北京分店")},
    ),
    "api:calibration_file": row(
        "405 405 405 405 405 405 401",
        POST="415 415 403 403 415 403 401",
        at=lambda world: {"pk": calibration_of("region:华东/上海")},
    ),
    "api:check_ins": row(
        API_WITH_A_GRANT,
        POST="415 415 403 403 415 403 401",
        at=key_result_at(OURS, state="active"),
        foreign=key_result_at(THEIRS, state="active"),
    ),
    "api:episode": row(API_WITH_A_GRANT, at=our("alert"), foreign=their("alert")),
    "api:facts": row(API_NO_SUCH_METHOD, POST="403 415 403 415 415 403 401"),
    "api:imports": row(API_IMPORTERS, POST="403 400 403 400 400 403 401"),
    "api:import": row(API_IMPORTERS, at=an_import),
    "api:rejects": row(API_IMPORTERS, at=an_import),
    "api:undo": row(API_NO_SUCH_METHOD, POST="403 202 403 202 202 403 401", at=an_import),
    "api:proposals": row(API_WITH_A_GRANT),
    "api:proposal": row(
        API_WITH_A_GRANT,
        at=lambda world: proposed_on("region:华东/上海"),
        foreign=lambda world: proposed_on("region:华北/北京分店"),
    ),
    "api:decide": row(
        API_NO_SUCH_METHOD,
        POST="415 415 415 415 415 403 401",
        at=lambda world: proposed_on("region:华东/上海"),
    ),
    "api:tasks": row(API_WITH_A_GRANT),
    "api:task_done": row(
        API_NO_SUCH_METHOD,
        POST="415 415 415 415 415 403 401",
        at=lambda world: task_on("region:华东/上海"),
    ),
    # -- Decisions
    "decisions:inbox": row(WITH_A_GRANT),
    "decisions:proposal": row(
        WITH_A_GRANT,
        at=lambda world: proposed_on("region:华东/上海"),
        foreign=lambda world: proposed_on("region:华北/北京分店"),
    ),
    "decisions:decide": row(
        NO_SUCH_METHOD,
        POST="200 3xx 403 403 3xx 403 login",  # Alice is told that it is her own
        at=lambda world: proposed_on("region:华东/上海"),
        foreign=lambda world: proposed_on("region:华北/北京分店"),
        data=lambda world: {"verdict": "approve"},
    ),
    "decisions:answer": row(
        NO_SUCH_METHOD,
        POST="3xx 403 403 403 403 403 login",
        at=asked_back,
        foreign=lambda world: proposed_on("region:华北/北京分店"),
        data=lambda world: {"note": "So."},
    ),
    "decisions:withdraw": row(
        NO_SUCH_METHOD,
        POST="3xx 403 403 403 403 403 login",
        at=lambda world: proposed_on("region:华东/上海"),
        foreign=lambda world: proposed_on("region:华北/北京分店"),
    ),
    "decisions:comment": row(
        NO_SUCH_METHOD,
        POST="3xx 3xx 403 3xx 3xx 403 login",
        at=lambda world: subject_on("region:华东/上海"),
        foreign=lambda world: subject_on("region:华北/北京分店"),
        data=lambda world: {"text": "Well done."},
    ),
    "decisions:task": row(
        WITH_A_GRANT,
        POST="200 200 403 403 200 403 login",
        at=lambda world: task_on("region:华东/上海"),
        foreign=lambda world: task_on("region:华北/北京分店"),
    ),
    "decisions:bands": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "decisions:band_remove": row(NO_SUCH_METHOD, POST=ADMINISTRATORS_GO_ON, at=a_band),
    "decisions:away": row(WITH_A_GRANT, POST=WITH_A_GRANT),
    "decisions:away_end": row(NO_SUCH_METHOD, POST="404 3xx 404 404 404 403 login", at=bobs_stand_in),
    # -- Imports
    "ingest:imports": row(IMPORTERS, POST=IMPORTERS),
    "ingest:import": row(IMPORTERS, at=an_import),
    "ingest:import_work": row(IMPORTERS, at=an_import),
    "ingest:import_rejects": row(IMPORTERS, at=an_import),
    "ingest:import_undo": row(IMPORTERS, POST="403 3xx 403 3xx 3xx 403 login", at=an_import),
    "ingest:columns": row(
        "403 3xx 403 3xx 3xx 403 login", POST="403 3xx 403 3xx 3xx 403 login", at=an_import
    ),
    "ingest:columns_look": row(NO_SUCH_METHOD, POST=IMPORTERS, at=an_asking_import),
    "ingest:columns_use": row(NO_SUCH_METHOD, POST="403 404 403 404 404 403 login", at=an_import),
    "ingest:columns_leave": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=an_import),
    "ingest:import_again": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=an_import),
    "ingest:layouts": row(IMPORTERS),
    "ingest:layout": row(IMPORTERS, POST=IMPORTERS, at=a_layout),
    "ingest:layout_put_away": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=a_layout),
    # -- Sources
    "ingest:sources": row(IMPORTERS),
    "kpis:source_order": row(IMPORTERS),
    "ingest:source": row(IMPORTERS, at=a_source),
    "ingest:pull_new": row(IMPORTERS, POST=IMPORTERS),
    "ingest:pull_edit": row(IMPORTERS, POST=IMPORTERS, at=a_pull),
    "ingest:pull_test": row(IMPORTERS, POST=IMPORTERS, at=a_pull),
    "ingest:pull_now": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=a_pull),
    "ingest:pull_pause": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login", at=a_pull),
    "ingest:pull_remove": row(IMPORTERS, POST="403 3xx 403 3xx 3xx 403 login", at=a_pull),
    "ingest:checks": row(IMPORTERS),
    "ingest:checks_now": row(NO_SUCH_METHOD, POST="403 3xx 403 3xx 3xx 403 login"),
    "ingest:check": row(IMPORTERS, at=a_check),
    # -- Figures, amounts and entered values
    "kpis:metrics": row(METRIC_KEEPERS),
    "kpis:metric_new": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "kpis:metric": row(METRIC_KEEPERS, POST=METRIC_KEEPERS, at=the_metric),
    "kpis:metric_state": row(METRIC_KEEPERS, at=the_metric),
    "kpis:metric_preview": row(NO_SUCH_METHOD, POST=METRIC_KEEPERS),
    "kpis:metric_put_away": row(METRIC_KEEPERS, POST="403 3xx 403 403 3xx 403 login", at=the_metric),
    "kpis:measure_new": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "kpis:measure": row(METRIC_KEEPERS, POST=METRIC_KEEPERS, at=the_measure),
    "kpis:measure_put_away": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=the_measure),
    "kpis:entered": row(WITH_A_GRANT, POST=VALUE_WRITERS),
    "kpis:entered_paste": row(NO_SUCH_METHOD, POST=VALUE_WRITERS),
    "kpis:entered_value": row(
        WITH_A_GRANT,
        POST="3xx 3xx 403 3xx 3xx 403 login",
        at=lambda world: entered_on("region:华东/上海"),
        foreign=lambda world: entered_on("region:华北/北京分店"),
    ),
    # -- Objectives
    "kpis:okr": row(WITH_A_GRANT),
    "kpis:okr_tree": row(WITH_A_GRANT),
    "kpis:okr_mine": row(WITH_A_GRANT),
    "kpis:objective_new": row(WITH_A_GRANT, POST=WITH_A_GRANT),
    "kpis:objective": of_an_objective(WITH_A_GRANT),
    "kpis:objective_edit": of_an_objective(OBJECTIVE_SETTERS, OBJECTIVE_SETTERS),
    "kpis:objective_begin": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON),
    "kpis:objective_remove": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON),
    "kpis:objective_close": of_an_objective(OBJECTIVE_SETTERS, OBJECTIVE_SETTERS, state="active"),
    "kpis:objective_carry_over": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON, state="active"),
    "kpis:key_result_new": of_an_objective(OBJECTIVE_SETTERS, OBJECTIVE_SETTERS),
    "kpis:key_result_edit": of_an_objective(OBJECTIVE_SETTERS, OBJECTIVE_SETTERS, key_result_at),
    "kpis:key_result_remove": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON, key_result_at),
    "kpis:check_in": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS, key_result_at, "active"),
    "kpis:milestone_tick": of_an_objective(NO_SUCH_METHOD, OBJECTIVE_SETTERS_GO_ON, milestone_at, "active"),
    # -- Targets
    "kpis:targets": row(WITH_A_GRANT, POST="3xx 3xx 403 403 3xx 403 login"),
    "kpis:target": row(
        WITH_A_GRANT,
        POST="200 200 403 403 200 403 login",
        at=lambda world: {"area": world.ours.scope.key},
        foreign=lambda world: {"area": world.theirs.scope.key},
    ),
    "kpis:grid": row(WITH_A_GRANT),
    "kpis:grid_save": row(NO_SUCH_METHOD, POST="400 400 403 403 400 403 login"),
    "kpis:grid_workbook": row(WITH_A_GRANT),
    "kpis:grid_upload": row(RULE_WRITERS, POST="422 422 403 403 422 403 login"),
    "kpis:break_down": row(RULE_WRITERS, POST=RULE_WRITERS),
    "kpis:plan_check": row(WITH_A_GRANT),
    "kpis:suggest": row(WITH_A_GRANT, POST="3xx 3xx 3xx 3xx 3xx 403 login"),
    "kpis:warning_answer": row(
        NO_SUCH_METHOD,
        POST=RULE_WRITERS,
        at=lambda world: doubted("region:华东/上海"),
        foreign=lambda world: doubted("region:华北/北京分店"),
    ),
    "kpis:change_undo": row(
        NO_SUCH_METHOD, POST="3xx 3xx 403 403 3xx 403 login", at=a_change_of_ours, foreign=a_change_of_theirs
    ),
    "kpis:scorecards": row(WITH_A_GRANT),
    "kpis:scorecard_setup": row(METRIC_KEEPERS),
    "kpis:scorecard_new": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "kpis:scorecard_edit": row(METRIC_KEEPERS, POST=METRIC_KEEPERS, at=a_card),
    "kpis:scorecard_put_away": row(
        NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=lambda world: a_card(world, "spare")
    ),
    "kpis:scorecard_score": row("200 200 404 404 200 403 login", at=alices_score, foreign=charlies_score),
    "kpis:scorecard_plan": row(
        "403 200 404 404 200 403 login",
        POST="403 200 404 404 200 403 login",
        at=alices_score,
        foreign=charlies_score,
    ),
    "kpis:benchmarks": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "kpis:benchmark_remove": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login", at=a_benchmark),
    "kpis:calibrations": row(WITH_A_GRANT),
    "kpis:calibration": row(
        WITH_A_GRANT,
        POST="200 200 403 403 200 403 login",
        at=lambda world: {"pk": calibration_of("region:华东/上海")},
        foreign=lambda world: {"pk": calibration_of("region:华北/北京分店")},
    ),
    "kpis:learn_again": row(
        NO_SUCH_METHOD,
        POST="404 404 403 403 404 403 login",  # nobody has learnt a shape there
        data=lambda world: {"area": world.ours.code, "metric": "revenue", "period": "2026-11"},
    ),
    "kpis:history": row(NOTHING_NAMED, POST=NOTHING_NAMED),
    "kpis:movement": row(
        WITH_A_GRANT,
        at=lambda world: {"area": world.ours.scope.key},
        foreign=lambda world: {"area": world.theirs.scope.key},
    ),
    # -- Alerts
    "alerts:episodes": row(WITH_A_GRANT),
    "alerts:episode": row(WITH_A_GRANT, at=our("alert"), foreign=their("alert")),
    "alerts:rules": row(WITH_A_GRANT),
    "alerts:rule_new": row(RULE_WRITERS, POST=RULE_WRITERS),
    "alerts:rule_preview": row(NO_SUCH_METHOD, POST=RULE_WRITERS),
    "alerts:rules_file": row(WITH_A_GRANT),
    "alerts:rules_import": row(RULE_WRITERS, POST=RULE_WRITERS),
    "alerts:rule_edit": row(RULE_WRITERS, POST=RULE_WRITERS, at=our("rule"), foreign=their("rule")),
    "alerts:rule_switch": row(
        NO_SUCH_METHOD, POST="3xx 3xx 403 403 3xx 403 login", at=our("rule"), foreign=their("rule")
    ),
    "alerts:connections": row(ADMINISTRATORS),
    "alerts:connection_new": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "alerts:connection": row(OWNED_BY_ANOTHER, POST=OWNED_BY_ANOTHER, at=a_connection),
    "alerts:connection_test": row(NO_SUCH_METHOD, POST=OWNED_GOES_ON, at=a_connection),
    "alerts:connection_confirm": row(NO_SUCH_METHOD, POST=OWNED_GOES_ON, at=a_connection),
    "alerts:connection_switch": row(NO_SUCH_METHOD, POST=OWNED_GOES_ON, at=a_connection),
    "alerts:connection_secret": row(OWNED_BY_ANOTHER, POST=OWNED_BY_ANOTHER, at=a_webhook),
    "alerts:connection_remove": row(OWNED_BY_ANOTHER, POST=OWNED_GOES_ON, at=a_connection),
    "alerts:outbox": row(ANYBODY_LOGGED_IN),
    "alerts:message": row(OTHERS_MESSAGE, at=our("message")),
    "alerts:message_html": row(OTHERS_MESSAGE, at=our("message")),
}


HISTORY = {"metric": "revenue", "period": "2026-11"}

# Areas also come in behind the question mark: what Alice, who leads 华东, is told then. Pages that answer her
# must not name what lies in 华北.
BY_QUERY: tuple[tuple[str, dict[str, str], int], ...] = (
    ("api:scopes", {"search": "分店"}, 200),
    ("api:scopes", {"within": "region:华北"}, 404),
    ("api:readings", {"scope": "region:华东/上海"}, 200),
    ("api:readings", {"scope": "region:华北/北京分店"}, 404),
    ("api:readings", {"within": "company"}, 404),
    ("api:forecasts", {"scope": "region:华东/上海"}, 200),
    ("api:forecasts", {"scope": "region:华北/北京分店"}, 404),
    ("api:forecasts", {"within": "company"}, 404),
    ("api:calibrations", {"within": "region:华北"}, 404),
    ("api:movement", {**HISTORY, "scope": "region:华东/上海"}, 200),
    ("api:movement", {**HISTORY, "scope": "region:华北/北京分店"}, 404),
    ("api:movement", {**HISTORY, "scope": "company"}, 404),
    ("api:targets", {"within": "region:华北+channel:x"}, 404),
    ("api:target_changes", {"within": "region:华北"}, 404),
    ("api:target_warnings", {"scope": "region:华北/北京分店"}, 404),
    ("api:suggestions", {"metric": "revenue", "scope": "region:华东/上海"}, 200),
    ("api:suggestions", {"metric": "revenue", "scope": "region:华北/北京分店"}, 404),
    ("api:plan_check", {"metric": "revenue", "year": "2027"}, 200),
    ("api:episodes", {"scope": "region:华北/北京分店"}, 404),
    ("dashboards:overview", {"area": "region:华东/上海"}, 200),
    ("dashboards:overview", {"area": "channel:x+region:华东"}, 200),
    ("dashboards:overview", {"area": "region:华北/北京分店"}, 404),
    ("dashboards:overview", {"area": "region:华北+channel:x"}, 404),
    ("dashboards:overview", {"area": "channel:x"}, 404),
    ("dashboards:overview", {"area": "company"}, 404),
    ("dashboards:overview", {"area": "region:nowhere"}, 404),
    ("dashboards:overview", {"by": "region"}, 200),
    ("dashboards:overview", {"region": "华东", "channel": "x", "period": "2026-11"}, 200),
    ("dashboards:overview", {"region": "华北", "channel": "x"}, 404),
    ("dashboards:overview", {"region": "华北/北京分店"}, 404),
    ("dashboards:overview", {"channel": "x"}, 404),
    ("dashboards:overview", {"area": "region:华东", "region": "华北"}, 404),
    ("dashboards:why", {"metric": "revenue", "period": "2026-11"}, 200),
    ("dashboards:why", {"metric": "revenue", "period": "2026-11", "region": "华东/上海"}, 200),
    ("dashboards:why", {"metric": "revenue", "period": "2026-11", "region": "华北"}, 404),
    ("dashboards:why", {"metric": "revenue", "period": "2026-11", "area": "company"}, 404),
    ("dashboards:places", {"dimension": "region"}, 200),
    ("dashboards:places", {"dimension": "region", "q": "分店"}, 200),
    ("dashboards:places", {"dimension": "channel", "region": "华北"}, 404),
    ("kpis:targets", {"areas": "region"}, 200),
    ("kpis:history", {**HISTORY, "area": "region:华东/上海"}, 200),
    ("kpis:history", {**HISTORY, "area": "region:华东+channel:x"}, 200),
    ("kpis:history", {**HISTORY, "area": "region:华北/北京分店"}, 404),
    ("kpis:history", {**HISTORY, "area": "company"}, 404),
    ("kpis:entered", {}, 200),
    ("organization:nodes", {"dimension": "region"}, 200),
    ("organization:nodes", {"dimension": "region", "text": "分店"}, 200),
    ("organization:nodes", {"dimension": "region", "archived": "on"}, 200),
)


def addresses() -> Iterator[str]:
    """The name (or, without one, the route) of every address of the project."""

    def walk(resolver: URLResolver, namespace: str, route: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
                yield from walk(entry, inner, route + str(entry.pattern))
            elif isinstance(entry, URLPattern):
                yield f"{namespace}{entry.name}" if entry.name else route + str(entry.pattern)

    yield from walk(get_resolver(), "", "")


def log_everybody_in() -> dict[str, tuple[int, str]]:
    sessions = {}
    for one in (alice(), bob(), charlie(), dana(), ada(), mallory()):
        client = Client()
        client.force_login(one, backend="django.contrib.auth.backends.ModelBackend")
        sessions[one.label] = (one.pk, client.cookies[settings.SESSION_COOKIE_NAME].value)
    scope("region:华东/上海"), scope("region:华北/北京分店")
    return sessions


@pytest.fixture(scope="module")
def everybody(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, tuple[int, str]]]:
    """Who everybody is, and her session."""
    yield from made_once(django_db_blocker, log_everybody_in)


@pytest.fixture
def world(everybody: dict[str, tuple[int, str]], db: None) -> World:
    found = Person.objects.in_bulk([pk for pk, _session in everybody.values()])
    people = {label: found[pk] for label, (pk, _session) in everybody.items()}
    made = World(people, sessions={label: session for label, (_pk, session) in everybody.items()})
    assert made.ours.pk != made.theirs.pk
    return made


def told(client: Client, method: str, url: str, data: dict[str, Any] | None = None) -> str:
    response: HttpResponseBase = (
        client.generic("GET", url) if method == "GET" else client.post(url, data or {})
    )
    if response.status_code in (301, 302, 303):
        return LOGIN if response["Location"].startswith(reverse("account_login")) else "3xx"
    if response.status_code == 200 and method == "GET":
        b"".join(response)  # a stream is read to its end, so that it fails here
    return str(response.status_code)


def fits(answer: str, expected: str) -> bool:
    return answer == expected or (expected == "2xx" and answer.startswith("2"))


def client_of(world: World, who: str) -> Client:
    client = Client(raise_request_exception=True)
    if who in world.people:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[who]
    return client


def url_of(name: str, arguments: Arguments | None, world: World) -> str:
    return reverse(name, kwargs=arguments(world) if arguments else None)


def test_every_address_is_in_the_table_and_the_table_has_no_other() -> None:
    known, real = set(TABLE), set(addresses())
    assert not real - known, f"Say in tests/test_every_url.py who may open: {sorted(real - known)}"
    assert not known - real, f"No such address any more: {sorted(known - real)}"


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_person_is_told_what_the_table_says(name: str, world: World) -> None:
    entry = TABLE[name]
    asked = [("GET", entry.get), *([("POST", entry.post)] if entry.post else [])]
    wrong, granted = [], grants()
    for method, line in asked:
        expected = dict(zip(PEOPLE, line.split(), strict=True))
        for who in PEOPLE:
            url = url_of(name, entry.at, world)
            answer = told(client_of(world, who), method, url, entry.data(world) if entry.data else None)
            if not fits(answer, expected[who]):
                wrong.append(f"{method} {url}: {who} got {answer}, expected {expected[who]}")
            again(granted, method)
    assert not wrong, "\n".join(wrong)


def grants() -> set[tuple[int, str, int]]:
    return set(Grant.objects.values_list("person_id", "role", "scope_id"))


def again(granted: set[tuple[int, str, int]], method: str) -> None:
    """A post may have used things up (a grant taken away): what is missing is made again."""
    if method == "POST" and granted - grants():
        charlie(), ada(), bob(), dana(), alice()


@pytest.mark.parametrize("name", sorted(name for name, entry in TABLE.items() if entry.foreign))
def test_what_belongs_to_another_region_is_not_found_and_not_named(name: str, world: World) -> None:
    entry = TABLE[name]
    url = url_of(name, entry.foreign, world)
    client = client_of(world, "Alice")
    for method, line in (("GET", entry.get), ("POST", entry.post)):
        if line is None or line == NO_SUCH_METHOD:
            continue
        response = client.get(url) if method == "GET" else client.post(url)
        # Whoever may not do this anywhere is refused before anything is looked for, so 403 tells her nothing.
        allowed = {403, 404} if method == "POST" else {404}
        assert response.status_code in allowed, f"{method} {url}"
        page = response.content.decode()
        assert not [word for word in FOREIGN_NAMES if word in page]


@pytest.mark.parametrize(("name", "query", "status"), BY_QUERY)
def test_what_alice_asks_for_behind_the_question_mark_is_narrowed_too(
    name: str, query: dict[str, str], status: int, world: World
) -> None:
    scope("channel:x")
    response = client_of(world, "Alice").get(reverse(name), query)
    assert response.status_code == status
    assert not [word for word in FOREIGN_NAMES if word in response.content.decode()]


@pytest.mark.parametrize("name", sorted(name for name, entry in TABLE.items() if entry.get.startswith("200")))
def test_no_page_that_alice_may_open_names_another_region(name: str, world: World) -> None:
    client = client_of(world, "Alice")
    response = client.get(url_of(name, TABLE[name].at, world))
    page = b"".join(response).decode(errors="replace")
    assert not [word for word in FOREIGN_NAMES if word in page]


@pytest.mark.parametrize(
    "name", sorted(name for name, entry in TABLE.items() if entry.post and "login" in entry.post)
)
def test_a_post_without_the_forms_token_is_refused(name: str, world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions["Ada"]
    assert client.post(url_of(name, TABLE[name].at, world)).status_code == 403


@pytest.mark.parametrize(
    "name", sorted(name for name in TABLE if name.startswith("api:") and name != "api:docs")
)
def test_a_token_opens_what_its_person_may_open_and_finds_as_little(name: str, world: World) -> None:
    entry = TABLE[name]
    for who, expected in zip(PEOPLE, entry.get.split(), strict=True):
        if who not in world.people:
            continue
        _token, secret = token_of(world.people[who])
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        assert told(client, "GET", url_of(name, entry.at, world)) == expected, who
        if entry.foreign and who == "Alice":
            response = client.get(url_of(name, entry.foreign, world))
            assert response.status_code == 404
            assert not [word for word in FOREIGN_NAMES if word in response.content.decode()]
