"""What the pages of scores say, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from common import formats
from feedback.score_kinds import Kind, Move
from feedback.scores import Score
from feedback.selectors.scores import PartTable, Row, ScoresPage

NAMES: dict[Kind, str | Promise] = {
    Kind.NPS: gettext_lazy("NPS"),
    Kind.CSAT: gettext_lazy("Satisfied (CSAT)"),
    Kind.CES: gettext_lazy("Ease (CES)"),
}
HELP: dict[Kind, str | Promise] = {
    Kind.NPS: gettext_lazy(
        "100 × (promoters − detractors) ÷ answers. Promoters would recommend us with 9 or 10, detractors with 0 to 6."
    ),
    Kind.CSAT: gettext_lazy("Answers of 4 and 5 on a scale of 1 to 5, in percent."),
    Kind.CES: gettext_lazy("Mean of answers from 1 (hard) to 7 (easy)."),
}
SHARE_NAMES: dict[Kind, tuple[str | Promise, str | Promise, str | Promise]] = {
    Kind.NPS: (gettext_lazy("Promoters"), gettext_lazy("Passives"), gettext_lazy("Detractors")),
    Kind.CSAT: (gettext_lazy("Satisfied"), gettext_lazy("Neither"), gettext_lazy("Dissatisfied")),
    Kind.CES: (gettext_lazy("Easy"), gettext_lazy("Neither"), gettext_lazy("Hard")),
}
TABLES: dict[str, str | Promise] = {
    "segment": gettext_lazy("By customer type"),
    "product": gettext_lazy("By product line"),
    "region": gettext_lazy("By region"),
    "channel": gettext_lazy("By channel"),
}
HEADS: dict[str, str | Promise] = {
    "segment": gettext_lazy("Customer type"),
    "product": gettext_lazy("Product line"),
    "region": gettext_lazy("Region"),
    "channel": gettext_lazy("Channel"),
}
MOST_TOLD = 3


@dataclass(frozen=True)
class _Percent:
    unit: str = "percent"


def language() -> str:
    return get_language() or "en"


def space() -> str:
    """Between sentences."""
    return "" if formats.is_chinese(language()) else " "


def written(kind: Kind, value: Decimal | None) -> str:
    if value is None:
        return formats.NO_VALUE
    places = 2 if kind == Kind.CES else 1
    text = formats.plain(value, least=places, most=places)
    signed = formats.sign(value) if text.strip("0.") else ""
    return f"{signed}{text}{'%' if kind == Kind.CSAT else ''}"


def between(kind: Kind, score: Score) -> str:
    if score.low is None or score.high is None:
        return formats.NO_VALUE
    return _("%(low)s to %(high)s") % {"low": written(kind, score.low), "high": written(kind, score.high)}


def moved(kind: Kind, move: Move | None) -> str:
    """+3.2 points; percentages in percentage points."""
    if move is None:
        return formats.NO_VALUE
    if kind == Kind.CSAT:
        return formats.change(move.points, _Percent(), language())
    text = formats.plain(move.points, least=1, most=2 if kind == Kind.CES else 1)
    lead = "" if not text.strip("0.") else "+" if move.points > 0 else formats.MINUS
    return _("%(n)s points") % {"n": f"{lead}{text}"}


def whole_percent(share: Decimal) -> str:
    return f"{formats.plain(share * 100, most=0)}%"


def answers(count: int) -> str:
    return ngettext("%(n)s answer", "%(n)s answers", count) % {"n": formats.number(count)}


def since(page: ScoresPage) -> str:
    """What a change is held against."""
    return _("on %(period)s") % {"period": formats.period(str(page.asked.before), language())}


def period_name(page: ScoresPage) -> str:
    return formats.period(str(page.asked.period), language())


def label(row: Row) -> str:
    if row.others:
        return ngettext("%(n)s other", "%(n)s others", row.others) % {"n": formats.number(row.others)}
    return row.label if row.given else str(_("Not given"))


def segment_name(segment: str) -> str:
    return segment or str(_("Not given"))


def headline(page: ScoresPage) -> str:
    """How the score stands, whether it moved, and who is clearly below the rest."""
    kind, main = page.asked.kind, page.main
    said = {
        "score": str(NAMES[kind]),
        "area": page.asked.area.scope.label,
        "period": period_name(page),
        "value": written(kind, main.score.value),
        "between": between(kind, main.score),
        "answers": answers(main.score.n),
    }
    if main.score.value is None:
        return _("Nobody has given this score in %(period)s: %(area)s, %(score)s.") % said
    company = page.asked.area.scope.is_company
    if main.score.small:
        few = (
            _("%(score)s in %(period)s is %(value)s, from %(answers)s: too few to judge by.")
            if company
            else _("%(score)s of %(area)s in %(period)s is %(value)s, from %(answers)s: too few to judge by.")
        )
        return few % said
    stands = (
        _("%(score)s in %(period)s is %(value)s (%(between)s), from %(answers)s.")
        if company
        else _("%(score)s of %(area)s in %(period)s is %(value)s (%(between)s), from %(answers)s.")
    )
    sentences = [stands % said]
    if main.move is not None:
        sentences.append(_move_said(page, main.move))
    low = next(clearly_low(page), None)
    if low is not None:
        sentences.append(
            _("Clearly below: %(name)s with %(value)s.")
            % {"name": label(low[1]), "value": written(kind, low[1].score.value)}
        )
    return space().join(sentences)


def _move_said(page: ScoresPage, move: Move) -> str:
    amount = Move(abs(move.points), move.clear)
    said = {
        "n": moved(page.asked.kind, amount).lstrip("+"),
        "since": formats.period(str(page.asked.before), language()),
    }
    if not move.clear:
        return _("Against %(since)s nothing has clearly changed.") % said
    if move.points > 0:
        return _("That is %(n)s more than in %(since)s.") % said
    return _("That is %(n)s less than in %(since)s.") % said


def clearly_low(page: ScoresPage) -> Iterator[tuple[PartTable, Row]]:
    """Parts whose whole interval lies below that of all, the lowest first."""
    whole = page.main.score
    if whole.low is None or whole.small:
        return
    low = [
        (table, row)
        for table in page.tables
        for row in table.rows
        if row.given and not row.others and not row.score.small and row.score.high is not None
        and row.score.high < whole.low
    ]  # fmt: skip
    low.sort(key=lambda one: one[1].score.value or Decimal(0))
    yield from low[:MOST_TOLD]


def trend_title(page: ScoresPage) -> str:
    known = [one for one in page.months if one.score.value is not None and not one.score.small]
    kind = page.asked.kind
    if len(known) < 2:
        return _("%(score)s by month") % {"score": NAMES[kind]}
    first, last = known[0], known[-1]
    said = {
        "score": NAMES[kind],
        "first": formats.period(f"{first.month:%Y-%m}", language()),
        "last": formats.period(f"{last.month:%Y-%m}", language()),
        "from": written(kind, first.score.value),
        "to": written(kind, last.score.value),
    }
    if first.score.low is not None and last.score.high is not None and last.score.high < first.score.low:
        return _("%(score)s fell from %(from)s in %(first)s to %(to)s in %(last)s") % said
    if first.score.high is not None and last.score.low is not None and last.score.low > first.score.high:
        return _("%(score)s rose from %(from)s in %(first)s to %(to)s in %(last)s") % said
    return _("%(score)s was %(from)s in %(first)s and is %(to)s in %(last)s") % said


def trend_subtitle(page: ScoresPage) -> str:
    said = [_("The band is the 95% interval of each month.")]
    if page.benchmark is not None:
        said.append(_("Benchmark: %(source)s.") % {"source": page.benchmark.source})
    return space().join(said)


def spread_title(page: ScoresPage) -> str:
    parts = page.shares.parts
    if parts is None:
        return ""
    good, _between, bad = map(whole_percent, parts)
    names = SHARE_NAMES[page.asked.kind]
    return pgettext("shares", "%(good)s %(good_name)s, %(bad)s %(bad_name)s") % {
        "good": good,
        "bad": bad,
        "good_name": str(names[0]).lower(),
        "bad_name": str(names[2]).lower(),
    }
