"""What of this floor builds on a metric: said before somebody puts it away."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import ngettext

from alerts.models import Rule
from kpis.models import Metric
from kpis.uses import Use


def rules_of(metric: Metric) -> list[Use]:
    rules = Rule.objects.filter(metric=metric, enabled=True).count()
    if not rules:
        return []
    words = ngettext("%(n)s alert rule watches it", "%(n)s alert rules watch it", rules) % {"n": rules}
    return [Use(words, reverse("alerts:rules"))]
