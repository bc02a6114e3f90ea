"""Pages that people make, and the panels on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboards.catalogue import TEMPLATES
from dashboards.models import MOST_PANELS, Board, Panel, Width
from kpis.models import Metric
from organization.models import Node, Person
from organization.services import Refused, ensure_scope, record

NAME = 80  # characters


class ChangedMeanwhile(Refused):
    """Somebody else has changed the page since it was opened."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Somebody else has changed this page meanwhile, and that is kept. Look at how it is now, then do yours"
                " again."
            )
        )


@dataclass(frozen=True, kw_only=True)
class PanelDraft:
    """`nodes` None: whatever area the page is turned to; empty: the whole company."""

    chart: str
    metric: Metric | None = None
    nodes: Mapping[str, Node] | None = None
    period: str = ""
    by: str = ""
    title: str = ""
    width: int = Width.MEDIUM


@transaction.atomic
def make_board(*, name: str, template: str, person: Person, now: datetime, team: Node | None = None) -> Board:
    """`template`: a key of `catalogue.TEMPLATES`, "" for an empty page. Raises Refused where she has one of that name."""
    board = _made(name, team, person, now)
    metrics = {one.code: one for one in Metric.objects.in_use()}
    chosen = [one for one in TEMPLATES.get(template, ()) if not one.metric or one.metric in metrics]
    Panel.objects.bulk_create(
        Panel(
            board=board, position=place, chart=one.chart, metric=metrics.get(one.metric), by=one.by, width=one.width
        )
        for place, one in enumerate(chosen)
    )  # fmt: skip
    _note("make", board, person, template=template)
    return board


@transaction.atomic
def copy_board(*, board: Board, person: Person, now: datetime) -> Board:
    """A page of her own, with a name that none of hers has."""
    taken = set(Board.objects.filter(owner=person).values_list("name", flat=True))
    made = _made(free_name(board.name, taken), None, person, now)
    Panel.objects.bulk_create(
        Panel(
            board=made, position=place, width=one.width, chart=one.chart, metric_id=one.metric_id,
            scope_id=one.scope_id, period=one.period, by=one.by, title=one.title,
        )
        for place, one in enumerate(board.panels.all())
    )  # fmt: skip
    _note("copy", made, person, of=board.pk)
    return made


def free_name(name: str, taken: Set[str]) -> str:
    """`Morning` → `Morning (2)`, as long as a name may be."""
    count, found = 2, name
    while found in taken:
        end = f" ({count})"
        found = name[: NAME - len(end)].rstrip() + end
        count += 1
    return found


@transaction.atomic
def change_board(
    *, board: Board, name: str, team: Node | None, revision: int, person: Person, now: datetime
) -> Board:
    """Another name, or another team. Raises ChangedMeanwhile, and Refused where the name is taken."""
    row = _locked(board, revision)
    if (row.name, row.team_id) == (name, team.pk if team else None):
        return row
    before = row.name
    row.name, row.team = name, team
    _save(row, now, "name", "team")
    _note("change", row, person, before=before, team=team.code if team else "")
    return row


@transaction.atomic
def remove_board(*, board: Board, person: Person) -> None:
    _note("remove", board, person, panels=board.panels.count())
    Board.objects.filter(pk=board.pk).delete()


@transaction.atomic
def add_panel(*, board: Board, draft: PanelDraft, person: Person, now: datetime) -> Panel:
    """At the end of the page, whatever others have done to it. Raises Refused where the page is full."""
    row = _locked(board)
    last = row.panels.order_by("-position").values_list("position", flat=True).first()
    if row.panels.count() >= MOST_PANELS:
        raise Refused(
            ngettext(
                "A page has at most %(n)s panel. Take one out first, or begin another page.",
                "A page has at most %(n)s panels. Take one out first, or begin another page.",
                MOST_PANELS,
            )
            % {"n": MOST_PANELS}
        )
    panel = Panel(board=row, position=0 if last is None else last + 1)
    _fill(panel, draft)
    panel.save()
    _save(row, now)
    _note("panel", row, person, panel=panel.pk, chart=draft.chart)
    return panel


@transaction.atomic
def change_panel(*, panel: Panel, draft: PanelDraft, revision: int, person: Person, now: datetime) -> Panel:
    """Raises ChangedMeanwhile; also where somebody has taken the panel out."""
    row = _locked(panel.board, revision)
    found = row.panels.filter(pk=panel.pk).first()
    if found is None:
        raise ChangedMeanwhile
    _fill(found, draft)
    found.save()
    _save(row, now)
    _note("panel", row, person, panel=found.pk, chart=draft.chart)
    return found


def _fill(panel: Panel, draft: PanelDraft) -> None:
    panel.chart, panel.metric, panel.by = draft.chart, draft.metric, draft.by
    panel.period, panel.title, panel.width = draft.period, draft.title, draft.width
    panel.scope = None if draft.nodes is None else ensure_scope(nodes=list(draft.nodes.values()))


@transaction.atomic
def order_panels(*, board: Board, order: Sequence[int], revision: int, person: Person, now: datetime) -> None:
    """`order`: the ids of all panels. Raises ChangedMeanwhile, also where they are not all of them."""
    row = _locked(board, revision)
    there = {panel.pk: panel for panel in row.panels.all()}
    if set(order) != set(there) or len(order) != len(there):
        raise ChangedMeanwhile
    moved = []
    for place, pk in enumerate(order):
        if there[pk].position != place:
            there[pk].position = place
            moved.append(there[pk])
    if moved:
        Panel.objects.bulk_update(moved, ["position"])
        _save(row, now)
        _note("order", row, person)


@transaction.atomic
def widen_panel(*, panel: Panel, width: int, revision: int, person: Person, now: datetime) -> None:
    row = _locked(panel.board, revision)
    if width not in Width.values:
        raise Refused(_("A panel is small, half as wide as the page, or as wide as the page."))
    if not row.panels.filter(pk=panel.pk).update(width=width):
        raise ChangedMeanwhile
    _save(row, now)
    _note("panel", row, person, panel=panel.pk, width=width)


@transaction.atomic
def remove_panel(*, panel: Panel, revision: int, person: Person, now: datetime) -> None:
    row = _locked(panel.board, revision)
    row.panels.filter(pk=panel.pk).delete()
    _save(row, now)
    _note("panel_remove", row, person, panel=panel.pk)


def _made(name: str, team: Node | None, person: Person, now: datetime) -> Board:
    try:
        with transaction.atomic():
            return Board.objects.create(owner=person, team=team, name=name, made_at=now, changed_at=now)
    except IntegrityError:
        raise _name_taken(name) from None


def _locked(board: Board, revision: int | None = None) -> Board:
    row = Board.objects.select_for_update().filter(pk=board.pk).first()
    if row is None or (revision is not None and row.revision != revision):
        raise ChangedMeanwhile
    return row


def _save(row: Board, now: datetime, *fields: str) -> None:
    row.revision += 1
    row.changed_at = now
    try:
        with transaction.atomic():
            row.save(update_fields=["revision", "changed_at", *fields])
    except IntegrityError:
        raise _name_taken(row.name) from None


def _name_taken(name: str) -> Refused:
    return Refused(_("Another page is called “%(name)s”. Give this one another name.") % {"name": name})


def _note(action: str, board: Board, person: Person, **details: object) -> None:
    subject = board.team.code if board.team is not None else "company"
    record(
        action=f"dashboards.page_{action}",
        subject=subject,
        person=person,
        page=board.pk,
        name=board.name,
        **details,
    )
