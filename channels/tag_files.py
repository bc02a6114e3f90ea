"""Files that tag content pieces: a line a piece, with what is said of it. Only read here, and matched by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from channels.models import Format
from channels.tags import same
from common.listing import listed
from ingest.cleaning import parse_day
from ingest.errors import FileRefused
from ingest.layouts import headings_of, normal
from ingest.reading.tables import open_table

MOST_LINES = 2000  # what was looked at travels with the page
HEADINGS: dict[str, str] = {
    "channel": "channel 渠道 渠道名称 投放渠道",
    "campaign": "campaign campaign_name 推广计划 计划 计划名称 推广计划名称 活动 活动名称",
    "content": "content piece content_piece creative 内容 作品 素材 创意 素材名称 内容名称 作品名称",
    "format": "format type content_format 形式 内容形式 体裁 类型",
    "platform": "platform 平台 发布平台",
    "published": "published published_on publish_date date 发布日期 发布时间 发布日 日期",
    "scenes": "scene scenes 场景 场景标签",
    "audiences": "audience audiences 人群 受众 人群标签 目标人群",
    "products": "product products 产品 产品标签 商品 品类",
}
_ROLES = {normal(name): role for role, names in HEADINGS.items() for name in names.split()}
_FORMATS = {
    "video": "video 视频 短视频 short-video",
    "live": "live livestream live-stream 直播",
    "image": "image images picture pictures photo 图片 图文 海报",
    "article": "article post 文章 长文 推文",
    "audio": "audio podcast 音频 播客",
    "other": "other 其他",
}
FORMATS = {same(name): code for code, names in _FORMATS.items() for name in names.split()}


@dataclass(frozen=True)
class Line:
    """What a line says; None where the file has no such column or the cell is empty. `problem` is why it cannot be used."""

    number: int
    names: tuple[str, str, str]  # channel, campaign, content; empty where the file leaves them out
    format: str | None = None
    platform: str | None = None
    published_on: date | None = None
    scenes: str | None = None
    audiences: str | None = None
    products: str | None = None
    problem: str = ""


def read_lines(path: Path) -> list[Line]:
    """All lines, good and bad. Raises FileRefused for what is no table, names no content, or is too long."""
    columns: dict[str, int] = {}
    found: list[Line] = []
    for numbers, rows in open_table(path).blocks():
        for number, cells in zip(numbers, rows, strict=True):
            if not columns:
                columns = _columns(cells)
                continue
            if len(found) == MOST_LINES:
                raise FileRefused(
                    _("This file has more than %(n)s lines. Split it and send the parts.") % {"n": MOST_LINES}
                )
            found.append(_line(number, cells, columns))
    if not columns:
        raise FileRefused(_no_column())
    return found


def _columns(row: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, heading in enumerate(headings_of(row)):
        role = _ROLES.get(normal(heading))
        if role is not None:
            columns.setdefault(role, place)
    if "content" not in columns:
        raise FileRefused(_no_column())
    if not columns.keys() - {"channel", "campaign", "content"}:
        raise FileRefused(
            _(
                "This file says nothing of its pieces: no column is called format, platform, scene or the like."
            )
        )
    return columns


def _no_column() -> str:
    return str(_("No column of the first line is called content. Call the one with the pieces' names so."))


def _line(number: int, cells: Sequence[str], columns: dict[str, int]) -> Line:
    def cell(role: str) -> str:
        place = columns.get(role)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    names = (cell("channel"), cell("campaign"), cell("content"))
    if not names[2]:
        return Line(number, names, problem=_("This line names no content piece."))
    format_, published = cell("format"), cell("published")
    code = _format(format_) if format_ else None
    if format_ and code is None:
        known = listed(one.label for one in Format)
        return Line(
            number,
            names,
            problem=_("“%(format)s” is not a format. Write one of: %(known)s.")
            % {"format": format_[:40], "known": known},
        )
    day = parse_day(published) if published else None
    if published and day is None:
        return Line(
            number, names, problem=_("“%(text)s” is not a day. Write 2025-08-01.") % {"text": published[:40]}
        )
    return Line(
        number,
        names,
        code,
        cell("platform") or None,
        day,
        cell("scenes") or None,
        cell("audiences") or None,
        cell("products") or None,
    )


def _format(text: str) -> str | None:
    named = {same(str(one.label)): one.value for one in Format}
    return FORMATS.get(same(text)) or named.get(same(text))
