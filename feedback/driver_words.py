"""What the page of drivers says, in the reader's language: that a score goes together with something, never that it causes it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import formats
from feedback.driver_map import Driven, Map, Place
from feedback.drivers import LEAST, Reason
from feedback.models import DriverResult
from feedback.score_words import language, space
from feedback.selectors.drivers import DriversPage
from feedback.services.driving import SEPARATOR

PLACES: dict[Place, str | Promise] = {
    Place.BEGIN: gettext_lazy("Matters, does poorly: begin here"),
    Place.KEEP: gettext_lazy("Matters, does well: keep it up"),
    Place.LATER: gettext_lazy("Matters less, does poorly: later"),
    Place.ENOUGH: gettext_lazy("Matters less, does well: enough is done"),
}


def number(value: Decimal | None, *, signed: bool = False) -> str:
    """With two decimals."""
    if value is None:
        return formats.NO_VALUE
    text = formats.plain(value, least=2, most=2)
    if not text.strip("0."):
        return text
    lead = formats.MINUS if value < 0 else "+" if signed else ""
    return f"{lead}{text}"


def between(low: Decimal | None, high: Decimal | None) -> str:
    if low is None or high is None:
        return formats.NO_VALUE
    return _("%(low)s to %(high)s") % {"low": number(low), "high": number(high)}


def headline(page: DriversPage, found: Map | None) -> str:
    if found is None:
        if page.results:
            return why(page.results[0].why, names_of(page))
        return _("What people rated beside the score, and which of it the score goes together with.")
    begin = found.at(Place.BEGIN)
    said = []
    if begin:
        said.append(
            _(
                "The score goes together with %(name)s (%(effect)s points a point), which does poorly: begin there."
            )
            % {"name": begin[0].name, "effect": number(begin[0].effect)}
        )
    else:
        said.append(_most(found))
    said.append(_("This is company, not cause."))
    return space().join(said)


def _most(found: Map) -> str:
    clear = [one for one, _place in found.drivers if one.low > 0]
    if not clear:
        return _("The score clearly goes together with none of what was rated.")
    most: Driven = max(clear, key=lambda one: one.effect)
    return _("The score goes together with %(name)s the most: %(effect)s points a point.") % {
        "name": most.name,
        "effect": number(most.effect),
    }


def names_of(page: DriversPage) -> dict[str, str]:
    return {one.driver.code: one.driver.label for one in page.results}


def why(text: str, names: Mapping[str, str]) -> str:
    """Why there is no result, and what would help."""
    reason, *named = text.split(SEPARATOR)
    listed = formats.listed([names.get(one, one) for one in named], language())
    match reason:
        case Reason.FEW:
            count, needed = (int(one) if one.isdecimal() else 0 for one in (*named, "", "")[:2])
            return ngettext(
                "Only %(n)s answer rated this and gave the score; it takes %(needed)s.",
                "Only %(n)s answers rated this and gave the score; it takes %(needed)s.",
                count,
            ) % {"n": formats.number(count), "needed": formats.number(needed)}
        case Reason.STILL:
            return _("Nearly everybody rated %(names)s alike, so nothing can be read from it.") % {
                "names": listed
            }
        case Reason.SCORE:
            return _("Everybody gave the same score, so nothing can go together with it.")
        case Reason.TOGETHER:
            first, second = ([names.get(one, one) for one in named] + ["", ""])[:2]
            return _(
                "%(first)s and %(second)s are rated so much alike that they cannot be told apart. Ask for only one of them."
            ) % {"first": first, "second": second}
        case Reason.NONE:
            return _("Too few answers rated any driver.")
    return ""


def nothing(page: DriversPage) -> str:
    """Where there are no rows at all."""
    if not page.looked_at:
        return _(
            "Drivers are worked out for the company, and for single regions, channels and product lines with what lies"
            " directly below them. Choose one of these."
        )
    if page.newest is None:
        return _(
            "Nothing has been worked out yet. It takes answers that rate drivers beside the score: choose drivers for a"
            " survey, or name columns by their codes in a file."
        )
    return ngettext(
        "Fewer than %(n)s answer of the last year rated drivers here. Look at a wider area, or at all customer types.",
        "Fewer than %(n)s answers of the last year rated drivers here. Look at a wider area, or at all customer types.",
        LEAST,
    ) % {"n": LEAST}


def score_name(result: DriverResult | None) -> str:
    if result is not None and result.score == "csat":
        return _("satisfaction (CSAT), 1 to 5")
    return _("the score of 0 to 10 (NPS)")


def as_of(page: DriversPage) -> str:
    newest = page.newest
    if newest is None:
        return ""
    return _("Answers from %(first)s to %(last)s.") % {
        "first": formats.day(newest.first_day, language()),
        "last": formats.day(newest.last_day, language()),
    }


def map_title(found: Map) -> str:
    begin = found.at(Place.BEGIN)
    if not begin:
        return _("Nothing that matters does worse than the rest")
    return _("Matters and does poorly: %(names)s") % {
        "names": formats.listed([one.name for one in begin], language())
    }
