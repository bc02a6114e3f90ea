"""Objectives in the history: codes of what was chosen by their names, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kpis.models import Metric, Unit
from kpis.models.okr import Commitment, How, Level
from organization.history import Told, register_teller
from organization.models import AuditEntry
from organization.words import details_in_words

ACTIONS = tuple(
    f"{subject}.{verb}" for subject in ("objective", "key_result") for verb in ("make", "edit", "remove")
)
CHOICES: dict[str, Any] = {"level": Level, "how": How, "commitment": Commitment, "unit": Unit}


def register() -> None:
    for action in ACTIONS:
        register_teller(action, objectives_in_words)


def objectives_in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """One query, for the names of figures."""
    metrics = {metric.code: metric.label for metric in Metric.objects.all()}
    told = {}
    for entry in entries:
        before, after = entry.details.get("before"), entry.details.get("after")
        if isinstance(before, dict) and isinstance(after, dict):
            details = {"old": _named(before, metrics), "new": _named(after, metrics)}
        else:
            details = _named(entry.details, metrics)
        told[entry.pk] = Told(entry.subject, details_in_words(details))
    return told


def _named(row: Mapping[str, Any], metrics: Mapping[str, str]) -> dict[str, Any]:
    named = dict(row)
    for field, choices in CHOICES.items():
        if named.get(field) in choices.values:
            named[field] = str(choices(named[field]).label)
    named["metric"] = metrics.get(str(named.get("metric")), named.get("metric"))
    return {name: value for name, value in named.items() if value not in (None, [], "")}
