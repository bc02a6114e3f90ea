"""What the overview says about its figures, in the reader's language. Pure: selector results in, sentences out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import formats
from dashboards.selectors import Compared, Overview, Part, Spend, Split
from dashboards.selectors.shapes import RESULTS
from dashboards.spans import LastDays, Span
from dashboards.templatetags.numbers import currency, language
from kpis.models import Direction, Metric, Unit
from kpis.selectors import Figure
from kpis.selectors.at_risk import Risk
from organization.models import Node

# Of what a split consists, several of them, as they stand in a sentence.
KINDS: dict[str, str | Promise] = {
    "channel": gettext_lazy("channels"),
    "campaign": gettext_lazy("campaigns"),
    "content": gettext_lazy("content pieces"),
    "region": gettext_lazy("regions"),
    "province": gettext_lazy("provinces"),
    "city": gettext_lazy("cities"),
    "store": gettext_lazy("stores"),
    "product_line": gettext_lazy("product lines"),
    "product": gettext_lazy("products"),
}


def kind_of(split: Split) -> str:
    return kind_of_node(split.parts[0].node) if split.parts else ""


def kind_of_node(node: Node) -> str:
    return str(KINDS[node.kind])


def heading_of(split: Split) -> str:
    kind = kind_of(split)
    return kind[:1].upper() + kind[1:]


def period_words(page: Overview) -> str:
    return span_words(page.period)


def span_words(period: Span) -> str:
    if isinstance(period, LastDays):
        return _("the %(days)s days to %(day)s") % {"days": period.days, "day": day_words(period.end)}
    return formats.period(str(period), language())


def short_span(period: Span) -> str:
    """Where the page has said which year."""
    if isinstance(period, LastDays):
        return _("the %(days)s days before") % {"days": period.days}
    return formats.short_period(str(period), language())


def tile(value: Decimal | None, metric: Metric) -> str:
    return formats.tile(value, metric, language(), currency())


def day_words(day: date) -> str:
    return formats.short_day(day, language())


def name_in_sentence(metric: Metric) -> str:
    """`New customers` → `new customers`; `ROAS` stays."""
    label = metric.label
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def percent(fraction: Decimal) -> str:
    """A gap: whole percent from ten on, else one decimal."""
    size = abs(fraction) * 100
    rounded = size.quantize(Decimal(1) if size >= 10 else Decimal("0.1"), rounding=ROUND_HALF_UP)
    return f"{formats.plain(rounded, most=1)}%"


def gap(figure: Figure, metric: Metric) -> str:
    """How far a figure is from what is due by now: "43% behind plan", "1.09 against 2.50 planned"; "" without plan."""
    if figure.value is None or figure.expected is None:
        return ""
    if not metric.additive or figure.expected <= 0:
        words = {
            "value": formats.exact(figure.value, metric, language(), currency()),
            "plan": formats.exact(figure.expected, metric, language(), currency()),
        }
        return _("%(value)s against %(plan)s planned") % words
    moved = figure.value / figure.expected - 1
    if percent(moved) == "0%":
        return _("on plan") if figure.status == "green" else _("just off plan")
    words = {"share": percent(moved)}
    if metric.direction == Direction.LOWER:
        return over_or_under(moved)
    return (_("%(share)s ahead of plan") if moved > 0 else _("%(share)s behind plan")) % words


def over_or_under(moved: Decimal) -> str:
    """Of what should be low: "7% over plan"."""
    if percent(moved) == "0%":
        return _("on plan")
    words = {"share": percent(moved)}
    return (_("%(share)s over plan") if moved > 0 else _("%(share)s under plan")) % words


def trouble(part: Part, page: Overview) -> str:
    """What is wrong with a part, with its name."""
    return _("%(name)s: %(what)s") % {"name": part.node.label, "what": what_is_wrong(part, page, within=True)}


def what_is_wrong(part: Part, page: Overview, *, within: bool = False) -> str:
    """The same without it; `within` a sentence it begins small."""
    if part.loses and part.lost is not None and page.through is not None:
        return _("%(amount)s more spent than earned in the two weeks to %(day)s") % {
            "amount": tile(part.lost, page.metrics["cost"]),
            "day": day_words(page.through),
        }
    if not part.worst:
        return _("an alert is open")
    metric, figure = page.metrics[part.worst], part.figure(part.worst)
    if part.at_risk:
        risk = part.at_risk[0]
        result = next(code for code in RESULTS if risk in part.risks.get(code, ()))
        words = {"said": off_plan(risk, within=within), "result": name_in_sentence(page.metrics[result])}
        return _("%(said)s, though %(result)s is on plan") % words
    name = name_in_sentence(metric) if within else metric.label
    said = _("%(metric)s %(gap)s") % {"metric": name, "gap": gap(figure, metric)}
    before = part.before.get(part.worst)
    if figure.status == "red" and before is not None and before.status == "red" and metric.additive:
        words = {
            "said": said,
            "gap": gap(before, metric),
            "period": short_span(page.compared.period),
        }
        return _("%(said)s, after %(gap)s in %(period)s") % words
    return said


def off_plan(risk: Risk, *, within: bool = False) -> str:
    """A figure that puts a result at risk, with what was planned: "CTR 1.7% against 3.5% planned"."""
    name = name_in_sentence(risk.metric) if within else risk.metric.label
    said = gap(risk.figure, risk.metric) or formats.exact(
        risk.figure.value, risk.metric, language(), currency()
    )
    return _("%(metric)s %(gap)s") % {"metric": name, "gap": said}


def detail(part: Part, page: Overview) -> str:
    """Why the light of a row is not green, or at risk; "" where it is green and nothing more."""
    if part.loses and part.lost is not None:
        return _("%(amount)s more spent than earned") % {"amount": tile(part.lost, page.metrics["cost"])}
    if part.at_risk:
        return off_plan(part.at_risk[0])
    if part.status not in ("red", "yellow"):
        return ""
    metric = page.metrics[part.worst]
    return _("%(metric)s %(gap)s") % {"metric": metric.label, "gap": gap(part.figure(part.worst), metric)}


def headline(page: Overview) -> str:
    """The one line that says it."""
    words = {"period": period_words(page)}
    if not page.has_values:
        if page.newest is None:
            return _("No figures yet. They appear here once a file has been imported.")
        return _("No figures for %(period)s.") % words
    if not page.has_targets:
        return (
            _("No targets for %(period)s yet, so there are no lights: set some to see what leans off plan.")
            % words
        )
    losing = next((part for part in page.troubles if part.loses), None)
    counted = _counted(page)
    if page.figure("revenue").status == "red":
        # The area itself is the news.
        return _joined(
            own_words("revenue", page), _loss(losing, page) if losing else _counted(page, within=True)
        )
    worst = next((part for part in page.troubles if part.status == "red" or part.at_risk), None)
    if losing:
        return _joined(counted or own_words("revenue", page), _loss(losing, page))
    if worst:
        return _joined(counted or own_words("revenue", page), trouble(worst, page))
    if counted:
        return _joined(counted, own_words("revenue", page, within=True))
    return _joined(own_words("revenue", page), "")


def _joined(first: str, second: str) -> str:
    if not second:
        return _("%(first)s.") % {"first": first}
    return _("%(first)s; %(second)s.") % {"first": first, "second": second}


def _counted(page: Overview, *, within: bool = False) -> str:
    """How many of the parts are behind; "" where fewer than two have a plan."""
    split = page.split
    if split is None or len(split.judged) < 2:
        return ""
    words = {"all": len(split.judged), "kinds": kind_of(split), "behind": len(split.behind)}
    if not split.behind:
        if within:
            return _("all %(all)s %(kinds)s with a revenue plan are on it") % words
        return _("All %(all)s %(kinds)s with a revenue plan are on it") % words
    if 2 < len(split.behind) == len(split.judged):
        if within:
            return _("all %(all)s %(kinds)s are behind their revenue plan") % words
        return _("All %(all)s %(kinds)s are behind their revenue plan") % words
    return (
        ngettext(
            "%(behind)s of %(all)s %(kinds)s is behind its revenue plan",
            "%(behind)s of %(all)s %(kinds)s are behind their revenue plan",
            len(split.behind),
        )
        % words
    )


def _loss(part: Part, page: Overview) -> str:
    return _("%(name)s spent %(amount)s more than it earned in the two weeks to %(day)s") % {
        "name": part.node.label,
        "amount": tile(part.lost, page.metrics["cost"]),
        "day": day_words(page.through or page.complete),
    }


def own_words(code: str, page: Overview, *, within: bool = False) -> str:
    """How the area itself stands: "Revenue is 8% behind plan". `within` a sentence it begins small."""
    metric, figure = page.metrics[code], page.figure(code)
    name = name_in_sentence(metric) if within else metric.label
    if figure.value is None:
        return _("%(metric)s: no figures") % {"metric": name}
    against = gap(figure, metric)
    if against:
        return _("%(metric)s is %(gap)s") % {"metric": name, "gap": against}
    before = page.compared.figures.get(code)
    moved = formats.change_between(figure.value, before.value if before else None, metric)
    if moved is None:
        return _("%(metric)s is %(value)s") % {"metric": name, "value": tile(figure.value, metric)}
    size = percent(moved)
    if metric.unit == Unit.PERCENT:  # which moves in points
        size = formats.change(abs(moved), metric, language()).lstrip("+")
    words = {"metric": name, "share": size, "since": since(page.compared)}
    if moved >= 0:
        return _("%(metric)s is up %(share)s %(since)s") % words
    return _("%(metric)s is down %(share)s %(since)s") % words


def since(compared: Compared) -> str:
    """What the change is measured against."""
    if isinstance(compared.period, LastDays):
        return _("on %(period)s") % {"period": short_span(compared.period)}
    words = {"period": short_span(compared.period)}
    if compared.same_days:
        return _("on the same days of %(period)s") % words
    return _("on %(period)s") % words


def roas_title(split: Split, metrics: Mapping[str, Metric]) -> str:
    """What the bars of a split show."""
    metric = metrics["roas"]
    drawn = [part for part in split.parts if part.figure("roas").value is not None]
    judged = [part for part in drawn if part.figure("roas").attainment is not None]
    worst = min(judged, key=lambda part: part.figure("roas").attainment or Decimal(0), default=None)
    if worst is not None and worst.figure("roas").status in ("red", "yellow"):
        words = {"name": worst.node.label, "metric": metric.label, "gap": gap(worst.figure("roas"), metric)}
        return _("%(name)s is farthest below plan: %(metric)s %(gap)s") % words
    if worst is not None:
        return _("All %(kinds)s return what was planned, or more") % {"kinds": kind_of(split)}
    best = max(drawn, key=lambda part: part.figure("roas").value or Decimal(0))
    return _("Highest return: %(name)s, %(value)s") % {
        "name": best.node.label,
        "value": tile(best.figure("roas").value, metric),
    }


def spend_title(found: Spend) -> str:
    """Who takes most of the money."""
    sizes: dict[int, Decimal] = {}
    for (_month, pk), amount in found.amounts.items():
        sizes[pk] = sizes.get(pk, Decimal(0)) + amount
    most = max(found.nodes, key=lambda pk: sizes.get(pk, Decimal(0)))
    whole = sum(sizes.values(), Decimal(0))
    words = {
        "name": found.nodes[most].label,
        "share": percent(sizes[most] / whole) if whole else "0%",
        "months": len(found.months),
    }
    return (
        ngettext(
            "%(name)s took %(share)s of the spending of %(months)s month",
            "%(name)s took %(share)s of the spending of %(months)s months",
            len(found.months),
        )
        % words
    )


def age_words(days: int) -> str:
    """How far a source is behind the last whole day."""
    if days == 0:
        return _("up to date")
    return ngettext("%(days)s day behind", "%(days)s days behind", days) % {"days": days}


def so_many(period: Span, count: int) -> str:
    """13 months."""
    said = {
        "day": ngettext("%(count)s day", "%(count)s days", count),
        "week": ngettext("%(count)s week", "%(count)s weeks", count),
        "month": ngettext("%(count)s month", "%(count)s months", count),
        "quarter": ngettext("%(count)s quarter", "%(count)s quarters", count),
        "year": ngettext("%(count)s year", "%(count)s years", count),
    }
    return said.get(str(period.grain), _("%(count)s times as many days")) % {"count": count}


def course(line: Sequence[Decimal | None], metric: Metric) -> str:
    """A small line for those who do not see it: where it began, where it is, how low and how high it was."""
    known = [value for value in line if value is not None]
    if len(known) < 2:
        return ""
    said = [tile(value, metric) for value in (known[0], known[-1], min(known), max(known))]
    return _("from %(first)s to %(last)s, between %(low)s and %(high)s") % dict(
        zip(("first", "last", "low", "high"), said, strict=True)
    )


def since_head(compared: Compared) -> str:
    """What changes are measured on, as the heading of a column."""
    said = since(compared)
    return said[:1].upper() + said[1:]
