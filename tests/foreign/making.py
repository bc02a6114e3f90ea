"""Making the company of two worlds, through the same doors as everything else."""

from __future__ import annotations

from django.utils import timezone

from alerts.services.connections import send_test
from common.periods import Period
from kpis.models import (
    Metric,
    Outlook,
    Reading,
    Source,
)
from kpis.work import catch_up
from organization.models import (
    Grant,
    Node,
    Role,
    TreeChange,
)
from organization.services import archive_node, ensure_scope
from organization.services.aliases import add_alias
from organization.services.merging import merge_node
from organization.services.moving import move_node
from organization.services.undoing import undo_change
from tests.alerts import connections as connection_builders
from tests.api.callers import Program
from tests.foreign.aims import align
from tests.foreign.of_boards import put_together
from tests.foreign.of_budgets import planned
from tests.foreign.of_channels import decided
from tests.foreign.of_feedback import heard
from tests.foreign.of_keeping import kept
from tests.foreign.of_orders import sold
from tests.foreign.of_sending import sent
from tests.foreign.things import things
from tests.foreign.worlds import (
    CORNERS,
    DAY,
    MEMBERS,
    MONTH,
    PATHS,
    TODAY,
    WORLDS,
    Company,
    Member,
    corner_place,
    covers,
    name,
    name_zh,
    node_code,
    path,
    place_of,
    slug,
)
from tests.people import node, person, scope


def build() -> Company:
    made = Company()
    for member in MEMBERS:
        _person(made, member)
    for world in WORLDS:
        _trees(made, world)
    _report(made)
    for world in WORLDS:
        things(made, world)
        decided(made, world)
        sold(made, world)
        planned(made, world)
        heard(made, world)
        sent(made, world)
        kept(made, world)
        put_together(made, world)
    align(made)
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
