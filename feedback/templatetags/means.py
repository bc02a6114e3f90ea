"""`{{ estimate.value|mean }}`, `{{ estimate|between }}`, `{{ change.value|moved }}`: see `feedback.mean_words`."""

from __future__ import annotations

from django import template

from feedback import mean_words
from feedback.effect import Estimate

register = template.Library()


@register.filter
def mean(value: float | None) -> str:
    return mean_words.mean(value)


@register.filter
def moved(value: float | None) -> str:
    return mean_words.change(value)


@register.filter
def between(estimate: Estimate) -> str:
    return mean_words.interval(estimate)
