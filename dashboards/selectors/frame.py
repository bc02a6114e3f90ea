"""What stands around a page that is turned to an area and a period: filters, the way up, how far back figures go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from dashboards.selectors import amounts, trends
from dashboards.selectors.areas import Area, Lineage, Place, granted, way_up
from dashboards.selectors.overview import default_period
from dashboards.spans import Span
from organization.gate import Action, Reach


class Framed(Protocol):
    """What filters and the way up need to know of a page; an `Overview` is one too."""

    @property
    def area(self) -> Area: ...
    @property
    def period(self) -> Span: ...
    @property
    def first(self) -> Span | None: ...
    @property
    def last(self) -> Span | None: ...
    @property
    def through(self) -> date | None: ...
    @property
    def complete(self) -> date: ...
    @property
    def crumbs(self) -> tuple[Place, ...]: ...
    @property
    def granted(self) -> tuple[Place, ...]: ...
    @property
    def may_leave(self) -> frozenset[str]: ...
    @property
    def home(self) -> str: ...
    @property
    def kept(self) -> Mapping[str, str]: ...
    @property
    def pickers(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Frame:
    """`first`, `last`: the periods between which one may choose; None where nothing is known. `newest`: the last day with
    data, `complete`: the last whole day. `home`, `kept`: as in `Overview`.
    """

    area: Area
    company: str
    crumbs: tuple[Place, ...]
    period: Span
    first: Span | None
    last: Span | None
    complete: date
    newest: date | None
    home: str
    granted: tuple[Place, ...] = ()
    may_leave: frozenset[str] = frozenset()
    may_set_targets: bool = False
    may_import: bool = False
    kept: Mapping[str, str] = field(default_factory=dict)
    pickers: tuple[str, ...] = ()

    @property
    def through(self) -> date | None:
        """The last day that a coarser or finer period would be looked at by."""
        return min(self.period.end, max(self.period.start, self.complete))


def frame_of(
    reach: Reach,
    area: Area,
    period: Span | None,
    *,
    company: str,
    fiscal_start: int,
    today: date,
    home: str,
    kept: Mapping[str, str] | None = None,
) -> Frame:
    """Of an area that she may see; without `period` the newest month. At most four queries."""
    complete = today - timedelta(days=1)
    known = amounts.known_of(area, complete=complete)
    lineage = Lineage.of(area.nodes)
    period = period or default_period(known.newest, complete, fiscal_start)
    return Frame(
        area=area,
        company=company,
        crumbs=way_up(reach, area, lineage, company=company),
        period=period,
        first=trends.first_of(known, period),
        last=trends.last_of(known, period, complete),
        complete=complete,
        newest=known.newest,
        home=home,
        granted=granted(reach, company=company),
        may_leave=lineage.leavable(reach),
        may_set_targets=reach.covers(lineage.ids(), Action.SET_TARGETS),
        may_import=reach.covers({}, Action.IMPORT),
        kept=kept or {},
    )
