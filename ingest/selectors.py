"""Reading imports for pages. Imports touch the whole company, so who may see one may see all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from ingest import words
from ingest.layouts import PRESETS
from ingest.models import Covered, Import, Reject, Repeats, SavedLayout, State
from ingest.preview import in_foreign, measure_label
from ingest.rejecting import word
from ingest.sinks import sink
from kpis.models import ChangedDay, ChangedScope, Measure, Source
from organization.models import Node
from organization.selectors.rates import currency_sign

IMPORTS_A_PAGE = 25
REJECTS_A_PAGE = 50
ORIGINALS_SHOWN = 5


@dataclass(frozen=True)
class ImportRow:
    batch: Import
    source: str
    who: str
    state: str


@dataclass(frozen=True)
class Freshness:
    """How up to date a source is. `rows` are the lines of its last import that still holds."""

    source: str
    last_day: date | None
    last_success: datetime | None
    rows: int | None


@dataclass(frozen=True)
class ImportsPage:
    rows: tuple[ImportRow, ...]
    page: Page[Import]
    sources: tuple[Freshness, ...]


@dataclass(frozen=True)
class Work:
    """What an import's page shows while something is being done; `busy` is False when all is up to date."""

    busy: bool
    words: str = ""
    phase: str = ""  # code; changes are told to screen readers
    percent: int | None = None  # None: not known
    rows: int = 0
    seconds: int | None = None
    left: int | None = None  # areas whose figures are still due


@dataclass(frozen=True)
class RejectRow:
    line: int
    reasons: tuple[str, ...]
    cells: tuple[tuple[str, str, bool], ...]  # heading, text, whether it is what is wrong


@dataclass(frozen=True)
class ImportPage:
    batch: Import
    work: Work
    outcome: str
    facts: tuple[tuple[str, object, str], ...]  # label, value, kind: text, day, moment or seconds
    headings: tuple[str, ...]
    rejects: tuple[RejectRow, ...]
    page: Page[Reject]
    new_areas: int
    may_undo: bool
    originals: tuple[tuple[str, str, str], ...]  # measure, 12,000 USD × 7.1, what went in
    whole_again: bool  # rejected lines are to be mended in the whole file
    undo_words: str
    undo_text: str


def imports_page(number: str | int | None = 1) -> ImportsPage:
    """Newest first, with the freshness of every source."""
    found = Import.objects.select_related("source", "created_by").order_by("-pk")
    page = Paginator(found, IMPORTS_A_PAGE).get_page(number)
    rows = tuple(
        ImportRow(
            batch=batch,
            source=words.source_name(batch.source),
            who=batch.created_by.label if batch.created_by else "",
            state=str(batch.get_state_display()),
        )
        for batch in page.object_list
    )
    return ImportsPage(rows, page, _freshness())


def _freshness() -> tuple[Freshness, ...]:
    last = Import.objects.filter(source=OuterRef("pk"), state=State.DONE).order_by("-pk").values("rows")[:1]
    sources = Source.objects.annotate(last_rows=Subquery(last)).order_by("rank", "name")
    return tuple(
        Freshness(words.source_name(source), source.last_day, source.last_success_at, source.last_rows)
        for source in sources
    )


def get_import_or_404(pk: int) -> Import:
    return get_object_or_404(Import.objects.select_related("source", "created_by"), pk=pk)


def work_of(batch: Import, *, now: datetime | None = None) -> Work:
    """What is being done for this import now: its own phases first, then the figures that follow from it."""
    now = now or timezone.now()
    if batch.in_work:
        began = batch.created_at if batch.state == State.QUEUED else batch.started_at
        if batch.state == State.UNDOING:
            began = None
        return Work(
            busy=True,
            words=words.phase(batch),
            phase=batch.phase or batch.state,
            percent=batch.progress if batch.state == State.RUNNING and batch.progress else None,
            rows=batch.rows if batch.state == State.RUNNING else 0,
            seconds=int((now - began).total_seconds()) if began else None,
        )
    if batch.state in {State.DONE, State.UNDONE} and _is_newest(batch):
        days = ChangedDay.objects.filter(source=batch.source).exists()
        left = ChangedScope.objects.count()
        if days or left:
            since = int((now - batch.finished_at).total_seconds()) if batch.finished_at else None
            return Work(
                busy=True,
                words=_("Updating figures"),
                phase="figures",
                percent=80 if days else 90,  # roll-ups first, then figures
                seconds=since,
                left=left or None,
            )
    return Work(busy=False)


def _is_newest(batch: Import) -> bool:
    """Whether what is still due can come from this import: nobody touched its source after it."""
    if batch.source is None or batch.finished_at is None:
        return False
    later = Import.objects.filter(source=batch.source, finished_at__gt=batch.finished_at)
    return not later.filter(state__in=[State.DONE, State.UNDONE]).exists()


def import_page(batch: Import, number: str | int | None = 1) -> ImportPage:
    """One import with a page of its rejects."""
    rejects = Reject.objects.filter(batch=batch) if not batch.in_work else Reject.objects.none()
    page = Paginator(rejects.order_by("line"), REJECTS_A_PAGE).get_page(number)
    headings = tuple(heading.lstrip("\ufeff") for heading in batch.headings)
    changed = batch.accepted > batch.unchanged or batch.gone > 0
    layout = SavedLayout.objects.filter(code=batch.preset or batch.stamp.partition("@")[0]).first()
    return ImportPage(
        batch=batch,
        work=work_of(batch),
        outcome=words.outcome(batch),
        facts=_facts(batch, layout),
        headings=headings,
        rejects=tuple(_reject_row(reject, headings) for reject in page.object_list),
        page=page,
        new_areas=_new_areas(batch).count() if batch.state == State.DONE else 0,
        may_undo=batch.state == State.DONE and changed,
        originals=_originals(batch),
        whole_again=_wants_whole_files(batch, layout),
        undo_words=words.undo_words(batch),
        undo_text=words.what_undo_does(batch),
    )


def _wants_whole_files(batch: Import, layout: SavedLayout | None) -> bool:
    """Whether mended lines alone would be refused."""
    if layout is not None:
        return layout.repeats == Repeats.SUM or layout.covered == Covered.REPLACE
    filling = [preset for preset in PRESETS.values() if preset.whole]
    return batch.source is not None and batch.source.code in {preset.source_code for preset in filling}


def _originals(batch: Import) -> tuple[tuple[str, str, str], ...]:
    """Some of the money that came in another currency."""
    if "/" not in batch.stamp or batch.state != State.DONE or batch.source is None:
        return ()
    measures = {measure.code: measure for measure in Measure.objects.all()}
    language, sign = get_language() or "en", currency_sign()
    return tuple(
        (
            measure_label(measures[one.measure]),
            in_foreign(one.amount, one.currency, one.rate),
            formats.exact(one.converted, measures[one.measure], language, sign),
        )
        for one in sink(batch.source.facts).originals(batch=batch, most=ORIGINALS_SHOWN)
    )


def _facts(batch: Import, layout: SavedLayout | None) -> tuple[tuple[str, object, str], ...]:
    facts: list[tuple[str, object, str]] = [
        (_("Sent by"), batch.created_by.label if batch.created_by else _("A command"), "text"),
        (_("Sent on"), batch.created_at, "moment"),
        (_("Source"), words.source_name(batch.source), "text"),
    ]
    if layout is not None:
        facts.append((_("Layout"), layout.name, "text"))
    if batch.encoding:
        facts.append((_("Letters"), words.letters(batch.encoding), "text"))
    if batch.first_day and batch.state == State.DONE:
        facts.append((_("First day"), batch.first_day, "day"))
        facts.append((_("Last day"), batch.last_day, "day"))
    if batch.seconds is not None and batch.state == State.DONE:
        facts.append((_("Took"), round(batch.seconds), "seconds"))
    return tuple(facts)


def _reject_row(reject: Reject, headings: tuple[str, ...]) -> RejectRow:
    named = {str(reason.get("column", "")) for reason in reject.reasons} - {""}
    return RejectRow(
        line=reject.line,
        reasons=tuple(word(reason) for reason in reject.reasons),
        cells=tuple(
            (heading, cell, heading[:80] in named)
            for heading, cell in zip(headings, reject.cells, strict=False)
        ),
    )


def _new_areas(batch: Import) -> QuerySet[Node]:
    """Areas that still need a look and were made while this import ran."""
    if batch.started_at is None or batch.finished_at is None:
        return Node.objects.none()
    # The worker's clock and the database's may differ a little.
    about = timedelta(seconds=1)
    return Node.objects.filter(
        needs_review=True,
        archived_at__isnull=True,
        created_at__range=(batch.started_at - about, batch.finished_at + about),
    )
