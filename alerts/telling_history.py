"""Alert rules in the history: what they watch, from which thresholds on, and what was changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alerts.condition_words import condition_words
from alerts.models import LEVELS
from alerts.selectors.consequences import labels_of
from common import formats
from common.listing import listed
from kpis.models import Metric
from organization.history import Told, register_teller
from organization.models import AuditEntry


def register() -> None:
    for action in ("rule.make", "rule.edit"):
        register_teller(action, rules_in_words)


def rules_in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """Each of the few things that people know of a rule, as it was and as it became."""
    rows = [
        row for entry in entries for row in (entry.details.get("before"), entry.details.get("after")) if row
    ]
    metrics = {one.code: one for one in Metric.objects.filter(code__in={row.get("metric") for row in rows})}
    told = {}
    for entry in entries:
        before = _row(entry.details.get("before") or {}, metrics)
        after = _row(entry.details.get("after") or {}, metrics)
        details = [
            (name, f"{before[name]} → {value}" if name in before else value)
            for name, value in after.items()
            if before.get(name, formats.NO_VALUE) != value
        ]
        told[entry.pk] = Told(entry.subject, details)
    return told


def _condition(tier: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in tier.items() if key not in ("level", "for_periods", "out_of")}


def _row(rule: dict[str, Any], metrics: Mapping[str, Metric]) -> dict[str, str]:
    if not rule:
        return {}
    levels = dict(LEVELS)
    metric, language = metrics.get(rule.get("metric", "")), get_language() or "en"
    tiers = [
        f"{levels.get(tier['level'], tier['level'])}: {condition_words(_condition(tier), metric, language)}"
        for tier in rule.get("tiers", [])
        if metric is not None
    ]
    besides = [
        f"{levels.get(int(level), level)}: {listed(labels_of(codes))}"
        for level, codes in rule.get("consequences", {}).items()
    ]
    return {
        _("Name"): str(rule.get("name", "")),
        _("Figure"): metric.label if metric is not None else str(rule.get("metric", "")),
        _("Area"): str(rule.get("scope", "")),
        _("Thresholds"): listed(tiers),
        _("What happens besides"): "; ".join(besides) or formats.NO_VALUE,
        _("People told"): str(len(rule.get("recipients", []))),
    }
