"""The three-sides page's pieces, from selector results: what the template shows, no database."""

from __future__ import annotations

from dataclasses import dataclass

from channels.selectors.sides import JudgedArea, LineFigure
from channels.sides_words import LACKS, LIGHTS, SIDE_NAMES, VERDICTS, missing, points, verdict
from common.radar import Radar, radar
from organization.models import Node

SHAPES = {"green": "●", "yellow": "▲", "red": "■", "grey": "○"}


@dataclass(frozen=True)
class MetricRow:
    held: LineFigure
    score: str
    lack: str


@dataclass(frozen=True)
class SideTable:
    code: str
    name: str
    weight: str
    score: str
    good: bool
    known: bool
    rows: tuple[MetricRow, ...]


@dataclass(frozen=True)
class ShownArea:
    node: Node | None
    light: str
    shape: str
    word: str
    verdict: str
    missing: str
    score: str
    sides: tuple[SideTable, ...]
    radar: Radar | None


@dataclass(frozen=True)
class AreaRow:
    """A line of the list: scores of the sides in their order, the whole, and the verdict as a light with its word."""

    node: Node | None
    scores: tuple[tuple[str, str], ...]  # side's name, score
    score: str
    light: str
    shape: str
    word: str


def shown_area(area: JudgedArea) -> ShownArea:
    judged = area.judged
    spokes = [
        (area.lines[one.metric].line.metric.label, side.side.value, one.score)
        for side in judged.sides
        for one in side.metrics
    ]
    return ShownArea(
        node=area.node,
        light=LIGHTS[judged.verdict],
        shape=SHAPES[LIGHTS[judged.verdict]],
        word=str(VERDICTS[judged.verdict]),
        verdict=verdict(area),
        missing=missing(area),
        score=points(judged.score),
        sides=tuple(
            SideTable(
                code=side.side.value,
                name=str(SIDE_NAMES[side.side]),
                weight=f"{side.weight.normalize():f}",
                score=points(side.score),
                good=side.good,
                known=side.score is not None,
                rows=tuple(
                    MetricRow(
                        area.lines[one.metric],
                        points(one.score),
                        str(LACKS[one.lack]) if one.lack is not None else "",
                    )
                    for one in side.metrics
                ),
            )
            for side in judged.sides
        ),
        radar=radar(spokes),
    )


def area_row(area: JudgedArea) -> AreaRow:
    judged = area.judged
    return AreaRow(
        node=area.node,
        scores=tuple((str(SIDE_NAMES[side.side]), points(side.score)) for side in judged.sides),
        score=points(judged.score),
        light=LIGHTS[judged.verdict],
        shape=SHAPES[LIGHTS[judged.verdict]],
        word=str(VERDICTS[judged.verdict]),
    )
