"""Figures, changes and dates in the reader's language. Units and shapes: see common/formats.py.

{{ value|figure:metric }}    tile: three digits, exact on hover and focus
{{ value|brief:metric }}     the same within a link, whose page has the exact one
{{ value|exact:metric }}     sentences: in full, plain text
{{ value|full:metric }}      cells of tables: the same, and where it is rounded, the value itself for files of the page
{{ moved|change:metric }}    +12.3% or +1.3 pp with an arrow
{{ attainment|share }}       a fraction as percent
{{ fraction|rate }}           2.5%;  {{ moved|points }} +0.3 pp
{{ rows|number }} {{ when|day }} {{ when|short_day }} {{ at|moment }} {{ "2025-08"|period }} {{ seconds|duration }}
{{ names|listed }}           a, b or a、b;  {{ people|listed:"label" }} of each its label;  {% between %} what stands between two
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from html import escape

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from dashboards.templatetags.icons import icon
from organization.selectors.rates import currency_sign

register = template.Library()


@register.filter
def listed(some: Iterable[object] | None, of: str = "") -> str:
    if some is None:
        return ""
    return formats.listed((getattr(one, of) for one in some) if of else some, language())


@register.simple_tag
def between() -> str:
    return formats.between(language())


def language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def currency() -> str:
    return currency_sign()


@register.filter
def figure(value: Decimal | None, metric: formats.Figured) -> SafeString:
    """Three digits; the exact figure in the title, and shown on focus where it differs."""
    shown = formats.tile(value, metric, language(), currency())
    if value is None:
        return format_html('<span class="figure no-value" title="{}">{}</span>', _("No value"), shown)
    full = formats.exact(value, metric, language(), currency())
    if shown == full:
        return format_html(
            '<data class="figure" value="{}" title="{}">{}</data>', format(value, "f"), full, shown
        )
    return format_html(
        '<data class="figure" value="{}" title="{}" data-exact="{}" tabindex="0">{}</data>',
        format(value, "f"),
        full,
        full,
        shown,
    )


@register.filter
def brief(value: Decimal | None, metric: formats.Figured) -> SafeString:
    """Three digits, the exact figure in the title alone: for what already can have the focus."""
    if value is None:
        return format_html('<span class="no-value">{}</span>', formats.NO_VALUE)
    full = escape(formats.exact(value, metric, language(), currency()))
    shown = escape(formats.tile(value, metric, language(), currency()))
    # Tables have hundreds: format_html takes twice as long.
    return mark_safe(f'<data value="{value:f}" title="{full}">{shown}</data>')  # noqa: S308


@register.filter
def exchange(value: Decimal) -> str:
    """An exchange rate, without zeros at its end: 7.1000000000 is 7.1"""
    return f"{value.normalize():f}"


@register.filter
def exact(value: Decimal | None, metric: formats.Figured) -> str:
    return formats.exact(value, metric, language(), currency())


@register.filter
def full(value: Decimal | None, metric: formats.Figured) -> SafeString | str:
    shown = exact(value, metric)
    return shown if value is None else carried(shown, value, places=4 if metric.unit == "percent" else 2)


@register.filter
def full_share(value: Decimal | None) -> SafeString | str:
    """An attainment in a table; the fraction itself goes along where it is rounded."""
    shown = formats.share(value)
    return shown if value is None else carried(shown, value, places=2 if abs(value) >= 1 else 3)


def carried(shown: str, value: Decimal, *, places: int) -> SafeString | str:
    """Markup only where so many decimals do not hold the value."""
    if value == round(value, places):
        return shown
    return format_html('<data value="{}">{}</data>', format(value, "f"), shown)


@register.filter
def change(value: Decimal | None, metric: formats.Figured) -> SafeString:
    """Without red or green: whether up is good is for the light to say."""
    shown = formats.change(value, metric, language())
    if value is None:
        return format_html('<span class="change no-value">{}</span>', shown)
    towards = "up" if shown.startswith("+") else "down" if shown.startswith(formats.MINUS) else "flat"
    return format_html('<span class="change">{}{}</span>', icon(towards), shown)


@register.filter
def rate(value: Decimal | None) -> str:
    """A fraction as percent, three digits: 2.53%."""
    return formats.tile(value, _Percent(), language())


@register.filter
def points(value: Decimal | None) -> SafeString:
    """A change of a fraction, in percentage points."""
    return change(value, _Percent())


class _Percent:
    unit = "percent"


@register.filter
def share(value: Decimal | None) -> str:
    return formats.share(value)


@register.filter
def number(value: Decimal | int | None) -> str:
    return formats.number(value)


@register.filter
def day(value: date | datetime | None) -> str:
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return formats.day(value, language())


@register.filter
def short_day(value: date | None) -> str:
    """Without the year, where the page says it."""
    return formats.NO_VALUE if value is None else formats.short_day(value, language())


@register.filter
def moment(value: datetime | None) -> str:
    if value is not None and timezone.is_aware(value):
        value = timezone.localtime(value)
    return formats.moment(value, language())


@register.filter
def period(value: object) -> str:
    return formats.period(str(value), language())


@register.filter
def short_period(value: object) -> str:
    return formats.short_period(str(value), language())


@register.filter
def duration(seconds: int | None) -> str:
    return formats.duration(seconds, language())
