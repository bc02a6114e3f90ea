"""What an alert rule held a channel's figure against as it proposed something, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alerts.condition_words import condition_words
from common import formats
from common.periods import Grain, Period
from kpis.models import Metric
from organization.selectors.rates import currency_sign


def asked_in_words(
    payload: Mapping[str, Any], metric: Metric | None, *, fiscal_start: int
) -> list[tuple[str, str]]:
    """The figure, what the rule asks for, and its name; [] of what somebody proposed by hand."""
    if metric is None or "value" not in payload:
        return []
    language = get_language() or "en"
    value, start = payload["value"], payload.get("start")
    shown = formats.tile(None if value is None else Decimal(value), metric, language, currency_sign())
    if start:
        period = Period.containing(
            date.fromisoformat(start), Grain(payload["grain"]), fiscal_start=fiscal_start
        )
        shown = f"{shown} · {formats.period(str(period), language)}"
    asked = condition_words(payload.get("condition"), metric, language)
    periods = int(payload.get("periods") or 1)
    if asked and periods > 1:
        asked = _("%(asked)s, %(n)s periods in a row") % {"asked": asked, "n": periods}
    found = [(metric.label, shown)]
    if asked:
        found.append((_("The rule asks"), asked))
    if payload.get("rule"):
        found.append((_("Rule"), str(payload["rule"])))
    return found
