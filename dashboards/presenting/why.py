"""Why a figure has its colour, and where it comes from: in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from common.periods import Grain, Period
from dashboards import wording
from dashboards.addresses import query_of
from dashboards.presenting.common import names_of, reason_of
from dashboards.selectors import Catalog
from dashboards.selectors.explain import Explained, Said
from dashboards.templatetags.numbers import currency, language
from ingest.words import source_name
from kpis import movement_words, pace_words
from kpis.models import Direction, Measure, Metric, Target
from kpis.outlook_words import Term, record_words, terms
from kpis.selectors import Figure
from kpis.selectors.movement import Against


@dataclass(frozen=True)
class SourceSaid:
    name: str
    value: str
    beside: str
    last_day: date | None
    last_import: datetime | None


@dataclass(frozen=True)
class Explanation:
    title: str
    area: str
    status: str
    reason: str
    verdict: str
    terms: tuple[Term, ...]
    formula: str
    working: str
    sources: tuple[SourceSaid, ...]
    estimated: str
    back: str
    ahead: tuple[Term, ...]
    record: str  # how far off earlier forecasts were; "" while nothing is known
    at_risk: tuple[str, ...]
    risk: str  # what puts a green light at risk, with its figures; "" where nothing does
    moved: str  # where it is said why it moved; "" for days of no calendar
    pace: str  # from which shape comes what is due by now
    again: Mapping[str, str]  # what a form posts to have it learnt again; empty where she may not
    year: str  # whose shape that is


def explanation(found: Explained, catalog: Catalog) -> Explanation:
    metric, figure = found.metric, found.figure
    return Explanation(
        title=metric.label,
        area=f"{found.area.name} · {wording.span_words(found.period)}",
        status=figure.status,
        reason=reason_of(figure, metric),
        verdict=_verdict(found),
        terms=tuple(_terms(found)),
        formula=_formula(found, catalog),
        working=_working(found, catalog),
        sources=tuple(_said(one, metric) for one in found.said),
        estimated=_estimated(found),
        back=f"/?{query_of(found.area.nodes, period=str(found.period))}",
        at_risk=names_of(found.risks),
        risk=_risk(found),
        ahead=tuple(terms(found.ahead, metric)),
        record=record_words(found.ahead.record if found.ahead else None),
        moved=_moved(found),
        pace=_pace(found),
        again=_again(found),
        year=formats.period(str(_year(found)), language()),
    )


def _pace(found: Explained) -> str:
    if found.pace is None:
        return ""
    return pace_words.from_what(found.pace, lender=found.lender, fiscal_start=found.period.fiscal_start)


def _year(found: Explained) -> Period:
    return Period.containing(found.period.start, Grain.YEAR, fiscal_start=found.period.fiscal_start)


def _again(found: Explained) -> dict[str, str]:
    if not found.may_learn or not isinstance(found.period, Period):
        return {}
    return {"area": found.area.key, "metric": found.metric.code, "period": str(found.period)}


def _moved(found: Explained) -> str:
    if not isinstance(found.period, Period) or found.figure.value is None:
        return ""
    against = Against.LAST_PERIOD if found.figure.expected is None else Against.EXPECTED
    return movement_words.address(found.area.key, found.metric.code, str(found.period), against)


def _exact(value: Decimal | None, metric: Metric) -> str:
    return formats.exact(value, metric, language(), currency())


def _terms(found: Explained) -> list[Term]:
    metric, figure = found.metric, found.figure
    said = [Term(_("Value"), _exact(figure.value, metric))]
    if figure.target is not None:
        said.append(Term(_("Target"), _exact(figure.target, metric), _origin(found)))
    if figure.expected is not None:
        over = _("%(over)s of %(days)s days are over") % {"over": found.days_over, "days": found.days}
        if not metric.additive:
            over = _("a ratio is due in full at once; %(over)s") % {"over": over}
        elif found.pace is not None:
            days = pace_words.Days(found.days_over, found.days)
            working = pace_words.due_working(figure, found.pace, metric, days)
            over = working + _("; ") + over if working else over
        said.append(Term(_("Due by now"), _exact(figure.expected, metric), over))
    if figure.attainment is not None:
        said.append(
            Term(_("Attainment"), formats.share(figure.attainment), _attainment_words(figure, metric))
        )
    said.append(Term(_("Thresholds"), _thresholds(metric)))
    return said


def _attainment_words(figure: Figure, metric: Metric) -> str:
    """The rule, and the same with its figures."""
    working = pace_words.attainment_working(figure, metric)
    rule = _attainment_rule(metric)
    return _("%(rule)s: %(working)s") % {"rule": rule, "working": working} if working else rule


def _attainment_rule(metric: Metric) -> str:
    if metric.direction == Direction.LOWER:
        return _("due ÷ value, since lower is better")
    if metric.direction == Direction.BAND:
        return _("100% inside the band, less the farther outside")
    return _("value ÷ due")


def _thresholds(metric: Metric) -> str:
    words = {"green": _percent(metric.green_from), "yellow": _percent(metric.yellow_from)}
    text = _("green from %(green)s of plan, yellow from %(yellow)s, red below") % words
    if metric.direction == Direction.BAND:
        edges = {"low": _exact(metric.band_low, metric), "high": _exact(metric.band_high, metric)}
        return _("%(low)s to %(high)s") % edges + _("; ") + text
    return text


def _percent(share: Decimal) -> str:
    return f"{formats.plain(Decimal(share) * 100, most=1)}%"


def _verdict(found: Explained) -> str:
    """The one sentence that answers "why this colour"."""
    metric, figure = found.metric, found.figure
    if figure.value is None:
        return _("There is no light, because nothing was reported for it.")
    if figure.few and metric.least_base is not None:
        return _("There is no light: it rests on fewer than %(n)s, too few to judge by.") % {
            "n": formats.number(metric.least_base)
        }
    if figure.target is None and metric.direction != Direction.BAND:
        return _("There is no light, because there is no target for it.")
    if figure.status == "grey":
        return _("There is no light yet: the period has not begun.")
    said = wording.gap(figure, metric)
    reached = formats.share(figure.attainment) if figure.attainment is not None else ""
    words = {
        "said": said,
        "reached": reached,
        "green": _percent(metric.green_from),
        "yellow": _percent(metric.yellow_from),
    }
    if not reached:
        return _("%(said)s.") % words if said else ""
    if figure.status == "green":
        return _("Green: %(said)s, which is %(reached)s; green begins at %(green)s.") % words
    if figure.status == "yellow":
        return (
            _("Yellow: %(said)s, which is %(reached)s; green begins at %(green)s, yellow at %(yellow)s.")
            % words
        )
    return _("Red: %(said)s, which is %(reached)s; yellow begins at %(yellow)s.") % words


def _risk(found: Explained) -> str:
    """What leads to it and is off plan, each with its value and what was due."""
    if not found.risks:
        return ""
    said = []
    for metric, figure in ((risk.metric, risk.figure) for risk in found.risks):
        words = {
            "metric": wording.name_in_sentence(metric),
            "value": _exact(figure.value, metric),
            "due": _exact(figure.expected, metric),
            "share": formats.share(figure.attainment),
        }
        if figure.expected is None:
            said.append(_("%(metric)s at %(value)s (%(share)s)") % words)
        else:
            said.append(_("%(metric)s at %(value)s of %(due)s due by now (%(share)s)") % words)
    return _("At risk, since what leads to it is off plan: %(figures)s.") % {"figures": _("; ").join(said)}


def _origin(found: Explained) -> str:
    """Whose version, when set, and how it came to hold for this period."""
    origin = found.origin
    if origin is None or not origin.versions:
        return ""
    newest = max(origin.versions, key=lambda one: one.set_at)
    held = _version(newest)
    words = {"held": held, "count": len(origin.versions)}
    match origin.how:
        case "own":
            return held
        case "summed":
            return (
                ngettext(
                    "the sum of %(count)s target within; the newest is %(held)s",
                    "the sum of %(count)s targets within; the newest is %(held)s",
                    len(origin.versions),
                )
                % words
            )
        case "shared":
            return _("these days' share of the month; %(held)s") % words
    period = {"month": _("the month"), "quarter": _("the quarter"), "year": _("the year")}[newest.grain]
    return _("taken from %(period)s; %(held)s") % {**words, "period": period}


def _version(target: Target) -> str:
    words = {"version": target.version, "day": formats.day(target.set_at.date(), language())}
    if target.set_by is None:
        return _("version %(version)s, set on %(day)s") % words
    return _("version %(version)s, set by %(who)s on %(day)s") % {**words, "who": target.set_by.label}


def _names(catalog: Catalog) -> dict[str, str]:
    chinese = formats.is_chinese(language())
    return {
        code: measure.name_zh if chinese and measure.name_zh else measure.name
        for code, measure in catalog.measures.items()
    }


def _formula(found: Explained, catalog: Catalog) -> str:
    return found.formula.sentence(_names(catalog))


def _working(found: Explained, catalog: Catalog) -> str:
    """The formula with the sums in their places; "" where an amount is missing or the formula is a plain sum."""
    if found.formula.missing(found.amounts) or found.formula.denominator is None:
        return ""
    written = {code: _amount(found.amounts[code], catalog.measures[code]) for code in found.formula.codes}
    return found.formula.sentence(written)


def _amount(value: Decimal | None, measure: Measure) -> str:
    return formats.exact(value, measure, language(), currency())


def _said(one: Said, metric: Metric) -> SourceSaid:
    return SourceSaid(
        name=source_name(one.source),
        value=_exact(one.value, metric) if one.value is not None else "",
        beside=_exact(one.beside, metric) if one.beside is not None else "",
        last_day=one.last_day,
        last_import=one.last_import,
    )


def _estimated(found: Explained) -> str:
    days = found.estimated_days
    if not days:
        return ""
    return ngettext(
        "%(days)s day is an estimate, spread from a longer period.",
        "%(days)s days are estimates, spread from a longer period.",
        days,
    ) % {"days": days}
