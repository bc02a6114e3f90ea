"""{{ minutes|working }} 3 h 20 min of working time;  {% part row.repeats row.complaints %} 12%;  {% clock_bar clock %}"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from feedback import board_words, due_words
from feedback.selectors.complaint_page import ClockBar

register = template.Library()

register.filter("working", due_words.working)
register.simple_tag(board_words.part, name="part")


@register.simple_tag
def clock_bar(clock: ClockBar) -> SafeString:
    """Used of the time, with a tick where it is warned. What went over fills the bar; words say how far."""
    share = min(clock.used, 1)
    return format_html(
        '<svg class="clock-bar{}" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="clock-track" x="0" y="2" width="100" height="6"/>'
        '<rect class="clock-used" x="0" y="2" width="{}" height="6"/>'
        '<rect class="clock-warn" x="{}" y="0" width="0.8" height="10"/></svg>',
        " clock-paused" if clock.paused else "",
        _("%(name)s: %(share)s%% of the time used") % {"name": clock.name, "share": round(clock.used * 100)},
        f"{share * 100:.1f}",
        f"{clock.warn * 100:.1f}",
    )
