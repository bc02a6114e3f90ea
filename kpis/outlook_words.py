"""Where an open period will probably end, in the reader's language: for the page that says why, tiles and plans.

Pure but for the language and the company's currency: an `Ahead` in, words out.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import formats
from kpis.models import Metric
from kpis.selectors.outlook import Ahead, Record
from organization.selectors.rates import currency_sign


@dataclass(frozen=True)
class Term:
    """A line of figures; `detail` says more in small letters."""

    name: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Brief:
    """For a tile or a row: `¥1.2M`, `¥1.1M – ¥1.3M`, `64% to meet target`, `¥42.3K a day needed`; "" where nothing is to be said."""

    ends: str
    between: str
    chance: str
    needed: str
    full: str  # all of it in exact figures, for hover


def brief(ahead: Ahead | None, metric: Metric) -> Brief | None:
    """None where there is no forecast."""
    if ahead is None or ahead.mean is None or ahead.low is None or ahead.high is None:
        return None
    return Brief(
        ends=_short(ahead.mean, metric),
        between=_("%(low)s to %(high)s")
        % {"low": _short(ahead.low, metric), "high": _short(ahead.high, metric)},
        chance=_chance(ahead),
        needed=_needed(ahead, metric),
        full=_("; ").join(
            [
                f"{one.name}: {one.value}" + (f" ({one.detail})" if one.detail else "")
                for one in terms(ahead, metric)
            ]
        ),
    )


def _chance(ahead: Ahead) -> str:
    if ahead.over:
        return _("over target already") if ahead.lower else _("target reached")
    if ahead.percent is None:
        return ""
    return _("%(percent)s to meet target") % {"percent": _percent(ahead.percent)}


def _needed(ahead: Ahead, metric: Metric) -> str:
    if ahead.needed is None or ahead.over:
        return ""
    words = {"amount": _short(ahead.needed, metric)}
    return (_("at most %(amount)s a day") if ahead.lower else _("needs %(amount)s a day")) % words


def terms(ahead: Ahead | None, metric: Metric) -> list[Term]:
    """In exact figures: the end and its interval, the chance, and what a day has to bring."""
    if ahead is None:
        return []
    if ahead.mean is None:
        return [Term(_("Probably at the end"), formats.NO_VALUE, _("too little history for a forecast"))]
    between = _("80%% of outcomes lie between %(low)s and %(high)s") % {
        "low": _exact(ahead.low, metric),
        "high": _exact(ahead.high, metric),
    }
    said = [Term(_("Probably at the end"), _exact(ahead.mean, metric), between)]
    name = _("Chance of staying within the target") if ahead.lower else _("Chance of reaching the target")
    if ahead.over:
        said.append(Term(name, _("over target already") if ahead.lower else _("target reached")))
    elif ahead.percent is not None:
        said.append(Term(name, _percent(ahead.percent)))
    if ahead.needed is not None:
        lately = (
            _("%(amount)s a day in the last four weeks") % {"amount": _exact(_cents(ahead.recent), metric)}
            if ahead.recent is not None
            else ""
        )
        left = ngettext("for %(n)s day", "for %(n)s days", ahead.days_left) % {"n": ahead.days_left}
        needed = f"{_exact(_cents(ahead.needed), metric)} {left}"
        said.append(Term(_("At most a day") if ahead.lower else _("Needed a day"), needed, lately))
    return said


def record_words(record: Record | None) -> str:
    """How far off earlier forecasts were; "" while nothing is known."""
    if record is None:
        return ""
    return _(
        "Forecasts made %(days)s days before the end or earlier were off by %(off)s in the median;"
        " the interval held in %(held)s of %(n)s."
    ) % {"days": record.days, "off": formats.share(record.off), "held": record.held, "n": record.n}


def _percent(percent: int) -> str:
    """No forecast is surer than 1 or 99%."""
    return "≤ 1%" if percent <= 1 else "≥ 99%" if percent >= 99 else f"{percent}%"


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def _short(value: Decimal, metric: Metric) -> str:
    return formats.tile(value, metric, _language(), currency_sign())


def _exact(value: Decimal | None, metric: Metric) -> str:
    return formats.exact(value, metric, _language(), currency_sign())


def _language() -> str:
    return get_language() or "en"
