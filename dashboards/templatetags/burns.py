"""How money burns, in the cells of a table's row; made here, since a page has many and a template takes twice as long.

{% burn_cells row.burn %}   beside the row's name; needs css/budgets.css; their headings: budgets/_burn_heads.html
"""

from __future__ import annotations

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from budgets.burn import Burn
from budgets.burn_words import MONEY
from common import formats
from dashboards.templatetags.lights import light
from dashboards.templatetags.numbers import brief, rate, short_day

register = template.Library()

DETAIL = '<span class="row-detail">{}</span>'


@register.simple_tag
def burn_cells(burn: Burn) -> SafeString:
    variance, ahead, out = burn.variance, burn.forecast if burn.judged else None, burn.run_out
    frozen: SafeString | str = ""
    if burn.frozen:
        words = conditional_escape(_("%(amount)s frozen")) % {"amount": brief(burn.frozen, MONEY)}
        frozen = format_html(DETAIL, mark_safe(words))  # noqa: S308  (both parts are escaped)
    return format_html(
        '<td class="cell-light">{}</td>'
        '<td class="num" data-label="{}">{}</td>'
        '<td class="num" data-label="{}">{}<span class="row-detail">{}</span></td>'
        '<td class="num" data-label="{}">{}{}</td>'
        '<td class="num" data-label="{}">{}{}</td>'
        '<td class="num" data-label="{}">{}{}</td>'
        '<td class="num" data-label="{}">{}</td>',
        light(burn.light.colour, burn.light.reason),
        _("Planned"),
        brief(burn.total, MONEY),
        _("Used"),
        brief(burn.used, MONEY),
        rate(burn.consumed),
        _("Free"),
        brief(burn.free, MONEY),
        frozen,
        _("Against expected"),
        "+" if variance is not None and variance > 0 else "",
        rate(variance),
        _("Forecast"),
        brief(ahead.mean, MONEY) if ahead else formats.NO_VALUE,
        format_html(
            '<span class="row-detail">{} – {}</span>', brief(ahead.low, MONEY), brief(ahead.high, MONEY)
        )
        if ahead
        else "",
        _("Runs out"),
        short_day(out) if out else formats.NO_VALUE,
    )
