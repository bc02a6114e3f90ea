"""Filling an empty Plumbline with the demo company, through the same services that people and workers use."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from channels.services.responding import order_curves
from common.periods import Grain, Period
from dashboards.demo import (
    actions,
    budget,
    calibrations,
    content,
    feedback,
    files,
    ladder,
    objectives,
    orders,
    pages,
    people,
    questions,
    rules,
    scores,
    spend,
    story,
    targets,
    touches,
    transfers,
    views,
    watch,
)
from dashboards.demo.world import COMPANY, PRODUCTS, TEAMS, Name, campaign_paths, region_paths
from ingest.models import State
from ingest.services import import_path
from kpis.models import Metric, Target
from kpis.rollups import roll_up_next
from kpis.services import TargetEntry, set_targets
from kpis.work import catch_up
from organization import selectors
from organization.models import AuditEntry, Node, Person, Scope
from organization.services import (
    ensure_scope,
    load_events,
    load_holidays,
    make_node,
    record,
    rename_node,
    update_company,
)

THRESHOLD = Decimal("0.2")  # closer, shops' months would be asked about by the dozen
BEGUN, DONE = "demo.begin", "demo.make"
Say = Callable[[str], None]
Names = tuple[str, ...]


class NotEmpty(Exception):
    """Somebody works here already: a demo would mix made-up figures into theirs."""


@dataclass(frozen=True)
class Made:
    """What the demo company has, counted."""

    nodes: int
    rows: int
    rejected: int
    targets: int
    rules: int


def is_there() -> bool:
    return AuditEntry.objects.filter(action=DONE).exists()


def build(*, today: date, say: Say) -> Made:
    """Makes the demo company as it stands on the morning of `today`. A broken-off one is gone on with.

    Raises NotEmpty where there are people or nodes that no demo made.
    """
    today = begin(today=today)
    company = selectors.company()
    update_company(
        name=COMPANY[1],
        name_zh=COMPANY[0],
        currency="CNY",
        fiscal_year_start=1,
        close_after_working_days=company.close_after_working_days,
        calibration_threshold=THRESHOLD,
        person=None,
    )
    nodes = make_trees()
    scopes = scopes_of(nodes)
    teams = {node.slug: node for (dimension, _path), node in nodes.items() if dimension == "team"}
    staff = people.hire(
        scopes=scopes, teams={name.zh: teams[name.zh] for name, _ in TEAMS}, since=story.first_day(today)
    )
    admin = staff["admin"]
    for year in range(today.year - 3, today.year + 2):
        load_holidays(year, person=admin)
        load_events(year, person=admin)
    say(
        f"{COMPANY[1]} {COMPANY[0]}: {len(nodes)} channels, places, product lines and teams; {len(staff)} people."
    )

    told = story.tell(today)
    rows, rejected = bring_in(told, person=admin)
    say(f"{rows:,} rows of daily figures in, {rejected} refused on purpose.")
    taken, refused = orders.make(told, nodes=nodes, person=staff["finance"])
    say(f"{taken:,} orders and refunds of its own, {refused} refused on purpose.")
    met = touches.make(told, person=staff["manager"], now=timezone.now())
    say(f"{met:,} touches of customers before their orders.")
    pieces = content.make(nodes=nodes, scopes=scopes, staff=staff, today=today)
    say(f"{pieces} pieces of content with their tags.")
    # Targets after the roll-ups: channels within a region then owe this year's figures alone.
    while roll_up_next():
        pass
    plan = set_plan(aims=targets.aims(told), nodes=nodes, person=staff["manager"])
    say(f"{plan:,} monthly targets.")
    budgets = budget.make(scopes=scopes, teams=teams, staff=staff, today=today)
    say(f"{budgets} budgets with their lines and pools.")
    moved = transfers.make(staff=staff, today=today)
    say(f"{moved} transfers between lines.")
    spent = spend.make(staff=staff, today=today)
    say(f"{spent:,} entries of spend, most of them the cost of channels.")
    heard, complained = feedback.make(told, scopes=scopes, staff=staff, today=today)
    say(f"{heard:,} answers of customers, {complained} complaints.")
    ladder.make(staff=staff, today=today)
    asked = questions.make(staff=staff, today=today)
    say(f"{asked} questions about budget lines.")
    policy = watch.prepare(scopes=scopes, staff=staff, today=today)
    watching = rules.make(scopes=scopes, staff=staff, policy=policy)
    with connection.cursor() as cursor:
        # Tables filled a moment ago have no statistics yet, and without them the planner takes minutes.
        cursor.execute("ANALYZE")
    catch_up(today=today)
    tiers = actions.make(scopes=scopes, staff=staff, today=today)
    say(f"{tiers} channels with a tier and an owner.")
    order_curves(person=staff["manager"], now=timezone.now())  # a worker fits them in a minute
    rules.judge(today=today)
    alerts = watch.answer(scopes=scopes, staff=staff, today=today)
    say(f"{watching} alert rules, {alerts} open alerts.")
    aims = objectives.make(scopes=scopes, teams=teams, staff=staff, today=today)
    say(f"{aims} objectives for the quarter.")
    cards = scores.make(staff=staff, today=today)
    say(f"{cards} scorecards with the scores of the last months.")
    made = pages.make(scopes=scopes, teams=teams, staff=staff, now=timezone.now())
    say(f"{made} pages that people made themselves.")
    say(f"{views.make(staff=staff)} views that people keep.")
    waiting = calibrations.make(staff=staff, today=today)
    say(f"{waiting} months that closed off plan to be explained.")
    record(action=DONE, subject=COMPANY[1], person=None, today=today.isoformat())
    return Made(nodes=len(nodes), rows=rows, rejected=rejected, targets=plan, rules=watching)


@transaction.atomic
def begin(*, today: date) -> date:
    """Marks the database as a demo's, once; returns the day for which that was begun. Raises NotEmpty."""
    begun = AuditEntry.objects.filter(action=BEGUN).first()
    if begun is not None:
        return date.fromisoformat(begun.details["today"])
    if Person.objects.exists() or Node.objects.exists():
        raise NotEmpty
    record(action=BEGUN, subject=COMPANY[1], person=None, today=today.isoformat())
    return today


@transaction.atomic
def make_trees() -> dict[tuple[str, Names], Node]:
    """All nodes by dimension and path of Chinese names. English readers see English names, which files may use too."""
    nodes: dict[tuple[str, Names], Node] = {}

    def grow(dimension: str, paths: Iterable[Sequence[Name]]) -> None:
        for path in paths:
            above, last = tuple(name.zh for name in path[:-1]), path[-1]
            node = make_node(
                dimension=dimension, name=last.zh, parent=nodes.get((dimension, above)), person=None
            )
            nodes[dimension, (*above, last.zh)] = rename_node(
                node=node, name=last.en, name_zh=last.zh, person=None
            )

    grow("channel", campaign_paths())
    grow("region", region_paths())
    grow("product", [(product.name,) for product in PRODUCTS])
    grow("team", [(name,) for name, _channels in TEAMS])
    return nodes


def scopes_of(nodes: dict[tuple[str, Names], Node]) -> dict[str, Scope]:
    """The scopes of all nodes and of the company, by their written form."""
    keys = {node.code for node in nodes.values()}
    return {
        "company": ensure_scope(nodes=[]),
        **{scope.key: scope for scope in Scope.objects.filter(key__in=keys)},
    }


@transaction.atomic
def set_plan(*, aims: Iterable[targets.Aim], nodes: dict[tuple[str, Names], Node], person: Person) -> int:
    """Sets the targets; returns how many there are."""
    metrics = {metric.code: metric for metric in Metric.objects.all()}
    scopes: dict[targets.Area, Scope] = {}
    entries = []
    for aim in aims:
        if aim.area not in scopes:
            scopes[aim.area] = ensure_scope(nodes=[nodes[part] for part in aim.area])
        period = Period(Grain.MONTH, aim.month)
        entries.append(TargetEntry(metrics[aim.metric], scopes[aim.area], period, aim.value))
    made = set_targets(entries=entries, person=person)
    # Each year's plan was made in the December before, so that it holds on every day that one may look back to.
    for year in {target.start.year for target in made}:
        planned = timezone.make_aware(datetime(year - 1, 12, 15, 10))  # noqa: DTZ001
        mine = [target.pk for target in made if target.start.year == year]
        Target.objects.filter(pk__in=mine).update(set_at=planned)
    return len(entries)


def bring_in(told: story.Story, *, person: Person) -> tuple[int, int]:
    """Writes the files and imports them, as somebody would upload them. Returns rows taken and refused."""
    rows = rejected = 0
    with tempfile.TemporaryDirectory(prefix="plumbline-demo-") as folder:
        for path in files.write(told, Path(folder)):
            done = import_path(path=path, preset="table", person=person)
            if done.state != State.DONE:
                raise RuntimeError(f"{path.name} could not be imported: {done.error or done.state}")
            rows += done.accepted
            rejected += done.rejected
    return rows, rejected
