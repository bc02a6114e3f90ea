"""Reading sources for pages: how fresh each is, by which way it comes in, and what became of each time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from urllib.parse import urlsplit

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import formats
from ingest import words
from ingest.check_pages import Night, nights_of
from ingest.models import Import, Pull, PullRun, PullState, SinceKind, State
from ingest.services.fetch import marker_of
from kpis.models import Measure, Reconciliation, Source

IMPORTS_A_PAGE = 25
RUNS_SHOWN = 25
TROUBLE_FROM = 3  # failures in a row that are said at the top
HABIT_FROM = 3  # imports that make a habit


@dataclass(frozen=True)
class PullRow:
    pull: Pull
    host: str
    every: str
    failures: int
    last_run: PullRun | None
    said: str
    since: str
    asks: bool  # for what the columns mean

    @property
    def trouble(self) -> bool:
        return self.failures >= TROUBLE_FROM or self.asks


@dataclass(frozen=True)
class SourceRow:
    """One source. `behind` is in days: how much older its newest data is than it should be; None: nobody knows."""

    source: Source
    name: str
    way: str
    last_day: date | None
    last_success: datetime | None
    next_at: datetime | None
    behind: int | None
    rows: int | None
    trouble: str


@dataclass(frozen=True)
class SourcesPage:
    rows: tuple[SourceRow, ...]
    troubled: int
    night: Night | None


@dataclass(frozen=True)
class RunRow:
    run: PullRun
    kind: str
    said: str
    failed: bool


@dataclass(frozen=True)
class ImportLine:
    batch: Import
    state: str
    said: str


@dataclass(frozen=True)
class SourcePage:
    row: SourceRow
    measures: tuple[str, ...]
    pulls: tuple[PullRow, ...]
    runs: tuple[RunRow, ...]
    imports: tuple[ImportLine, ...]
    page: Page[Import]


# -- Sources -----------------------------------------------------------------------------------------


def sources_page(*, today: date) -> SourcesPage:
    """All sources, those in trouble first. A bounded number of queries."""
    rows = _rows(Source.objects.order_by("rank", "name"), today)
    rows.sort(key=lambda row: (not row.trouble, not row.behind))
    nights = nights_of(Reconciliation.objects.order_by("-pk")[:50])
    return SourcesPage(tuple(rows), sum(bool(row.trouble) for row in rows), nights[0] if nights else None)


def get_source_or_404(pk: int) -> Source:
    return get_object_or_404(Source, pk=pk)


def get_pull_or_404(pk: int) -> Pull:
    return get_object_or_404(Pull.objects.select_related("source", "created_by"), pk=pk)


def source_page(source: Source, *, today: date, number: str | None = None) -> SourcePage:
    """One source: its pulls, the last times that they were fetched, and all of its imports."""
    pulls = _pulls(Pull.objects.filter(source=source))
    runs = PullRun.objects.filter(pull__source=source).select_related("pull", "batch").order_by("-pk")
    page = Paginator(
        Import.objects.filter(source=source).select_related("created_by").order_by("-pk"), IMPORTS_A_PAGE
    ).get_page(number)
    return SourcePage(
        row=_rows(Source.objects.filter(pk=source.pk), today)[0],
        measures=tuple(one.label for one in Measure.objects.filter(slot__in=source.slots)),
        pulls=tuple(pulls),
        runs=tuple(_run_row(run) for run in runs[:RUNS_SHOWN]),
        imports=tuple(
            ImportLine(batch, str(batch.get_state_display()), batch.error or words.outcome(batch))
            for batch in page.object_list
        ),
        page=page,
    )


def _rows(sources: QuerySet[Source], today: date) -> list[SourceRow]:
    last = Import.objects.filter(source=OuterRef("pk"), state=State.DONE).order_by("-pk").values("rows")[:1]
    found = list(sources.annotate(last_rows=Subquery(last)))
    pulls: dict[int, list[PullRow]] = defaultdict(list)
    for row in _pulls(Pull.objects.filter(source__in=found)):
        pulls[row.pull.source_id].append(row)
    habits = _habits([source.pk for source in found])
    return [_row(source, pulls[source.pk], habits.get(source.pk), today) for source in found]


def _row(source: Source, pulls: list[PullRow], habit: int | None, today: date) -> SourceRow:
    active = [row for row in pulls if row.pull.paused_at is None]
    behind: int | None = None
    if source.last_day is not None and (active or habit):
        # Who is fetched by itself should know of yesterday; a file comes as often as it did.
        allowed = 0 if active else habit or 0
        behind = max(0, (today - timedelta(days=1) - source.last_day).days - allowed)
    troubled = next((row for row in active if row.trouble), None)
    return SourceRow(
        source=source,
        name=words.source_name(source),
        way=_way(pulls, active),
        last_day=source.last_day,
        last_success=source.last_success_at,
        next_at=min((row.pull.next_at for row in active), default=None),
        behind=behind,
        rows=getattr(source, "last_rows", None),
        trouble=troubled.said if troubled else "",
    )


def _way(pulls: list[PullRow], active: list[PullRow]) -> str:
    if not pulls:
        return _("Files and programs")
    if not active:
        return _("Fetching is paused")
    return _("Fetched %(every)s from %(host)s") % {"every": active[0].every, "host": active[0].host}


def _habits(sources: list[int]) -> dict[int, int]:
    """Days between the last days of a source's imports, as it mostly was lately."""
    recent = (
        Import.objects.filter(source__in=sources, state=State.DONE, last_day__isnull=False)
        .annotate(turn=Window(RowNumber(), partition_by=F("source"), order_by=F("pk").desc()))
        .filter(turn__lte=8)
        .values_list("source_id", "last_day")
    )
    days: dict[int, set[date]] = defaultdict(set)
    for source, day in recent:
        if day is not None:
            days[source].add(day)
    habits = {}
    for source, known in days.items():
        if len(known) >= HABIT_FROM:
            line = sorted(known)
            habits[source] = round(median((after - before).days for before, after in pairwise(line)))
    return habits


# -- Pulls -------------------------------------------------------------------------------------------


def pull_row(pull: Pull) -> PullRow:
    return _pulls(Pull.objects.filter(pk=pull.pk))[0]


def _pulls(pulls: QuerySet[Pull]) -> list[PullRow]:
    good = (
        PullRun.objects.filter(pull=OuterRef("pk"), state=PullState.DONE)
        .exclude(batch__state=State.FAILED)
        .order_by("-pk")
        .values("pk")[:1]
    )
    newest = PullRun.objects.filter(pull=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    failed = Q(runs__state=PullState.FAILED) | Q(runs__state=PullState.DONE, runs__batch__state=State.FAILED)
    found = list(
        pulls.select_related("source")
        .annotate(last_good=Coalesce(Subquery(good), 0), newest=Subquery(newest))
        .annotate(failures=Count("runs", filter=failed & Q(runs__pk__gt=F("last_good"))))
        .order_by("name")
    )
    runs = PullRun.objects.select_related("batch").in_bulk([pull.newest for pull in found if pull.newest])
    return [_pull_row(pull, runs.get(pull.newest)) for pull in found]


def _pull_row(pull: Pull, run: PullRun | None) -> PullRow:
    said, failures = "", int(getattr(pull, "failures", 0))
    if run is not None:
        said = run_words(run)
        if failures > 1:
            said = ngettext(
                "Failed %(n)s time in a row: %(why)s", "Failed %(n)s times in a row: %(why)s", failures
            ) % {"n": failures, "why": said}
    marker = marker_of(pull) if pull.since_kind != SinceKind.NONE else None
    return PullRow(
        pull=pull,
        host=urlsplit(pull.url).netloc,
        every=every_words(pull.every_minutes),
        failures=failures,
        last_run=run,
        said=said,
        since=formats.day(marker, get_language() or "en") if isinstance(marker, date) else marker or "",
        asks=run is not None and run.batch is not None and run.batch.state == State.ASKS,
    )


def every_words(minutes: int) -> str:
    if minutes % 1440 == 0:
        days = minutes // 1440
        return ngettext("every day", "every %(n)s days", days) % {"n": days}
    if minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("every hour", "every %(n)s hours", hours) % {"n": hours}
    return _("every %(n)s minutes") % {"n": minutes}


def run_words(run: PullRun) -> str:
    """What became of one time that it was due, in a sentence."""
    if run.state == PullState.WAITING:
        return _("%(why)s It is tried again soon.") % {"why": run.error}
    if run.state == PullState.FAILED:
        return run.error
    if run.state != PullState.DONE:
        return str(run.get_state_display())
    if run.batch is None:
        return _("Nothing new came.")
    if run.batch.state == State.ASKS:
        return _(
            "Nobody has said yet what the columns mean. Open the import and say it; until then nothing more is fetched."
        )
    return run.batch.error or words.outcome(run.batch) or str(run.batch.get_state_display())


def _run_row(run: PullRun) -> RunRow:
    failed = run.state == PullState.FAILED or (run.batch is not None and run.batch.state == State.FAILED)
    return RunRow(run, str(run.get_kind_display()), run_words(run), failed)
