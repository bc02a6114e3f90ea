"""The job of drivers: how far the score goes with what was rated beside it, by area and customer type, over a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from decisions.selectors.rights import today_of
from feedback.drivers import LEAST, LEAST_EACH, Floats, Reason, Result, fit
from feedback.models import Driver, DriverResult
from feedback.selectors.areas import COUNTED
from organization.jobs import Progress
from organization.models import Job, NodeAncestor, Scope

YEAR = timedelta(days=365)
DEEPEST = 2  # regions and provinces, channels and campaigns
CHUNK = 20_000
SEPARATOR = "|"
MOST_NAMED = 3
_PLACES = Decimal("0.0001")

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Answers:
    """Answers that rated anything: their nodes by dimension, customer type, scores, and a column of ratings a driver."""

    nodes: Mapping[str, Ints]
    segments: npt.NDArray[np.object_]
    scores: Mapping[str, Floats]  # nps and csat
    ratings: Floats

    def __len__(self) -> int:
        return len(self.segments)


def run_drivers(job: Job, progress: Progress) -> None:
    """Replaces all results."""
    now = job.started_at or timezone.now()
    today = today_of(now)
    first = today - YEAR + timedelta(days=1)
    drivers = list(Driver.objects.filter(archived_at__isnull=True).order_by("position", "code"))
    progress.at(1, gettext_noop("Reading answers"))
    read = _read([driver.code for driver in drivers], first, today, progress)
    progress.at(20, gettext_noop("Looking at areas and customer types"))
    rows = list(_results(read, drivers, first, today, now, progress))
    progress.at(95, gettext_noop("Writing results"))
    with transaction.atomic():
        progress.still_ours()
        DriverResult.objects.all().delete()
        DriverResult.objects.bulk_create(rows, batch_size=2000)


def _read(codes: Sequence[str], first: date, last: date, progress: Progress) -> Answers:
    """All at once: areas and customer types are parts of it."""
    # What is no number, a program wrote before drivers were checked.
    ratings = ", ".join(
        "CASE WHEN jsonb_typeof(ratings -> %s) = 'number' THEN (ratings ->> %s)::float8 END"
        for _code in codes
    )
    columns = f"channel_id, region_id, product_id, segment, nps, csat{', ' if codes else ''}{ratings}"
    chunks = []
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM feedback_answer WHERE day BETWEEN %s AND %s AND ratings <> '{{}}'",
            [*(code for code in codes for _twice in range(2)), first, last],
        )
        while chunk := cursor.fetchmany(CHUNK):
            chunks.append(pd.DataFrame.from_records(chunk))
            progress.at(2, rows=sum(map(len, chunks)))
    names = ["channel", "region", "product", "segment", "nps", "csat", *codes]
    frame = pd.concat(chunks, ignore_index=True) if chunks else pd.DataFrame(columns=range(len(names)))
    frame.columns = pd.Index(names)
    return Answers(
        nodes={dimension: frame[dimension].to_numpy(dtype=np.int64) for dimension in COUNTED},
        segments=frame["segment"].to_numpy(dtype=object),
        scores={name: frame[name].to_numpy(dtype=np.float64) for name in ("nps", "csat")},
        ratings=frame[list(codes)].to_numpy(dtype=np.float64),
    )


def _results(
    read: Answers, drivers: Sequence[Driver], first: date, last: date, now: datetime, progress: Progress
) -> Iterator[DriverResult]:
    company = Scope.objects.get(key="company").pk
    everything = np.arange(len(read))
    segments = _groups(read.segments, everything)
    layers = [(dimension, depth) for dimension in COUNTED for depth in range(1, DEEPEST + 1)]
    areas: list[tuple[int, Ints]] = [(company, everything)]
    for dimension, depth in layers:
        areas += _areas(read.nodes[dimension], dimension, depth)
    for place, (scope, rows) in enumerate(areas):
        progress.at(20 + 75 * place / len(areas))
        mine = segments if len(rows) == len(read) else _groups(read.segments, rows)
        for segment, chosen in [("", rows), *((name, found) for name, found in mine if name)]:
            if len(chosen) < LEAST and (segment or scope != company):
                continue
            for row in _found(read, drivers, chosen):
                row.scope_id, row.segment = scope, segment
                row.first_day, row.last_day, row.made_at = first, last, now
                yield row


def _areas(nodes: Ints, dimension: str, depth: int) -> Iterator[tuple[int, Ints]]:
    """Scopes of the nodes of a depth with the places of answers at or below them."""
    known = NodeAncestor.objects.filter(ancestor__dimension=dimension, ancestor_depth=depth)
    above = dict(known.values_list("node_id", "ancestor_id"))
    scopes = dict(
        Scope.objects.filter(node__dimension=dimension, node__depth=depth).values_list("node_id", "pk")
    )
    unique, inverse = np.unique(nodes, return_inverse=True)
    of = np.array([above.get(int(node), 0) for node in unique], dtype=np.int64)[inverse]
    for node, rows in _groups(of, np.arange(len(nodes))):
        if int(node) in scopes:
            yield scopes[int(node)], rows


def _groups(values: npt.NDArray[Any], rows: Ints) -> list[tuple[Any, Ints]]:
    """Rows by their value."""
    if not len(rows):
        return []
    codes, names = pd.factorize(values[rows])
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(names))).tolist()
    return [
        (name, rows[order[begin:end]])
        for name, begin, end in zip(names.tolist(), [0, *ends[:-1]], ends, strict=True)
    ]


def _found(read: Answers, drivers: Sequence[Driver], rows: Ints) -> Iterable[DriverResult]:
    """A row a driver. One that few have rated is left out, so that it does not take the others with it."""
    ratings = read.ratings[rows]
    rated = (~np.isnan(ratings)).sum(axis=0)
    enough = [place for place, count in enumerate(rated) if count >= LEAST]
    used = [drivers[place].code for place in enough]
    name, result = _best(read, rows, ratings[:, enough], used)
    effects = {one.driver: one for one in result.effects}
    for place, driver in enumerate(drivers):
        found = DriverResult(driver=driver, score=name, answers=result.answers)
        if driver.code in effects:
            one = effects[driver.code]
            found.mean, found.effect, found.low, found.high = map(
                _exact, (one.mean, one.effect, one.low, one.high)
            )
        elif driver.code in used:
            found.why = _why(result)
            found.mean = _exact(float(np.nanmean(ratings[:, place])))
        else:
            count = int(rated[place])
            found.answers, found.why = (
                count,
                _why(Result(count, reason=Reason.FEW, named=(str(count), str(LEAST)))),
            )
            found.mean = _exact(float(np.nanmean(ratings[:, place]))) if count else None
        yield found


def _best(read: Answers, rows: Ints, ratings: Floats, used: Sequence[str]) -> tuple[str, Result]:
    """By what people would recommend; where too few say so, by how satisfied they are."""
    nps = fit(read.scores["nps"][rows], ratings, used)
    if nps.answers >= max(LEAST, LEAST_EACH * len(used)):
        return "nps", nps
    csat = fit(read.scores["csat"][rows], ratings, used)
    return ("csat", csat) if csat.answers > nps.answers else ("nps", nps)


def _why(result: Result) -> str:
    return SEPARATOR.join([str(result.reason), *result.named[:MOST_NAMED]]) if result.reason else ""


def _exact(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(_PLACES)
