"""What this floor tells the organization's pages: targets in the history, and figures somebody would see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from common.listing import listed
from kpis.models import Cause, ChangeKind, Metric, Reading
from organization.history import Told, register_teller
from organization.models import AuditEntry, Person, Scope
from organization.previews import Sample, register_preview
from organization.selectors.rates import currency_sign
from organization.words import details_in_words

SAMPLES = ("revenue", "leads", "roas", "new_customers", "cost", "orders")


def register() -> None:
    register_teller("target.set", targets_in_words)
    for action in (
        *(f"targets.{kind}" for kind in ChangeKind.values),
        "calibration.open",
        "calibration.file",
    ):
        register_teller(action, changes_in_words)
    register_preview(samples=samples)


def targets_in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """`revenue region:华东 2025-03` and two numbers → the figure's name, and amounts in its unit."""
    parts = {entry.pk: entry.subject.split(" ") for entry in entries}
    codes = {words[0] for words in parts.values()}
    metrics = {metric.code: metric for metric in Metric.objects.filter(code__in=codes)}
    told = {}
    for entry in entries:
        code, *rest = parts[entry.pk]
        metric = metrics.get(code)
        if metric is None:
            continue
        before, after = (_amount(entry.details.get(name), metric) for name in ("before", "after"))
        told[entry.pk] = Told(" · ".join([metric.label, *rest]), [(_("Target"), f"{before} → {after}")])
    return told


def changes_in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """`revenue, orders region:华东` → the figures' names; a calibration with its month and cause. One query."""
    labels = {metric.code: metric.label for metric in Metric.objects.all()}
    told = {}
    for entry in entries:
        codes, _blank, area = entry.subject.rpartition(" ")
        figures = listed(labels.get(code, code) for code in codes.split(", "))
        details = dict(entry.details)
        if "month" in details:
            details["month"] = formats.period(str(details["month"]), get_language() or "en")
        if details.get("cause") in Cause.values:
            details["cause"] = str(Cause(details["cause"]).label)
        told[entry.pk] = Told(f"{figures} · {area}", details_in_words(details))
    return told


def _amount(said: object, metric: Metric) -> str:
    try:
        value = None if said is None else Decimal(str(said))
    except InvalidOperation:
        return str(said)
    return formats.exact(value, metric, get_language() or "en", currency_sign())


def samples(person: Person, scope: Scope) -> list[Sample]:
    """The newest month's figures of this area; none where it has none."""
    rows = Reading.objects.filter(
        scope_id=scope.pk, grain="month", metric__code__in=SAMPLES, value__isnull=False
    ).select_related("metric")
    newest = rows.order_by(F("start").desc()).values_list("start", flat=True).first()
    if newest is None:
        return []
    found = {row.metric.code: row for row in rows.filter(start=newest)}
    url = f"{reverse('dashboards:overview')}?{urlencode({'area': scope.key})}"
    return [
        Sample(
            found[code].metric.label,
            formats.tile(found[code].value, found[code].metric, get_language() or "en", currency_sign()),
            url,
        )
        for code in SAMPLES
        if code in found
    ]
