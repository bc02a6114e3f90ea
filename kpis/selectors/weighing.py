"""What siblings and periods weigh, by the way that was asked for: their history, their season, by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from common.listing import listed
from common.periods import Grain, Period
from kpis.decomposition import Stage, Standing, Weighed, by_days, by_stage, equal
from kpis.figures import Look
from kpis.forms.break_down import Asked, Place, place_of, read_fraction, read_weight
from kpis.models import ChangeKind, TargetChange
from kpis.selectors import shares
from kpis.selectors.parts import Line
from kpis.weight_words import because
from organization.models import Node, Scope
from organization.selectors import scope_key
from organization.selectors.rates import currency_sign

WHOLE = "whole"  # the only row, where no areas take part


class Weighing:
    """Rows and columns of one break-down; what is to be said about them gathers in `notes` and `errors`."""

    def __init__(self, scope: Scope, asked: Asked, look: Look, closed: date) -> None:
        self.scope, self.asked, self.metric = scope, asked, asked.metric
        self.nodes: dict[str, Node] = {one: getattr(scope, one) for one in scope.node_ids()}
        self.look, self.closed = look, closed
        self.notes: list[str] = []
        self.errors: list[str] = []
        self.language, self.currency = get_language() or "en", currency_sign()

    def columns(self) -> list[Line]:
        asked = self.asked
        if not asked.time:
            one = asked.period
            return [
                Line(str(one), formats.period(str(one), self.language), self.nodes, one,
                     closed=one.end <= self.closed)
            ]  # fmt: skip
        periods = [Period(Grain(asked.time), asked.period.start, asked.period.fiscal_start)]
        while periods[-1].next().start in asked.period:
            periods.append(periods[-1].next())
        weighed = self._weighed_periods(periods)
        found = [
            self._weighted(
                Line(str(one), formats.period(str(one), self.language), self.nodes, one,
                     closed=one.end <= self.closed),
                weighed.get(str(one)),
                by_hand=asked.season == "hand",
            )
            for one in periods
        ]  # fmt: skip
        return self._shares_by_hand(found) if asked.season == "hand" else found

    def _weighed_periods(self, periods: Sequence[Period]) -> dict[str, Weighed]:
        match self.asked.season:
            case "hand":
                return {}
            case "days":
                return by_days(periods)
            case "equal":
                return equal(str(one) for one in periods)
        year = Period.containing(
            self.asked.period.start, Grain.YEAR, fiscal_start=self.asked.period.fiscal_start
        )
        season = shares.season(metric=self.metric, nodes=self.nodes, year=year, look=self.look)
        if season.basis == shares.Basis.DAYS:
            self.notes.append(_("There is no history to learn a season from, so it goes by days."))
        elif season.lent:
            months = listed(formats.short_period(one, self.language) for one in season.lent)
            self.notes.append(
                _("Without a history of their own, borrowed from above: %(months)s.") % {"months": months}
            )
        weights = season.of(periods)
        whole = sum(weights.values(), Decimal(0))
        return {
            key: Weighed(weight, weight / whole if whole else None, ()) for key, weight in weights.items()
        }

    def lines(self) -> list[Line]:
        asked = self.asked
        if not asked.tree:
            return [Line(WHOLE, str(self.scope.label), self.nodes)]
        history = None
        if asked.method in ("history", "stage"):
            history = shares.history(
                metric=self.metric, nodes=self.nodes, dimension=asked.tree, look=self.look
            )
            parts = {past.node: past.nodes for past in history.parts.values()}
        else:
            parts = {
                node: {**self.nodes, asked.tree: node} for node in shares.children(self.nodes, asked.tree)
            }
        said = self._places(parts)
        lines = [
            Line(
                f"n{node.pk}", node.label, nodes, place=said.get(f"n{node.pk}", Place()),
                takes=f"n{node.pk}" not in asked.fixed.out,
            )
            for node, nodes in parts.items()
        ]  # fmt: skip
        taking = [line for line in lines if line.takes]
        if asked.method == "hand":
            return self._shares_by_hand([self._weighted(line, None, by_hand=True) for line in lines])
        if asked.method == "equal":
            weighed = equal(line.key for line in taking)
        elif asked.method == "history":
            assert history is not None
            known = history.weighed()
            whole = sum((known[line.area].weight for line in taking), Decimal(0))
            weighed = {
                line.key: replace(known[line.area], share=known[line.area].weight / whole if whole else None)
                for line in taking
            }
        else:
            assert history is not None
            lines = [self._checked(line) for line in lines]
            weighed = by_stage(
                {line.key: self._standing(line, history.parts[line.area]) for line in lines if line.takes}
            )
        if lines and taking and not any(one.weight for one in weighed.values()):
            self.errors.append(
                _("None of these has a history to go by. Divide equally, or by weights of your own.")
            )
        return [self._weighted(line, weighed.get(line.key), by_hand=False) for line in lines]

    def _weighted(self, line: Line, weighed: Weighed | None, *, by_hand: bool) -> Line:
        if by_hand:
            text = self.asked.fixed.weights.get(line.key, "1")
            error = (
                ""
                if read_weight(text) is not None or not line.takes
                else _("A weight is a number, zero or more, such as 3 or 12.5.")
            )
            return replace(line, weight=text, error=error)
        if weighed is None:
            return line
        share = weighed.share if weighed.share is not None else Decimal(0)
        return replace(
            line,
            weight=formats.plain(share * 100, most=4).replace(",", ""),
            share=share,
            why=because(weighed, self.metric, language=self.language, currency=self.currency),
        )

    @staticmethod
    def _shares_by_hand(lines: Sequence[Line]) -> list[Line]:
        known = {line.key: read_weight(line.weight) for line in lines if line.takes}
        whole = sum((weight for weight in known.values() if weight), Decimal(0))
        return [
            replace(line, share=(known.get(line.key) or Decimal(0)) / whole if whole and line.takes else None)
            for line in lines
        ]

    def _places(self, parts: Mapping[Node, Any]) -> dict[str, Place]:
        """What is said of siblings now or, where the page is new, what was said of them last time."""
        if self.asked.remembered or self.asked.method != "stage":
            return dict(self.asked.fixed.places)
        last = (
            TargetChange.objects.filter(
                kind=ChangeKind.BREAK_DOWN, details__area=self.scope.key, details__tree=self.asked.tree,
                details__method="stage",
            )
            .order_by("-pk")
            .values_list("details", flat=True)
            .first()
        )  # fmt: skip
        kept = (last or {}).get("places", {})
        return {
            f"n{node.pk}": place_of(kept[scope_key(nodes)])
            for node, nodes in parts.items()
            if scope_key(nodes) in kept
        }

    def _checked(self, line: Line) -> Line:
        place = line.place
        for text in (place.maturity, place.penetration):
            if text and read_fraction(text) is None and line.takes:
                return replace(line, error=_("Write a percentage from 0 to 100."))
        if (
            place.year
            and line.takes
            and not (place.year.isascii() and place.year.isdigit() and len(place.year) < 3)
        ):
            return replace(line, error=_("Write the year of its path as 1, 2 or 3."))
        return line

    @staticmethod
    def _standing(line: Line, past: shares.Past) -> Standing:
        place = line.place
        return Standing(
            did=past.did,
            stage=Stage(place.stage) if place.stage else None,
            growth=past.growth,
            maturity=read_fraction(place.maturity) if place.maturity else None,
            penetration=read_fraction(place.penetration) if place.penetration else None,
            year=int(place.year) if place.year.isascii() and place.year.isdigit() else None,
        )
