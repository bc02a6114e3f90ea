"""The sentences above pages of topics. In the active language."""

from __future__ import annotations

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import formats
from feedback import mean_words
from feedback.selectors.comment_filter import Asked, Standing
from feedback.selectors.topics import SubjectPage, TopicsPage


def period(asked: Asked) -> str:
    """August to October 2026."""
    language = get_language() or "en"
    last = formats.period(f"{asked.last:%Y-%m}", language)
    if asked.months == 1:
        return last
    return _("%(first)s to %(last)s") % {
        "first": formats.period(f"{asked.first:%Y-%m}", language), "last": last,
    }  # fmt: skip


def topics_said(page: TopicsPage) -> str:
    """What scores lowest, and what changed most."""
    if page.frame.run is None:
        return _("Comments have not been read yet.")
    large = [row for row in page.rows if not row.standing.small]
    if not page.rows:
        return _("Nobody wrote a comment on a topic here in this time.")
    if not large:
        return _("There are too few scores here to say which topic scores lowest.")
    first = large[0]
    said = ngettext(
        "%(topic)s scores lowest: %(score)s of 10 over %(count)s score.",
        "%(topic)s scores lowest: %(score)s of 10 over %(count)s scores.",
        first.standing.effect.after.count,
    ) % {
        "topic": first.topic.label, "score": mean_words.mean(first.standing.mean),
        "count": formats.number(first.standing.effect.after.count),
    }  # fmt: skip
    if page.moved:
        most = page.moved[0]
        moved = _("%(topic)s changed most: %(change)s on the period before.") % {
            "topic": most.topic.label,
            "change": mean_words.change(most.standing.effect.change.value),
        }
    else:
        moved = _("No topic changed by more than chance.")
    return said + ("" if formats.is_chinese(get_language() or "en") else " ") + moved


def subject_said(page: SubjectPage) -> str:
    one = page.standing
    if not one.comments:
        return _("Nobody wrote about this here in %(period)s.") % {"period": period(page.frame.asked)}
    if one.mean is None:
        return _("No comment about this here came with a score of 0 to 10.")
    if one.small:
        return _("%(score)s of 10, but over so few scores (n=%(n)s) that it says little.") % {
            "score": mean_words.mean(one.mean), "n": formats.number(one.effect.after.count),
        }  # fmt: skip
    between = mean_words.interval(one.effect.after)
    return _("%(score)s of 10 (n=%(n)s), between %(between)s with 95%% confidence.") % {
        "score": mean_words.mean(one.mean), "n": formats.number(one.effect.after.count), "between": between,
    } + change_said(one)  # fmt: skip


def change_said(one: Standing) -> str:
    space = "" if formats.is_chinese(get_language() or "en") else " "
    if not one.comments_before or one.effect.before.value is None:
        return ""
    before = mean_words.mean(one.effect.before.value)
    if one.moved:
        return space + _("It was %(before)s in the period before.") % {"before": before}
    return space + _("It was %(before)s in the period before; that may be chance.") % {"before": before}
