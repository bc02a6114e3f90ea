"""What calibrations are called, and what is proposed by one, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from decisions.models import Proposal
from kpis.models import Calibration, Cause, Metric
from organization.models import DIMENSIONS
from organization.selectors.rates import currency_sign

SCOPES = tuple(f"scope__{dimension}" for dimension in DIMENSIONS)


def month_words(month: date) -> str:
    return formats.period(f"{month:%Y-%m}", get_language() or "en")


def amount(value: Decimal | None, metric: Metric) -> str:
    return formats.exact(value, metric, get_language() or "en", currency_sign())


def title_of(calibration: Calibration) -> str:
    """ "Revenue, Southwest China, October 2026" """
    return _("%(metric)s, %(area)s, %(month)s") % {
        "metric": calibration.metric.label,
        "area": calibration.scope.label,
        "month": month_words(calibration.month),
    }


def titles_of(ids: Collection[int]) -> Mapping[int, str]:
    found = Calibration.objects.filter(pk__in=ids).select_related("metric", *SCOPES)
    return {one.pk: title_of(one) for one in found}


def off_words(calibration: Calibration) -> str:
    """ "20% under target" """
    far = calibration.value / calibration.target - 1
    words = {"share": f"{formats.plain(abs(far) * 100, most=1)}%"}
    if (far > 0) == (calibration.target > 0):
        return _("%(share)s over target") % words
    return _("%(share)s under target") % words


def summary_of(calibration: Calibration, cause: Cause) -> str:
    words = {"what": title_of(calibration)[:200]}
    if cause == Cause.MARKET:
        return _("%(what)s: move the targets of the months left") % words
    return _("%(what)s: keep the target, change the plan") % words


def details_of(proposal: Proposal) -> Sequence[tuple[str, str]]:
    """What was said and what would change, month by month."""
    payload = proposal.payload
    metric = Metric.objects.get(calibrations=proposal.subject_id)
    found = [
        (_("What it was"), str(Cause(payload["cause"]).label)),
        (_("What will be done instead"), payload["plan"]),
    ]
    for day, value in sorted(payload["numbers"].items()):
        before = payload["before"].get(day)
        was = amount(None if before is None else Decimal(before), metric)
        found.append((month_words(date.fromisoformat(day)), f"{was} → {amount(Decimal(value), metric)}"))
    return found


def money_of(
    metric: Metric, before: Mapping[str, str | None], numbers: Mapping[date, Decimal]
) -> Decimal | None:
    """By how much money targets move, for who approves what; None of what is no sum of money."""
    if metric.unit != "money" or not metric.additive or not numbers:
        return None
    return sum(
        (abs(value - Decimal(before.get(day.isoformat()) or 0)) for day, value in numbers.items()), Decimal(0)
    ).quantize(Decimal("0.0001"))
