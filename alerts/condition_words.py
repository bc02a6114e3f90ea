"""Conditions in words: what a level asks for, and how a figure stands against it. In the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.conditions import (
    Amount,
    Attainment,
    Change,
    Combined,
    Condition,
    ConditionError,
    Dynamic,
    Stale,
    parse,
)
from alerts.models import EpisodeEvent
from common import formats
from kpis.models import Metric

LEARNT = ("low", "expected", "high", "base", "age")  # what `as_seen` adds to a condition


def condition_words(stored: Mapping[str, Any] | None, metric: Metric, language: str) -> str:
    """`under 85% of plan`, `over ¥1.2M`, `20% down on last year`; "" for what cannot be read."""
    condition = read_seen(stored)
    return _asked(condition, metric, language) if condition else ""


def standing_words(event: EpisodeEvent, metric: Metric, language: str) -> str:
    """How the figure of an event stands against its condition: `¥1.2M, usually ¥2.1M to ¥2.6M`."""
    value = formats.tile(event.value, metric, language)
    stored = event.condition or {}
    match stored.get("kind"):
        case "attainment":
            return _("%(share)s of plan") % {"share": formats.share(event.attainment)}
        case "change" if event.value is not None and stored.get("base") is not None:
            return _("%(value)s, %(change)s") % {
                "value": value,
                "change": _changed(event.value, Decimal(stored["base"]), stored, metric, language),
            }
        case "dynamic" if "expected" in stored:
            ends = {
                end: formats.tile(Decimal(stored[end]), metric, language)
                for end in ("low", "high")
                if end in stored
            }
            if len(ends) == 2:
                return _("%(value)s, usually %(low)s to %(high)s") % {"value": value, **ends}
            said = (
                _("%(value)s, usually %(low)s or more")
                if "low" in ends
                else _("%(value)s, usually %(high)s or less")
            )
            return said % {"value": value, **ends}
        case "stale" if "age" in stored:
            days = int(stored["age"])
            return ngettext("no new data for %(n)s day", "no new data for %(n)s days", days) % {"n": days}
        case _:
            return value


def read_seen(stored: Mapping[str, Any] | None) -> Condition | None:
    """The condition of an event, without what was learnt for it; None where it cannot be read."""
    try:
        return parse(_bare(stored or {}))
    except ConditionError:
        return None


def _bare(stored: Mapping[str, Any]) -> dict[str, Any]:
    bare = {key: value for key, value in stored.items() if key not in LEARNT}
    if isinstance(bare.get("of"), list):
        bare["of"] = [_bare(one) for one in bare["of"]]
    return bare


def _asked(condition: Condition, metric: Metric, language: str) -> str:
    match condition:
        case Attainment():
            sides = [(False, formats.share(condition.below)), (True, formats.share(condition.above))]
            return _sides(condition, sides, _("%(limit)s of plan"))
        case Amount():
            tiles = [
                (over, formats.tile(limit, metric, language))
                for over, limit in ((False, condition.below), (True, condition.above))
            ]
            words = _sides(condition, tiles, "%(limit)s")
            return _("%(words)s, once the period is over") % {"words": words} if condition.whole else words
        case Change():
            return _change_asked(condition, language)
        case Dynamic():
            said = {
                "low": _("unusually low (one false alarm in %(n)s)"),
                "high": _("unusually high (one false alarm in %(n)s)"),
            }.get(condition.direction, _("unusual (one false alarm in %(n)s)"))
            words = said % {"n": condition.one_in}
            if condition.least:
                words += ", " + _("by at least %(least)s") % {
                    "least": formats.tile(condition.least, metric, language)
                }
            return words
        case Stale():
            return ngettext(
                "no new data for more than %(n)s day", "no new data for more than %(n)s days", condition.days
            ) % {"n": condition.days}
        case Combined():
            between = _(" and ") if condition.every else _(" or ")
            return between.join(_asked(one, metric, language) for one in condition.of)
        case _:
            return ""


def _sides(condition: Attainment | Amount, sides: list[tuple[bool, str]], form: str) -> str:
    said = []
    for over, text in sides:
        if (condition.above if over else condition.below) is None:
            continue
        words = (
            (_("%(limit)s or more") if over else _("%(limit)s or less"))
            if condition.inclusive
            else (_("over %(limit)s") if over else _("under %(limit)s"))
        )
        said.append(words % {"limit": form % {"limit": text}})
    return _(" or ").join(said)


def _change_asked(condition: Change, language: str) -> str:
    against = _("on last year") if condition.on == "year" else _("on the period before")
    said = []
    for limit in (condition.below, condition.above):
        if limit is not None:
            said.append(_signed(limit, points=condition.points, language=language))
    if len(said) == 2:
        return _("outside %(low)s to %(high)s %(against)s") % {
            "low": said[0], "high": said[1], "against": against,
        }  # fmt: skip
    words = _("under %(change)s %(against)s") if condition.above is None else _("over %(change)s %(against)s")
    return words % {"change": said[0], "against": against}


def _changed(value: Decimal, base: Decimal, stored: Mapping[str, Any], metric: Metric, language: str) -> str:
    points = bool(stored.get("points"))
    against = _("on last year") if stored.get("on") == "year" else _("on the period before")
    if points:
        moved = _signed(value - base, points=True, language=language)
    elif base:
        moved = _signed((value - base) / abs(base), points=False, language=language)
    else:
        return formats.NO_VALUE
    return f"{moved} {against}"


def _signed(change: Decimal, *, points: bool, language: str) -> str:
    """A share as +12.3%; points of a percentage as +1.2 pp."""
    sign = "+" if change > 0 else formats.sign(change)
    text = formats.plain(abs(change) * 100, most=1)
    if not points:
        return f"{sign}{text}%"
    return f"{sign}{text} 个百分点" if formats.is_chinese(language) else f"{sign}{text} pp"
