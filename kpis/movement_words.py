"""Why a figure moved, in the reader's language: sentences, and the tables and notes of the piece that pages include.

Pure but for the language and the company's currency: a `Movement` in, words out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from common import formats
from common.listing import listed
from common.periods import Period
from kpis import movement_charts
from kpis.change import REST, exact_sum, shown
from kpis.models import Metric
from kpis.selectors.movement import Against, Moved, Movement, NearEvent, Split
from organization.models import Node
from organization.selectors.rates import currency_sign

ROWS = 12  # parts that are listed; the others are one row
# Decimals of effects as they are written, in the metric's own unit: 0.0123 of a percentage is 1.23 points.
PLACES = {"money": 2, "percent": 4, "ratio": 3, "count": 2}

BY_KIND: dict[str, str | Promise] = {
    "channel": gettext_lazy("By channel"),
    "campaign": gettext_lazy("By campaign"),
    "content": gettext_lazy("By content piece"),
    "region": gettext_lazy("By region"),
    "province": gettext_lazy("By province"),
    "city": gettext_lazy("By city"),
    "store": gettext_lazy("By store"),
    "product_line": gettext_lazy("By product line"),
    "product": gettext_lazy("By product"),
}
AGAINST: dict[Against, str | Promise] = {
    Against.EXPECTED: gettext_lazy("Plan"),
    Against.LAST_PERIOD: gettext_lazy("Period before"),
    Against.LAST_YEAR: gettext_lazy("Last year"),
}


def language() -> str:
    return get_language() or "en"


# -- Sentences ----------------------------------------------------------------------------------------


def sentence(found: Movement) -> str:
    """What moved, and its three biggest causes: for alerts, mails and the top of a page."""
    return " ".join(part for part in (headline(found), causes(found)) if part)


def headline(found: Movement) -> str:
    """ "Revenue fell by ¥82K (12%) on September." """
    words = {"metric": found.metric.label, "since": _since(found)}
    if found.days is None:
        return _("%(metric)s: the period has not begun yet.") % words
    if found.after is None:
        return _("%(metric)s: nothing was reported for it.") % words
    if found.change is None or found.before is None:
        words["value"] = _tile(found.after, found.metric)
        if found.against == Against.EXPECTED:
            return _("%(metric)s is %(value)s; there is no target to hold it against.") % words
        return _("%(metric)s is %(value)s; there is no figure to hold it against.") % words
    words["amount"] = effect(abs(found.change), found.metric).lstrip("+")
    fraction = formats.change_between(found.after, found.before, found.metric)
    if fraction is not None and found.metric.unit != "percent":
        words["amount"] = _("%(amount)s (%(share)s)") % {
            "amount": words["amount"],
            "share": _percent(fraction),
        }
    if not found.change:
        if found.against == Against.EXPECTED:
            return _("%(metric)s is what was due.") % words
        return _("%(metric)s stayed as it was, %(since)s.") % words
    if found.against == Against.EXPECTED:
        if found.change > 0:
            return _("%(metric)s is %(amount)s over what was due.") % words
        return _("%(metric)s is %(amount)s short of what was due.") % words
    if found.change > 0:
        return _("%(metric)s rose by %(amount)s %(since)s.") % words
    return _("%(metric)s fell by %(amount)s %(since)s.") % words


def causes(found: Movement) -> str:
    """ "Most of it: Search −¥1.5K. The other way: Video +¥400." """
    change = found.change
    if not change or found.main is None:
        return ""
    along = [one for one in found.causes if (one.part.effect > 0) == (change > 0)]
    other = [one for one in found.causes if one not in along]
    said = []
    for label, some in ((_("Most of it: %(parts)s."), along), (_("The other way: %(parts)s."), other)):
        if some:
            said.append(label % {"parts": listed(cause(one, found) for one in some)})
    return " ".join(said)


def cause(moved: Moved, found: Movement) -> str:
    return _("%(name)s %(effect)s") % {
        "name": name_of(moved, found.main),
        "effect": effect(moved.part.effect, found.metric),
    }


def name_of(moved: Moved, split: Split | None) -> str:
    if moved.node is not None:
        return moved.node.label
    if moved.others:
        return _("other areas")
    if split is not None and split.planned:
        return _("without a target of their own")
    return _("not split")


def _since(found: Movement) -> str:
    """What it is held against: "on September", "on the same days of September"."""
    if found.against == Against.EXPECTED:
        return ""
    words = {"period": period_words(found.compared)}
    return (_("on the same days of %(period)s") if found.partial else _("on %(period)s")) % words


def in_sentence(label: str) -> str:
    """`New customers` → `new customers`; `ROAS` stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def period_words(period: Period) -> str:
    return formats.period(str(period), language())


def _percent(fraction: Decimal) -> str:
    size = abs(fraction) * 100
    step = Decimal(1) if size >= 10 else Decimal("0.1")
    return f"{formats.plain(size.quantize(step, rounding=ROUND_HALF_UP), most=1)}%"


def _tile(value: Decimal, metric: Metric) -> str:
    return formats.tile(value, metric, language(), currency_sign())


def effect(value: Decimal, metric: Metric) -> str:
    """A change with its sign, three digits: +¥1.2K, −1.3 pp."""
    sign = "+" if value > 0 else formats.MINUS if value < 0 else ""
    if metric.unit == "percent":
        return f"{sign}{formats.plain(formats.three_digits(abs(value) * 100), most=2)}{_points()}"
    return sign + formats.tile(abs(value), metric, language(), currency_sign())


def exact_effect(value: Decimal | None, metric: Metric) -> str:
    """The same for tables: with the decimals of PLACES."""
    if value is None:
        return formats.NO_VALUE
    sign = "+" if value > 0 else formats.MINUS if value < 0 else ""
    if metric.unit == "percent":
        return f"{sign}{formats.plain(abs(value) * 100, least=2, most=2)}{_points()}"
    most = PLACES.get(metric.unit, 2)
    text = formats.plain(abs(value), least=0 if metric.unit == "count" else most, most=most)
    return f"{sign}{currency_sign()}{text}" if metric.unit == "money" else f"{sign}{text}"


def _points() -> str:
    return " 个百分点" if formats.is_chinese(language()) else " pp"


# -- The piece ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """One of volume, rate and mix, with what it is made of in small letters."""

    name: str
    value: str
    detail: str = ""


@dataclass(frozen=True)
class Row:
    name: str
    before: str
    after: str
    effect: str
    pieces: tuple[tuple[str, str], ...]  # label and value of volume, rate, mix
    url: str = ""
    muted: bool = False


@dataclass(frozen=True)
class Table:
    """The change by one dimension. `heads` of the pieces that its rows have."""

    title: str
    rows: tuple[Row, ...]
    total: Row
    heads: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Way:
    """Another state to hold it against."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class Piece:
    """For `kpis/_movement.html`."""

    title: str
    headline: str
    causes: str
    terms: tuple[Term, ...]
    tables: tuple[Table, ...]
    before: str  # what the column of the state before is called
    after: str
    chart: dict[str, Any] | None
    chart_title: str
    now: tuple[NearEvent, ...]
    then: tuple[NearEvent, ...]
    then_words: str
    url: str


def piece(found: Movement) -> Piece:
    before, after = _heads(found)
    tables = tuple(
        _table(split, found) for split in sorted(found.splits, key=lambda one: one is not found.main)
    )
    return Piece(
        title=_("Why %(metric)s moved") % {"metric": in_sentence(found.metric.label)},
        headline=headline(found),
        causes=causes(found),
        terms=tuple(_terms(found)),
        tables=tables,
        before=before,
        after=after,
        chart=_chart(found),
        chart_title=_chart_title(found),
        now=tuple(event for event in found.events if event.now),
        then=tuple(event for event in found.events if not event.now),
        then_words=_beside_words(found),
        url=address(found.area, found.metric.code, str(found.period), found.against),
    )


def address(area: str, metric: str, period: str, against: Against | str) -> str:
    """Where the whole of it is told."""
    query = urlencode({"metric": metric, "period": period, "against": str(against)})
    return f"{reverse('kpis:movement', args=[area])}?{query}"


def ways(found: Movement) -> tuple[Way, ...]:
    return tuple(
        Way(
            str(label),
            address(found.area, found.metric.code, str(found.period), one),
            one == found.against,
        )
        for one, label in AGAINST.items()
    )


def _heads(found: Movement) -> tuple[str, str]:
    after, before = period_words(found.period), period_words(found.compared)
    if found.partial and found.days is not None and found.beside is not None:
        after, before = (_span(*days) for days in (found.days, found.beside))
    return (
        _("Due by then") if found.partial else pgettext("amount", "Due")
    ) if found.against == Against.EXPECTED else before, after


def _span(first: date, last: date) -> str:
    return f"{formats.short_day(first, language())} – {formats.day(last, language())}"


def _terms(found: Movement) -> Sequence[Term]:
    told, metric = found.told, found.metric
    if told is None or not told.change:
        return ()
    named = {
        name: value
        for name, value in (("volume", told.volume), ("rate", told.rate), ("mix", told.mix))
        if value is not None
    }
    names = _piece_names(found)
    details = {
        "volume": _("volume: as many more or fewer, at the mean rate"),
        "rate": _("rate: what each brought more or less"),
        "mix": _("mix: weight moved to parts with a higher or lower rate"),
    }
    return [
        Term(names[name], effect(value, metric), details[name])
        for name, value in named.items()
        if value or name != "mix" or len(named) < 3
    ]


def _piece_names(found: Movement) -> dict[str, str]:
    volume = found.volume.label if found.volume is not None else _("Volume")
    if found.metric.denominator is not None:
        return {
            "volume": volume,
            "rate": _("%(metric)s of the parts") % {"metric": found.metric.label},
            "mix": _("Mix of the parts"),
        }
    rate = found.rate.label if found.rate is not None else _("Rate")
    return {"volume": volume, "rate": rate, "mix": _("Mix of the parts")}


def _table(split: Split, found: Movement) -> Table:
    metric, change = found.metric, split.change
    places = PLACES.get(metric.unit, 2)
    first, more = split.parts[:ROWS], split.parts[ROWS:]
    written = shown({one.part.key: one.part.effect for one in split.parts}, places)
    columns = [
        (name, _piece_names(found)[name])
        for name in ("volume", "rate", "mix")
        if getattr(change, name) is not None
    ]
    pieces = {
        name: shown({one.part.key: getattr(one.part, name) or Decimal(0) for one in split.parts}, places)
        for name, _label in columns
    }

    def pieces_of(keys: Sequence[str]) -> tuple[tuple[str, str], ...]:
        return tuple(
            (label, exact_effect(exact_sum(pieces[name][key] for key in keys), metric))
            for name, label in columns
        )

    rows = [
        Row(
            name=name_of(one, split),
            before=_exact(one.part.before, metric),
            after=_exact(one.part.after, metric),
            effect=exact_effect(written[one.part.key], metric),
            pieces=pieces_of([one.part.key]),
            url=address(one.key, metric.code, str(found.period), found.against) if one.key else "",
            muted=one.node is None,
        )
        for one in first
    ]
    if more:
        keys = [one.part.key for one in more]
        rest = ngettext("%(n)s more", "%(n)s more", len(more)) % {"n": len(more)}
        summed = exact_sum(written[key] for key in keys)
        rows.append(Row(rest, "", "", exact_effect(summed, metric), pieces_of(keys), muted=True))
    keys = list(written)
    total = Row(
        _("All"),
        _exact(change.before, metric),
        _exact(change.after, metric),
        exact_effect(exact_sum(written.values()), metric),
        pieces_of(keys),
    )
    return Table(
        _by(split), tuple(rows), total, tuple(label for _name, label in columns), _note(split, found)
    )


def _by(split: Split) -> str:
    node: Node | None = next((one.node for one in split.parts if one.node is not None), None)
    return str(BY_KIND.get(node.kind, "")) if node is not None else ""


def _note(split: Split, found: Movement) -> str:
    if found.against != Against.EXPECTED or split.planned:
        return ""
    return _("These have no targets of their own: the plan was laid over them as they stood %(beside)s.") % {
        "beside": _beside_words(found)
    }


def _beside_words(found: Movement) -> str:
    words = {"period": period_words(found.compared)}
    return (_("on the same days of %(period)s") if found.partial else _("in %(period)s")) % words


def _exact(value: Decimal | None, metric: Metric) -> str:
    return formats.exact(value, metric, language(), currency_sign())


def _chart(found: Movement) -> dict[str, Any] | None:
    if found.main is None or not found.change or found.before is None or found.after is None:
        return None
    before, after = _heads(found)
    names = movement_charts.Names(
        before=before, after=after, change=_("Change"), up=_("More"), down=_("Less"), more=_("others")
    )
    labels = {one.part.key: name_of(one, found.main) for one in found.main.parts}
    return movement_charts.waterfall(found.main.change, labels, names, unit=found.metric.unit)


def _chart_title(found: Movement) -> str:
    if found.main is None or not found.causes:
        return ""
    first = found.causes[0]
    words = {
        "name": name_of(first, found.main),
        "effect": effect(first.part.effect, found.metric),
    }
    return _("%(name)s did most of it: %(effect)s") % words


__all__ = ["REST", "Piece", "address", "causes", "effect", "headline", "piece", "sentence", "ways"]
