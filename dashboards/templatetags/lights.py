"""Lights, bars and small lines.

{% light "red" %}                      ■ off plan
{% light "grey" "no_target" %}         ○ no target, "few": too few to say (else: no data)
{% light "yellow" "over" %}            ▲ over plan (where less is better)
{% light "green" at_risk=names %}      ● on plan ◆ at risk: CTR (names or kpis.selectors.at_risk.Risk; nothing if none)
{% at_risk names %}                    the mark alone
{% light_words "red" "2 h over" %}      ■ 2 h over (words of the page's own)
{% light_shape "red" %}                ■ with its word for those who hear it
{% bullet actual expected target metric %}
{% gauge actual target metric %}       half a circle, of a share
{% spark values %}                     for table cells; beside a figure, never alone
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import formats
from common.listing import listed
from dashboards import marks
from dashboards.templatetags.numbers import currency, language

register = template.Library()

SHAPES = {"green": "●", "yellow": "▲", "red": "■", "grey": "○"}
AT_RISK = "◆"
WORDS: dict[str, str | Promise] = {
    "green": gettext_lazy("on plan"),
    "yellow": gettext_lazy("behind"),
    "red": gettext_lazy("off plan"),
    "grey": gettext_lazy("no data"),
    "no_data": gettext_lazy("no data"),
    "no_target": gettext_lazy("no target"),
    "few": gettext_lazy("too few to say"),
    "over": gettext_lazy("over plan"),
    "under": gettext_lazy("under plan"),
    "not_due": gettext_lazy("not due yet"),
    "pool": gettext_lazy("set aside"),
}


@register.simple_tag
def light(status: str, reason: str = "", chip: bool = False, at_risk: Collection[object] = ()) -> SafeString:
    """Shape and word; colour is the third sign. `reason` tells the two greys apart, and too much from too little.

    `at_risk`: the process figures that are off plan, said beside a green light alone.
    """
    status = str(status) if str(status) in SHAPES else "grey"
    word = (
        WORDS.get(str(reason), WORDS[status])
        if status == "grey" or reason in ("over", "under")
        else WORDS[status]
    )
    drawn = format_html(
        '<span class="light light-{}{}"><span class="light-shape" aria-hidden="true">{}</span>{}</span>',
        status,
        " light-chip" if chip else "",
        SHAPES[status],
        word,
    )
    if status != "green" or not at_risk:
        return drawn
    return format_html("{} {}", drawn, at_risk_mark(at_risk))


@register.simple_tag
def light_words(status: str, words: str) -> SafeString:
    """For what has a light and is no figure: the page says in its own words how it stands."""
    return format_html(
        '<span class="light light-{}"><span class="light-shape" aria-hidden="true">{}</span>{}</span>',
        status,
        SHAPES[status],
        words,
    )


@register.simple_tag
def light_shape(status: str, reason: str = "") -> SafeString:
    """Where there is no room for the word, it is in the title."""
    word = WORDS.get(str(reason), WORDS[status]) if reason == "over" else WORDS[status]
    return format_html(
        '<span class="light light-{}" title="{}"><span class="light-shape" aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        status,
        word,
        SHAPES[status],
        word,
    )


@register.simple_tag(name="at_risk")
def at_risk_mark(names: Collection[object]) -> SafeString:
    """The mark alone, where it stands apart from its light; nothing without names."""
    if not names:
        return mark_safe("")
    return format_html(
        '<span class="at-risk"><span class="light-shape" aria-hidden="true">{}</span>{}</span>',
        AT_RISK,
        at_risk_words(names),
    )


def at_risk_words(names: Collection[object]) -> str:
    return _("at risk: %(names)s") % {"names": listed(names)}


@register.simple_tag
def bullet(
    actual: Decimal | None, expected: Decimal | None, target: Decimal | None, metric: formats.Figured
) -> SafeString:
    """The bar of a key figure: actual, a tick where it should be by now, a line at the target."""
    drawn = marks.bullet(actual, expected, target)
    if drawn is None:
        return mark_safe("")
    said = listed(
        f"{name} {formats.tile(value, metric, language(), currency())}"
        for name, value in ((_("Actual"), actual), (_("Expected by now"), expected), (_("Target"), target))
        if value is not None
    )
    parts = ['<rect class="bullet-track" x="0" y="4" width="100" height="8" rx="0"/>']
    if drawn.start is not None:
        parts.append(
            f'<rect class="bullet-actual" x="{drawn.start}" y="4" width="{drawn.length}" height="8"/>'
        )
    if drawn.target is not None:
        parts.append(
            f'<rect class="bullet-target" x="{drawn.target - 0.4:.2f}" y="2" width="0.8" height="12"/>'
        )
    if drawn.expected is not None:
        parts.append(
            f'<rect class="bullet-expected" x="{drawn.expected - 0.6:.2f}" y="0" width="1.2" height="16"/>'
        )
    return format_html(
        '<svg class="bullet" viewBox="0 0 100 16" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        said,
        mark_safe("".join(parts)),  # noqa: S308 - numbers of our own
    )


@register.simple_tag
def gauge(actual: Decimal | None, target: Decimal | None, metric: formats.Figured) -> SafeString:
    """A single share on its scale, a tick at the target; what the ends stand for is written below them."""
    drawn = marks.gauge(actual, target)

    def said(value: Decimal | None) -> str:
        return formats.tile(value, metric, language(), currency())

    words = [_("Actual") + " " + said(actual)]
    if target is not None:
        words.append(_("Target") + " " + said(target))
    tick = ""
    if drawn.target is not None:
        x1, y1, x2, y2 = drawn.target
        tick = f'<line class="gauge-target" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'
    arc = f'<path class="gauge-actual" d="{drawn.arc}"/>' if drawn.arc else ""
    return format_html(
        '<svg class="gauge" viewBox="0 0 200 122" role="img" aria-label="{}"><path class="gauge-track" d="{}"/>{}'
        '<text class="gauge-value" x="100" y="96">{}</text><text class="gauge-end" x="18" y="119">{}</text>'
        '<text class="gauge-end" x="182" y="119">{}</text></svg>',
        listed(words),
        drawn.track,
        mark_safe(arc + tick),  # noqa: S308 - numbers of our own
        said(actual),
        said(Decimal(0)),
        said(drawn.top),
    )


@register.simple_tag
def spark(values: Sequence[Decimal | float | None]) -> SafeString:
    drawn = marks.spark(values)
    if drawn is None:
        return mark_safe("")
    return format_html(
        '<svg class="spark" viewBox="0 0 96 24" aria-hidden="true"><path d="{}"/><circle cx="{}" cy="{}" r="2"/></svg>',
        drawn.path,
        *drawn.last,
    )
