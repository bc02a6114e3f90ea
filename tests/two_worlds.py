"""A company of two worlds that share no leaf, and who may know which of its words.

Every thing carries words of its own: an English and a Chinese name that nobody types, and a slug that addresses do. Who
may know a word is said here once more, in plain Python, by what design.md says of grants: not by the gate, which is
what is tested.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from alerts import services as alert_services
from alerts.models import Episode, EpisodeEvent, Message
from alerts.services.connections import send_test
from common.periods import Period
from decisions.models import Delegation
from decisions.services import add_comment, decide, open_task, propose
from ingest.models import Import, Pull, Reject, State
from kpis.models import (
    Benchmark,
    Calibration,
    ChangeKind,
    Difference,
    EnteredValue,
    Measure,
    Metric,
    Objective,
    Outlook,
    Reading,
    Reconciliation,
    Score,
    ScoreArea,
    Source,
    Target,
    TargetWarning,
)
from kpis.services import Entry, Revision, TargetEntry, change_targets, enter_values, okr, set_target
from kpis.services.okr import KeyResultDraft, MilestoneDraft, ObjectiveDraft
from kpis.services.scorecards import note_progress, open_plan
from kpis.work import catch_up
from organization.models import (
    AuditEntry,
    Grant,
    Node,
    NodeAlias,
    Person,
    Responsibility,
    Role,
    Scope,
    TreeChange,
)
from organization.selectors import parse_scope
from organization.services import archive_node, ensure_scope
from organization.services.aliases import add_alias
from organization.services.audit import record
from organization.services.merging import merge_node
from organization.services.moving import move_node
from organization.services.undoing import undo_change
from tests.alerts import builders as alert_builders
from tests.alerts import connections as connection_builders
from tests.api.callers import Program, token_of
from tests.decisions.plans import PLAN
from tests.ingest import layouts as layout_builders
from tests.kpis.scores import a_card
from tests.people import node, person, scope

TODAY = date(2026, 11, 22)
DAY = "2026-11-10"
MONTH = "2026-11"
WORLDS = ("a", "b")
TREES = ("region", "channel", "product", "team", "budget")

# What was earned in each corner: region of one world × channel of the other. No two sums of them are alike.
CORNERS = {("a", "a"): 1310117, ("a", "b"): 2170221, ("b", "a"): 4630331, ("b", "b"): 9250771}


def slug(what: str, world: str) -> str:
    return f"zq{what}{world}slug"


def name(what: str, world: str) -> str:
    return f"Zq{what.title()} Of {world.upper()}q"


def name_zh(what: str, world: str) -> str:
    return f"密{what}字{world.upper()}秘"


def words(what: str, world: str) -> frozenset[str]:
    return frozenset({slug(what, world), name(what, world), name_zh(what, world)})


def code(dimension: str, world: str) -> str:
    return f"{dimension}:{slug(dimension, world)}"


def node_code(way: str, world: str) -> str:
    return f"{way.split('/')[0]}:{path(way, world)}"


PATHS = {  # what a world has in each tree, by its way down
    "region": ("region", "region/store", "region/shut", "region/joined"),
    "channel": ("channel", "channel/campaign", "channel/wanderer"),
    "product": ("product", "product/article"),
    "team": ("team",),
    "budget": ("budget",),
}


def path(way: str, world: str) -> str:
    return "/".join(slug(step, world) for step in way.split("/"))


# -- Who may know what, said anew


Place = dict[str, str]  # dimension → path


def within(low: str, high: str) -> bool:
    return low == high or low.startswith(f"{high}/")


def covers(grant: Place, place: Place) -> bool:
    """Dimensions are AND-ed, and everything below counts."""
    return all(dim in place and within(place[dim], top) for dim, top in grant.items())


def place_of(key: str) -> Place:
    return {} if key == "company" else dict(part.split(":", 1) for part in key.split("+"))


@dataclass(frozen=True)
class Member:
    """Somebody with roles; `grants` are (role, area)."""

    label: str
    grants: tuple[tuple[str, str], ...]

    @property
    def places(self) -> list[Place]:
        return [place_of(area) for _role, area in self.grants]

    def sees(self, area: str) -> bool:
        return any(covers(grant, place_of(area)) for grant in self.places)

    def knows_node(self, dimension: str, where: str) -> bool:
        """A name is known where the node lies in any area that is hers."""
        return any(dimension not in grant or within(where, grant[dimension]) for grant in self.places)

    def may(self, roles: Iterable[str], area: str = "company") -> bool:
        return any(role in roles and covers(place_of(at), place_of(area)) for role, at in self.grants)

    def somewhere(self, roles: Iterable[str]) -> bool:
        return any(role in roles for role, _area in self.grants)


A, B = code("region", "a"), code("region", "b")
CHANNEL_A, CHANNEL_B = code("channel", "a"), code("channel", "b")
STORE_A = f"region:{path('region/store', 'a')}"
CROSS_A = f"{A}+{CHANNEL_A}"

MEMBERS = (
    Member("Lead of A", (("lead", A),)),
    Member("Viewer of A", (("viewer", A),)),
    Member("Viewer of B", (("viewer", B),)),
    Member("Manager of A", (("manager", A),)),
    Member("Finance of A", (("finance", A),)),
    Member("Admin of A", (("admin", A),)),
    Member("Manager of channel A", (("manager", CHANNEL_A),)),
    Member("Lead of the cross", (("lead", CROSS_A),)),
    Member("Manager of a store", (("manager", STORE_A),)),
    Member("Viewer of product A", (("viewer", code("product", "a")),)),
    Member("Lead of team A", (("lead", code("team", "a")),)),
    Member("Two grants", (("viewer", CROSS_A), ("lead", code("product", "a")))),
    Member("Nobody's", ()),
    Member("Viewer", (("viewer", "company"),)),
    Member("Manager", (("manager", "company"),)),
    Member("Admin", (("admin", "company"),)),
)
RULE_WRITERS = ("lead", "manager", "admin")
IMPORTERS = ("manager", "finance", "admin")
OUTBOX = ("manager", "admin")


@dataclass
class Company:
    """The two worlds as they stand in the database."""

    people: dict[str, Person] = field(default_factory=dict)
    nodes: dict[tuple[str, str], Node] = field(default_factory=dict)  # (way, world)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)  # by world: pks of what hangs on it
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)  # word → (kind, where or world)
    figures: dict[str, set[str]] = field(default_factory=dict)  # how a figure is written → its areas

    # -- Words

    def secret(self, kind: str, where: str, *said: str) -> None:
        for word in said:
            assert word not in self.secrets, word
            self.secrets[word] = (kind, where)

    def figure(self, area: str, amount: int) -> None:
        for text in spelled(amount):
            self.figures.setdefault(text, set()).add(area)

    def closed_to(self, member: Member) -> frozenset[str]:
        """The words that no answer to her may hold."""
        closed = {word for word, (kind, where) in self.secrets.items() if not knows(member, kind, where)}
        closed |= {
            text for text, areas in self.figures.items() if not any(member.sees(area) for area in areas)
        }
        return frozenset(closed)


def knows(member: Member, kind: str, where: str) -> bool:
    match kind:
        case "node":  # its names: where it lies in any area of hers
            dimension, _, at = where.partition(":")
            return member.knows_node(dimension, at)
        case "code":  # its slug stands in the codes of all below it, too
            dimension, _, at = where.partition(":")
            return member.knows_node(dimension, at) or any(
                within(grant.get(dimension, ""), at) for grant in member.places
            )
        case "kept":  # what only those read who keep the area
            return member.may(("manager", "admin"), where)
        case "area":  # what hangs on an area
            return member.sees(where)
        case "areas":  # on two of them
            return all(member.sees(one) for one in where.split(" & "))
        case "rule":  # or she was told of it
            return member.sees(where) or member.label in ("Lead of A", "Viewer of B")
        case "importers":
            return member.may(IMPORTERS)
        case "source":  # also who sees anything that it said
            return member.may(IMPORTERS) or any(
                covers(grant, corner) for grant in member.places for corner in corners(where)
            )
        case "administrators":
            return member.may(("admin",))
        case "outbox":
            return member.may(OUTBOX)
        case "people":  # who writes rules chooses whom to tell; who sees an area, whose it is
            return member.somewhere(RULE_WRITERS) or member.sees(where)
        case "token":
            return member.label == where
        case "connection":  # who answers for it, and who reads what went there
            return member.label == where or member.may(OUTBOX)
        case "nobody":
            return False
    raise AssertionError(kind)


def corners(world: str) -> list[Place]:
    """Where a source has said anything: the regions of its world."""
    return [dict(corner_place(region, channel)) for region, channel in CORNERS if region == world]


def corner_place(region: str, channel: str) -> list[tuple[str, str]]:
    return [
        ("region", path("region/store", region)),
        ("channel", path("channel/campaign", channel)),
        ("product", path("product/article", "a" if region == channel else "b")),
    ]


def spelled(amount: int) -> set[str]:
    """As pages and programs write it: whole, in millions, in 万."""
    millions, ten_thousands = Decimal(amount) / 1_000_000, Decimal(amount) / 10_000
    return {str(amount), f"{amount:,}", f"¥{millions:.1f}M", f"{ten_thousands:.1f}万", f"¥{millions:.2f}M"}


# -- Making it


def build() -> Company:
    made = Company()
    for member in MEMBERS:
        _person(made, member)
    for world in WORLDS:
        _trees(made, world)
    _report(made)
    for world in WORLDS:
        _things(made, world)
    _align(made)
    _connections(made)
    _changes(made)
    catch_up()
    for world in WORLDS:
        _forecasts(made, world)
    return made


def _forecasts(made: Company, world: str) -> None:
    """Where the open month of a region and of a cut will end, as workers keep it beside the figure."""
    region, channel = made.nodes["region", world], made.nodes["channel", world]
    revenue, month = Metric.objects.get(code="revenue"), Period.parse(MONTH)
    for step, at in enumerate((region.scope, ensure_scope(nodes=[region, channel]))):
        amount = {"a": 31_311_301, "b": 32_522_503}[world] + 1111 * step
        figure = Reading.objects.get(scope=at, metric=revenue, grain="month", start=month.start)
        Outlook.objects.create(
            scope=at, metric=revenue, grain="month", start=month.start, value=figure.value, target=figure.target,
            through=figure.through, mean=amount, low=amount - 7, high=amount + 7, chance=0.5, recent=1,
            pieces={"day": [[str(TODAY), amount, amount - 7, amount + 7]]}, computed_at=timezone.now(),
        )  # fmt: skip
        made.figure(at.key, amount)


def _person(made: Company, member: Member) -> None:
    one = person(member.label.replace(" ", "").replace("'", ""), display_name=member.label)
    for role, area in member.grants:
        Grant.objects.get_or_create(person=one, role=Role(role), scope=scope(area))
    made.people[member.label] = one


def _trees(made: Company, world: str) -> None:
    for dimension, ways in PATHS.items():
        for way in ways:
            what = way.rpartition("/")[2]
            found = node(f"{dimension}:{path(way, world)}")
            Node.objects.filter(pk=found.pk).update(name=name(what, world), name_zh=name_zh(what, world))
            found.refresh_from_db()
            made.nodes[way, world] = found
            # What was merged is part of the one that it was merged into, for whoever knows that one.
            counts = node_code("region/store", world) if way == "region/joined" else found.code
            made.secret("node", counts, name(what, world), name_zh(what, world))
            made.secret("code", counts, slug(what, world))
    for way in ("region", "channel", "region/store"):
        what = way.rpartition("/")[2]
        other = f"zqother{what}{world}"
        add_alias(node=made.nodes[way, world], name=other, person=None)
        made.secret("kept", made.nodes[way, world].code, other)


def _report(made: Company) -> None:
    """Programs send each corner's amounts, a source for each world."""
    for world in WORLDS:
        rows = []
        for (region, channel), amount in CORNERS.items():
            if region == world:
                at = dict(corner_place(region, channel))
                top, _, campaign = at["channel"].partition("/")
                rows.append(
                    {"day": DAY, "region": at["region"], "channel": top, "campaign": campaign,
                     "product": at["product"], "revenue": str(amount)}
                )  # fmt: skip
        sent = Program(made.people["Admin"]).post(
            "facts/", {"source": slug("source", world), "rows": rows}, {"Idempotency-Key": f"key-{world}"}
        )
        assert sent.status_code == 200, sent.content
        assert not sent.json()["rejected"], sent.content
        Source.objects.filter(code=slug("source", world)).update(name=name("source", world))
        made.secret("source", world, slug("source", world), name("source", world))
    catch_up()
    for areas in _crossings():
        held = [
            amount
            for (region, channel), amount in CORNERS.items()
            if covers(place_of(areas), dict(corner_place(region, channel)))
        ]
        if held:
            made.figure(areas, sum(held))


def _crossings() -> list[str]:
    """Every area that has figures of its own: one of each tree or none, at the top or below."""
    ways = {
        "region": [None, *(path(way, world) for way in ("region", "region/store") for world in WORLDS)],
        "channel": [None, *(path(way, world) for way in ("channel", "channel/campaign") for world in WORLDS)],
        "product": [None, *(path(way, world) for way in ("product", "product/article") for world in WORLDS)],
    }
    keys = []
    for region in ways["region"]:
        for channel in ways["channel"]:
            for product in ways["product"]:
                parts = [("channel", channel), ("region", region), ("product", product)]
                keys.append("+".join(f"{dim}:{at}" for dim, at in parts if at) or "company")
    return keys


def _things(made: Company, world: str) -> None:
    region, channel = made.nodes["region", world], made.nodes["channel", world]
    own = person(f"Owner{world}", display_name=name("owner", world), email=f"zqowner{world}@example.com")
    made.secret("people", region.code, name("owner", world), f"zqowner{world}")
    Responsibility.objects.create(scope=region.scope, person=own, first_day=date(2026, 1, 1))
    pks: dict[str, Any] = {"owner": own.pk}
    made.things[world] = pks

    # Targets and values entered by hand, each with a number of its own.
    number = {"a": 5200100, "b": 7300300}[world]
    revenue, leads = Metric.objects.get(code="revenue"), Measure.objects.get(code="leads")
    cross = ensure_scope(nodes=[region, channel])
    month = Period.parse(MONTH)
    for step, at in enumerate((region.scope, channel.scope, cross, made.nodes["team", world].scope)):
        amount = number + 111 * step
        # (not by `revise_target`, which refuses months that have closed by the day of this test)
        set_target(metric=revenue, scope=at, period=month, value=Decimal(amount), person=made.people["Admin"])
        made.figures.setdefault(str(amount), set()).add(at.key)
        made.figures.setdefault(f"{amount:,}", set()).add(at.key)
    for step, at in enumerate((region.scope, channel.scope)):
        amount, note = number + 50_007 + 111 * step, f"zqnote{step}{world}"
        enter_values(
            entries=[Entry(leads, at, Period.parse(DAY), Decimal(amount), note)], person=None, today=TODAY
        )
        made.figures.setdefault(str(amount), set()).add(at.key)
        made.figures.setdefault(f"{amount:,}", set()).add(at.key)
        made.secret("area", at.key, note)
        pks[f"value{step}"] = EnteredValue.objects.get(scope=at, superseded_at__isnull=True).pk
    pks["target"] = Target.objects.filter(scope=region.scope).latest("pk").pk

    # Months that closed off plan, with what was said about them.
    for what, at in (("calibration", region.scope), ("crosscalibration", cross)):
        amount = number + 70_707 + (what == "crosscalibration") * 222
        reason, instead = f"zq{what}reason{world}", f"zq{what}plan{world}"
        pks[what] = Calibration.objects.create(
            metric=revenue, scope=at, month=date(2026, 10, 1), target=Decimal(amount + 9_000_000), value=Decimal(amount),
            state="rejected", cause="market", reason=reason, plan=instead, filed_by=own,
        ).pk  # fmt: skip
        made.secret("area", at.key, reason, instead)
        for written in (str(amount), f"{amount:,}"):
            made.figures.setdefault(written, set()).add(at.key)

    _plans(made, world, {"": region.scope, "cross": cross})
    _scores(made, world)

    # Rules, alerts and what was told of them.
    for what, at in (("rule", region.scope), ("crossrule", cross)):
        figure = {"a": 611_311, "b": 622_533}[world] + (what == "crossrule") * 1111
        made.secret("rule" if what == "rule" else "area", at.key, name(what, world))
        rule = alert_services.save_rule(
            draft=alert_builders.draft(area=at.key, name=name(what, world)),
            person=made.people["Admin"],
            now=alert_builders.NOW,
        )
        if what == "rule":
            hearers = [made.people[label] for label in ("Lead of A", "Viewer of B", "Admin")]
            alert_services.save_rule(
                draft=alert_builders.draft(*hearers, area=at.key, name=name(what, world)),
                person=made.people["Admin"], now=alert_builders.NOW, rule=rule,
            )  # fmt: skip
        alert_builders.look()
        made.figures.setdefault(str(figure), set()).add(at.key)
        made.figures.setdefault(f"{figure:,}", set()).add(at.key)
        alert_builders.figure(at, str(Decimal(figure) / 1_000_000))
        _worth(at, figure)
        alert_builders.look()
        pks[what], pks[f"{what}-alert"] = rule.pk, Episode.objects.get(instance__rule=rule).pk
        assert EpisodeEvent.objects.filter(episode=pks[f"{what}-alert"], value=figure).exists()
    pks["message"] = (
        Message.objects.filter(
            notices__event__episode=pks["rule-alert"], person=made.people["Viewer of B"]
        ).latest("pk").pk
    )  # fmt: skip

    # What is proposed, said and to be done about the region and the crossing.
    for what, at in (("plan", region.scope), ("crossplan", cross)):
        about: dict[str, Any] = {"kind": PLAN, "subject_id": at.pk, "scope": at}
        said = {
            part: f"zq{part}{what}{world}" for part in ("summary", "reason", "remark", "duty", "question")
        }
        made.secret("area", at.key, *said.values())
        proposal = propose(
            **about, summary=said["summary"], body=said["reason"], payload={}, person=made.people["Lead of A"],
        )  # fmt: skip
        decide(proposal=proposal, person=made.people["Admin"], verdict="ask", note=said["question"])
        add_comment(**about, text=said["remark"], person=made.people["Admin"])
        task = open_task(
            **about, title=said["duty"], opened_for=f"{what} {world}", assigned_to=made.people["Lead of A"]
        )
        pks |= {what: proposal.pk, f"{what}-task": task.pk, f"{what}-subject": at.pk}
    pks["delegation"] = Delegation.objects.create(
        from_person=made.people["Manager"], to_person=made.people["Manager of A"], first_day=TODAY, last_day=TODAY,
        scope=region.scope,
    ).pk  # fmt: skip

    _objectives(made, world, {"objective": region.scope, "crossobjective": cross}, beside=channel.scope)

    # Files, layouts, addresses that are asked, checks.
    source = Source.objects.get(code=slug("source", world))
    batch = Import.objects.create(
        file_name=f"{slug('file', world)}.csv", stored_as=f"{slug('file', world)}.csv", size=1,
        sha256=world * 64, source=source, state=State.DONE, rows=2, accepted=1, rejected=1,
        headings=[name("heading", world)], finished_at=timezone.now(),
    )  # fmt: skip
    Reject.objects.create(
        batch=batch, line=2, cells=[name("cell", world)], reasons=[{"code": "bad-day", "text": "x"}]
    )
    layout = layout_builders.layout(name=name("layout", world), source=name("maker", world))
    pull = Pull.objects.create(
        name=name("pull", world), url=f"http://127.0.0.1:1/zqurl{world}", source=source
    )
    check = Reconciliation.objects.create(
        night=date(2026, 11, {"a": 20, "b": 21}[world]), source=source,
        first_day=TODAY, last_day=TODAY, different=1, state="done", finished_at=timezone.now(),
    )  # fmt: skip
    Difference.objects.create(
        check_of=check, table="kpis_amountday", what="revenue", place=region.code, grain="day", start=TODAY,
        kept=Decimal(1), expected=Decimal(2),
    )  # fmt: skip
    made.secret(
        "importers", "company", slug("file", world), name("heading", world), name("cell", world),
        name("layout", world), name("maker", world), name("pull", world), f"zqurl{world}",
    )  # fmt: skip
    pks |= {
        "import": batch.pk,
        "layout": layout.code,
        "pull": pull.pk,
        "check": check.pk,
        "source": source.pk,
    }

    # The audit trail, and a program's token.
    record(action="zq.try", subject=f"zqaudit{world}", person=made.people["Admin"], of=region.code)
    made.secret("administrators", "company", f"zqaudit{world}")
    pks["audit"] = AuditEntry.objects.latest("pk").pk
    holder = {"a": "Viewer of A", "b": "Viewer of B"}[world]
    token, _secret = token_of(made.people[holder])
    token.name = f"zqtoken{world}"
    token.save(update_fields=["name"])
    made.secret("token", holder, token.name)
    pks["token"] = token.pk
    pks["alias"] = NodeAlias.objects.filter(node=region).latest("pk").pk


def _plans(made: Company, world: str, areas: dict[str, Scope]) -> None:
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


def _connections(made: Company) -> None:
    """Each world's connection carries figures of the other, which her who answers for it are closed to."""
    for world, other, label in (("a", "b", "Lead of A"), ("b", "a", "Viewer of B")):
        name, key = f"zqgroup{world}", f"zqrobotkey{world}"
        made.secret("connection", label, name)
        made.secret("nobody", world, key)
        one = connection_builders.made(
            "wecom", by=made.people["Admin"], owner=made.people[label], name=name, parts={"key": key},
            figures={"region": made.nodes["region", other]},
        )  # fmt: skip
        send_test(connection=one, person=made.people["Admin"], now=timezone.now())
        made.things[world]["connection"] = one.pk


def _scores(made: Company, world: str) -> None:
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


def _objectives(made: Company, world: str, areas: dict[str, Scope], *, beside: Scope) -> None:
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


def _align(made: Company) -> None:
    """Objectives of each world support the other's, one of them a key result."""
    a, b = made.things["a"], made.things["b"]
    Objective.objects.filter(pk=a["objective"]).update(supports_objective=b["objective"])
    Objective.objects.filter(pk=b["crossobjective"]).update(supports_key_result=a["objective-hand"])


def _worth(at: Scope, figure: int) -> None:
    from kpis.models import Reading

    Reading.objects.filter(scope=at, start=alert_builders.MARCH).update(value=figure)


def _changes(made: Company) -> None:
    """Areas that were put away, merged, and moved into the other world and home again."""
    admin = made.people["Admin"]
    for world, other in (("a", "b"), ("b", "a")):
        archive_node(node=made.nodes["region/shut", world], person=admin)
        merge_node(
            node=made.nodes["region/joined", world], into=made.nodes["region/store", world], person=admin
        )
        wanderer = made.nodes["channel/wanderer", world]
        away = move_node(node=wanderer, parent=made.nodes["channel", other], person=admin)
        home = move_node(
            node=Node.objects.get(pk=wanderer.pk), parent=made.nodes["channel", world], person=admin
        )
        made.things[world] |= {"away": away.pk, "change": home.pk}
    # The stores of both worlds were one for a moment.
    change = merge_node(
        node=node(f"region:{path('region/store', 'a')}/mistaken"),
        into=made.nodes["region/store", "b"],
        person=admin,
    )
    undo_change(change=change, person=admin)
    assert TreeChange.objects.filter(undone_at__isnull=False).exists()


def parsed(key: str) -> dict[str, Node]:
    return parse_scope(key)
