"""The best and the worst campaigns, and what "spent enough" means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from dashboards import wording
from dashboards.addresses import Links, links_of
from dashboards.pieces import Cell, CellKind, LightRow, LightsTable
from dashboards.presenting.common import Option, reason_of
from dashboards.selectors import Campaign, Overview
from dashboards.selectors.campaigns import CODES, RANKS


@dataclass(frozen=True)
class CampaignTable:
    """`said`: who was counted. `ranks`: by what they are ranked."""

    best: LightsTable
    worst: LightsTable | None
    said: str
    ranks: tuple[Option, ...]


def campaign_table(page: Overview) -> CampaignTable | None:
    found = page.campaigns
    if not found.best:
        return None
    links = links_of(page)
    metric = page.metrics[found.rank]
    words = {"metric": wording.name_in_sentence(metric)}
    enough = wording.tile(found.enough, page.metrics["cost"])
    said = ngettext(
        "The one campaign that spent at least %(enough)s, a tenth of the average",
        "%(judged)s of %(all)s campaigns spent at least %(enough)s, a tenth of the average, and are ranked",
        found.judged,
    ) % {"judged": formats.number(found.judged), "all": formats.number(found.all), "enough": enough}
    return CampaignTable(
        best=_table(page, links, _("Highest %(metric)s") % words, found.best),
        worst=_table(page, links, _("Lowest %(metric)s") % words, found.worst) if found.worst else None,
        said=said,
        ranks=tuple(
            Option(
                code,
                page.metrics[code].label,
                code == found.rank,
                links.to(by=_by(page), rank=code) + "#campaigns",
            )
            for code in RANKS
            if code in page.metrics
        ),
    )


def _by(page: Overview) -> str:
    return page.split.dimension if page.split else ""


def _table(page: Overview, links: Links, caption: str, found: Iterable[Campaign]) -> LightsTable:
    return LightsTable(caption, _("Campaign"), tuple(_row(page, links, one) for one in found))


def _row(page: Overview, links: Links, campaign: Campaign) -> LightRow:
    nodes = {**page.area.nodes, "channel": campaign.node}
    why = links.why(nodes)
    judged = campaign.figure(page.campaigns.rank)
    cells = tuple(
        Cell(
            label=page.metrics[code].label,
            value=campaign.figure(code).value,
            kind=CellKind.FIGURE,
            metric=page.metrics[code],
            why=f"{why}&metric={code}",
        )
        for code in CODES
    )
    parent = campaign.node.parent
    return LightRow(
        name=campaign.node.label,
        cells=cells,
        status=judged.status,
        reason=reason_of(judged, page.metrics[page.campaigns.rank]),
        url=links.to(nodes),
        detail=parent.label if parent is not None and "channel" not in page.area.nodes else "",
    )
