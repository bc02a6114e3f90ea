"""The long work of attribution: reads all touches (or a file of paths), divides, and writes what came out as one change."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from channels.attribution import AttributionRefused, Model, attribute
from channels.attribution.dividing import Choices, Divided, adding_up, decimal, divide
from channels.attribution.journeys import DAY, journeys, newest
from channels.attribution.paths import Ints
from channels.models import AttributionRun, AttributionSettings, Credit, PathUpload
from channels.path_files import read_paths
from channels.services.publishing_attribution import EPOCH, month_of, publish
from channels.touch_reading import inputs_version, read_touches
from common.queueing import enqueue
from ingest.errors import FileRefused
from organization.jobs import Progress
from organization.models import Job, Node, NodeAncestor
from organization.services import Refused

KIND = "channels.attribution"
READING, CUTTING = gettext_noop("Reading touches"), gettext_noop("Following customers")
DIVIDING, WRITING = gettext_noop("Dividing conversions"), gettext_noop("Writing results")


def run_attribution(job: Job, progress: Progress) -> None:
    """The work of a job of this kind: over a file of paths where its params name one, else over all touches.

    Raises Refused where there is nothing to divide, and what Progress raises where the work is to end.
    """
    upload = job.params.get("upload")
    if upload is None:
        _divide_touches(job, progress)
    else:
        _divide_upload(job, progress, int(upload))


def settings_row() -> AttributionSettings:
    """What is set now, or what ships."""
    row = AttributionSettings.objects.select_related("direct").filter(pk=1).first()
    return row or AttributionSettings(shown=list(SHIPPED), version=0)


SHIPPED = tuple(model.value for model in Model if model is not Model.LAST_NON_DIRECT)


def models_of(row: AttributionSettings) -> tuple[Model, ...]:
    """What a run computes: what is shown or published, and last touch, which all are held against."""
    wanted = {*row.shown, *row.published, Model.LAST}
    return tuple(model for model in Model if model in wanted)


def _divide_touches(job: Job, progress: Progress) -> None:
    began = time.monotonic()
    row, version = settings_row(), inputs_version()
    progress.at(2, READING)
    told, revisions = read_touches()
    if not len(told):
        if AttributionRun.objects.filter(upload__isnull=True).exists():  # of touches that were all undone
            with transaction.atomic():
                progress.still_ours()
                AttributionRun.objects.filter(upload__isnull=True).delete()
                publish(daily=(), shares=(), published=(), through=None)
            enqueue("kpis.tasks.work")
            return
        raise Refused(_("There are no touches to divide. Send a file of touches first."))
    progress.at(20, CUTTING, rows=len(told))
    touches, again = newest(told, revisions)
    walked = journeys(touches, look_back_days=row.look_back_days)
    progress.at(30, DIVIDING)
    with translation.override("en"):  # why a model refuses is kept as gettext knows it
        found = divide(
            walked,
            tops=_tops(walked.nodes),
            choices=Choices(models_of(row), float(row.half_life_hours), row.order, _all_below(row.direct)),
            told=lambda share: progress.at(30 + 55 * share, DIVIDING),
        )
    progress.at(88, WRITING)
    with transaction.atomic():
        progress.still_ours()
        run = _replace(
            job,
            row,
            found,
            inputs_version=version,
            touches=len(touches),
            paths=len(walked),
            conversions=Decimal(str(walked.paths.total)),
            value=round(Decimal(float(walked.values.sum())), 4),
            first_day=EPOCH + timedelta(days=int(touches.moments.min() // DAY)),
            last_day=EPOCH + timedelta(days=int(touches.moments.max() // DAY)),
            odd={**asdict(walked.odd), "again": again},
            seconds=Decimal(f"{time.monotonic() - began:.3f}"),
        )
        publish(
            daily=found.daily,
            shares=found.shares,
            published={Model(name) for name in row.published},
            through=run.last_day,
        )
    enqueue("kpis.tasks.work")


def _divide_upload(job: Job, progress: Progress, pk: int) -> None:
    began = time.monotonic()
    upload = PathUpload.objects.filter(pk=pk).first()
    if upload is None:
        raise Refused(_("This file has been taken away."))
    row = settings_row()
    progress.at(5, READING)
    with tempfile.TemporaryDirectory(prefix="plumbline-paths-") as folder:
        path = Path(folder) / Path(upload.name).name
        path.write_bytes(upload.content)
        try:
            paths = read_paths(path).paths
        except (FileRefused, OSError) as refused:
            raise Refused(str(refused)) from refused
    direct = (
        ""
        if row.direct is None
        else next((name for name in paths.channels if name.casefold() in _names_of(row.direct)), "")
    )
    credits: list[Credit] = []
    refused_by: list[dict[str, Any]] = []
    models = models_of(row)
    for place, model in enumerate(models):
        progress.at(20 + 70 * place / len(models), DIVIDING, rows=len(paths))
        try:
            with translation.override("en"):
                found = attribute(
                    paths, model, direct=direct, half_life_hours=float(row.half_life_hours), order=row.order
                )
        except AttributionRefused as refused:
            refused_by.append({"model": model.value, "month": None, "why": str(refused)})
            continue
        counts = adding_up(
            np.array(list(found.by_channel.values())), np.zeros(len(found.by_channel), dtype=np.int64)
        )
        credits += [
            Credit(
                model=model.value,
                name=name[:200],
                conversions=decimal(count),
                error=None if found.error is None else found.error[name],
            )
            for name, count in zip(found.by_channel, counts.tolist(), strict=True)
        ]
    progress.at(95, WRITING)
    with transaction.atomic():
        progress.still_ours()
        _replace_rows(
            job,
            row,
            credits,
            refused_by,
            upload=upload,
            inputs_version=0,
            touches=len(paths.touches),
            paths=len(paths),
            conversions=round(Decimal(paths.total), 4),
            odd={"single": int(paths.conversions[paths.lengths == 1].sum())},
            seconds=Decimal(f"{time.monotonic() - began:.3f}"),
        )


def _replace(job: Job, row: AttributionSettings, found: Divided, **facts: Any) -> AttributionRun:
    credits = [
        Credit(
            model=share.model.value,
            month=None if share.month is None else month_of(share.month),
            node_id=share.node,
            conversions=share.conversions,
            value=share.value,
            error=share.error,
        )
        for share in found.shares
    ]
    refused = [
        {
            "model": one.model.value,
            "month": None if one.month is None else month_of(one.month).isoformat(),
            "why": one.why,
        }
        for one in found.refused
    ]
    return _replace_rows(job, row, credits, refused, upload=None, **facts)


def _replace_rows(
    job: Job,
    row: AttributionSettings,
    credits: Iterable[Credit],
    refused: list[dict[str, Any]],
    *,
    upload: PathUpload | None,
    **facts: Any,
) -> AttributionRun:
    """The results of this run in place of the last one's."""
    AttributionRun.objects.filter(upload=upload).delete()
    run = AttributionRun.objects.create(
        upload=upload,
        made_by=job.created_by,
        settings_version=row.version,
        chosen=_chosen(row),
        refused=refused,
        **facts,
    )
    rows = list(credits)
    for credit in rows:
        credit.run = run
    Credit.objects.bulk_create(rows, batch_size=2000)
    return run


def _chosen(row: AttributionSettings) -> Mapping[str, Any]:
    return {
        "half_life_hours": f"{row.half_life_hours:f}",
        "order": row.order,
        "look_back_days": row.look_back_days,
        "direct": row.direct_id,
    }


def _tops(nodes: Ints) -> Ints:
    """The top channel of each node; the node itself where the tree does not know it."""
    above = dict(
        NodeAncestor.objects.filter(node_id__in=nodes.tolist(), ancestor_depth=1).values_list(
            "node_id", "ancestor_id"
        )
    )
    return np.array([above.get(node, node) for node in nodes.tolist()], dtype=np.int64)


def _all_below(node: Node | None) -> frozenset[int]:
    if node is None:
        return frozenset()
    return frozenset(NodeAncestor.objects.filter(ancestor=node).values_list("node_id", flat=True))


def _names_of(node: Node) -> set[str]:
    return {name.casefold() for name in (node.name, node.name_zh, node.slug, node.path) if name}
