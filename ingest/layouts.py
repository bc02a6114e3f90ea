"""Which column means what: known headings in English and Chinese, and the presets that ship.

A preset looks at the headings and answers with a `Layout`, or with None where they are not its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ingest.errors import ColumnsUnknown, FileRefused
from kpis.models import Measure, OverTime


@dataclass(frozen=True)
class Name:
    """Where a node's name comes from: columns from the top of the tree down, below a fixed name or without one."""

    columns: tuple[int, ...] = ()
    fixed: str = ""


@dataclass(frozen=True)
class Amount:
    """An amount: one column, or the product of two. `factor` is the unit of the heading: 10000 for 万元."""

    column: int
    times: int | None = None
    factor: int = 1


@dataclass(frozen=True)
class Emission:
    """What one line publishes: for which nodes, which measures."""

    amounts: Mapping[str, Amount]
    channel: Name = Name()
    region: Name = Name()
    product: Name = Name()
    constants: Mapping[str, int] = field(default_factory=dict)  # what no column says: a line is one order


@dataclass(frozen=True)
class Layout:
    preset: str
    source_code: str
    source_name: str
    day: int
    emissions: tuple[Emission, ...]
    key: tuple[int, ...] = ()  # columns that tell lines of the same day and nodes apart
    key_optional: bool = (
        False  # a line may leave them empty, and is then one of a file that has no such columns
    )
    refused: int | None = None  # a column where the sender has said why a line cannot go in, as JSON reasons
    days: int = 1  # a week's line is spread over its seven days
    sink: str = "channels"  # the app that keeps the facts
    sums: bool = False  # lines of one key are added up, and not contradictions
    replaces: bool = False  # what the source had said of the file's days, and the file does not name, goes
    strict: bool = False  # names that nobody knows are rejected, not made
    currency: str = ""  # of all money in the file, where it is not the company's
    currency_column: int | None = None
    stamp: str = ""  # changes whenever the same bytes would be read otherwise
    texts: Mapping[str, int] = field(
        default_factory=dict
    )  # columns that are carried along as t_<name>, trimmed
    signed: frozenset[str] = frozenset()  # measures that may be below zero in these files: refunds
    publishes: tuple[str, ...] | None = (
        None  # what its source reports, where that is not what stands in the file
    )
    whole: bool = False  # lines of it sent again alone would stand for more than themselves
    # Whether its last day says how far its source has come; not where a day without a line means that nobody came.
    reaches: bool = True

    @property
    def measures(self) -> list[str]:
        """Whose amounts stand in a line."""
        return sorted({code for one in self.emissions for code in (*one.amounts, *one.constants)})

    @property
    def published(self) -> list[str]:
        """What the source reports by it; nothing for files that are no facts of any area."""
        return self.measures if self.publishes is None else sorted(self.publishes)

    @property
    def foreign(self) -> bool:
        """Whether money may need a rate; nothing is done for it where it does not."""
        return bool(self.currency) or self.currency_column is not None


# What may stand in brackets without changing what a column holds; 万元 or 占比 does change it.
_PLAIN_UNITS = "元|人民币|rmb|cny|¥|次|个|人|单|件|条|数|天|day|yuan"


def normal(heading: str) -> str:
    """A heading without case, spaces, full-width letters and units that change nothing."""
    text = unicodedata.normalize("NFKC", heading).strip().lower().lstrip("\ufeff")
    text = re.sub(rf"[(\[【/]\s*({_PLAIN_UNITS})\s*[)\]】]?$", "", text)
    return re.sub(r"[\s_\-/.]+", "", text)


NAMES: dict[str, str] = {
    "day": "date day date_day 日期 时间 统计日期 数据日期 报告日期 time",
    "channel": "channel platform 渠道 渠道名称 平台 媒体 投放渠道",
    "campaign": "campaign campaign_name 推广计划 计划 计划名称 推广计划名称 广告计划 活动 活动名称",
    "content": "content creative 内容 素材 创意 素材名称",
    "region": "region area 地区 区域 大区 地域",
    "province": "province 省份 省",
    "city": "city 城市 市",
    "store": "store dealer shop 门店 店铺 经销商 门店名称",
    "product": "product product_line 产品 产品线 品类 商品 产品名称",
    "impressions": "impressions impression 曝光量 曝光 展现量 展现 展示量 曝光数 展现数 曝光次数",
    "clicks": "clicks click 点击量 点击 点击数 点击次数",
    "leads": "leads lead 线索数 线索 线索量 表单数 留资数",
    "qualified_leads": "qualified_leads 有效线索数 有效线索 有效线索量",
    "orders": "orders order 订单数 订单 订单量 成交订单数 成交单量 转化数",
    "new_customers": "new_customers new_customer 新客数 新客 新增客户 新客户数 成交新客数",
    "revenue": "revenue sales gmv 成交额 销售额 收入 营收 成交金额 销售金额 交易额",
    "cost": "cost spend 消耗 花费 费用 成本 投放费用 消费 广告花费 推广费用",
    "gross_profit": "gross_profit 毛利 毛利额",
}
_ROLES = {normal(name): role for role, names in NAMES.items() for name in names.split()}
_HOURS = {"时间", "time"}
_PLACES = {"day", "channel", "campaign", "content", "region", "province", "city", "store", "product"}


def known_headings() -> dict[str, str]:
    """What headings mean by themselves; a measure of one's own is known by its code and its names."""
    own: dict[str, str] = {}
    for measure in Measure.objects.in_use().exclude(over_time=OverTime.COMPUTED):
        for name in (measure.code, measure.name, measure.name_zh):
            if normal(name):
                own.setdefault(normal(name), measure.code)
    return {**own, **_ROLES}


def _roles(headings: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
    """Column by role. Raises FileRefused where two columns mean the same."""
    found: dict[str, int] = {}
    for column, heading in enumerate(headings):
        role = known.get(normal(heading))
        if role is None:
            continue
        if role == "day" and role in found and normal(heading) in _HOURS:
            continue  # the hour beside the day
        if role in found:
            raise _same(headings[found[role]], heading)
        found[role] = column
    return found


def _same(one: str, two: str) -> ColumnsUnknown:
    return ColumnsUnknown(
        _("The columns “%(one)s” and “%(two)s” mean the same. Take one out and send the file again.")
        % {"one": one, "two": two}
    )


def _columns(roles: Mapping[str, int], *names: str) -> Name:
    return Name(tuple(roles[name] for name in names if name in roles))


def standard(headings: Sequence[str]) -> Layout | None:
    """A line a day with any of channel, campaign, region and product, and amounts under their usual names."""
    roles = _roles(headings, known_headings())
    amounts = {role: Amount(column) for role, column in roles.items() if role not in _PLACES}
    if "day" not in roles or not amounts:
        return None
    emission = Emission(
        amounts=amounts,
        channel=_columns(roles, "channel", "campaign", "content"),
        region=_columns(roles, "region", "province", "city", "store"),
        product=_columns(roles, "product"),
    )
    if "channel" not in roles and emission.channel.columns:
        raise ColumnsUnknown(
            _("This file names campaigns but no channel. Add a column “channel” and send it again.")
        )
    return Layout("table", "files", "Files", roles["day"], (emission,))


_AD_REPORT = {
    "day": "date_day",
    "channel": "platform",
    "campaign": "campaign_name",
    "impressions": "impressions",
    "clicks": "clicks",
    "cost": "spend",
    "orders": "conversions",
    "revenue": "conversions_value",
}
_AD_KEY = ("account_id", "campaign_id", "ad_group_id", "ad_id")


def ad_report(headings: Sequence[str]) -> Layout | None:
    """The usual export of ad platforms: a line an ad and day; conversions are orders, their value is revenue."""
    index = {heading.strip().lower(): column for column, heading in enumerate(headings)}
    if not all(name in index for name in (*_AD_REPORT.values(), "ad_id")):
        return None
    columns = {role: index[name] for role, name in _AD_REPORT.items()}
    emission = Emission(
        amounts={role: Amount(column) for role, column in columns.items() if role not in _PLACES},
        channel=Name((columns["channel"], columns["campaign"])),
    )
    key = tuple(index[name] for name in _AD_KEY if name in index)
    return Layout("ad-report", "ad-report", "Ad report", columns["day"], (emission,), key=key)


def media_weekly(headings: Sequence[str]) -> Layout | None:
    """Weekly media by region, a group of columns a channel (X_impression, X_spend), as marketing-mix models take it.

    conversions × revenue_per_conversion is revenue, conversions are orders, both on the region alone: the file does
    not say which channel earned them.
    """
    index = {heading.strip(): column for column, heading in enumerate(headings)}
    seen: dict[str, str] = {}
    for heading in filter(None, map(str.strip, headings)):
        if (
            heading.endswith(("_spend", "_impression"))
            and seen.setdefault(heading.lower(), heading) is not heading
        ):
            raise _same(seen[heading.lower()], heading)
    channels = [name.removesuffix("_spend") for name in index if name.endswith("_spend")]
    if not channels or not all(
        name in index for name in ("geo", "time", "conversions", "revenue_per_conversion")
    ):
        return None
    region = Name((index["geo"],))
    emissions = []
    for channel in channels:
        amounts = {"cost": Amount(index[f"{channel}_spend"])}
        if f"{channel}_impression" in index:
            amounts["impressions"] = Amount(index[f"{channel}_impression"])
        emissions.append(Emission(amounts, channel=Name(fixed=channel), region=region))
    conversions = index["conversions"]
    earned = {
        "orders": Amount(conversions),
        "revenue": Amount(conversions, times=index["revenue_per_conversion"]),
    }
    emissions.append(Emission(earned, region=region))
    return Layout(
        "media-weekly", "media-weekly", "Weekly media by region", index["time"], tuple(emissions), days=7
    )


# What programs send row by row is kept as a file of this layout; its source stands in a heading (`ingest.sent`).
SENT = ("day", "channel", "campaign", "content", "region", "product", "key", "why not")
SENT_FROM = "source:"
SENT_CURRENCY = "currency"  # a column only where a row is in another currency than the company's


def sent_rows(headings: Sequence[str]) -> Layout | None:
    """Rows that came by the API: fixed columns, then the measures by their codes."""
    place = len(SENT)
    if tuple(headings[:place]) != SENT or not headings[place : place + 1]:
        return None
    column = {name: number for number, name in enumerate(headings)}
    source = headings[place].removeprefix(SENT_FROM)
    emission = Emission(
        amounts={code: Amount(column[code]) for code in headings[place + 1 :] if code != SENT_CURRENCY},
        channel=_columns(column, "channel", "campaign", "content"),
        region=_columns(column, "region"),
        product=_columns(column, "product"),
    )
    return Layout(
        "sent-rows", source, source, column["day"], (emission,),
        key=(column["key"],), key_optional=True, refused=column["why not"],
        currency_column=column.get(SENT_CURRENCY),
    )  # fmt: skip


@dataclass(frozen=True)
class Preset:
    """A layout that ships. Those of upper floors come with their words: `label` (of the layout), `source` (of what it
    fills), `shown` (headings that it knows), and `needs`, said to whoever asks for it with a file that lacks them.
    `whole`: of its layouts, see there."""

    code: str
    recognise: Callable[[Sequence[str]], Layout | None]
    label: str | Promise = ""
    source: str | Promise = ""
    source_code: str = ""
    shown: tuple[str, ...] = ()
    needs: str | Promise = ""
    whole: bool = False


# The most particular first: the standard layout would take an ad report, but lose its ads.
PRESETS = {
    preset.code: preset
    for preset in (
        Preset("ad-report", ad_report),
        Preset("media-weekly", media_weekly),
        Preset("table", standard),
    )
}


def register_preset(preset: Preset) -> None:
    """A layout of an upper floor, at start-up. It is looked for before the standard one, which takes any day and amount."""
    standard = PRESETS.pop("table")
    PRESETS[preset.code] = preset
    PRESETS["table"] = standard


def headings_of(row: Sequence[str]) -> list[str]:
    """The cells of a line as headings: none at the end that are blank."""
    cells = [cell.replace("\0", "") for cell in row]
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


# Not to be chosen by people, nor recognised in their files.
OWN_PRESETS = {"sent-rows": Preset("sent-rows", sent_rows)}


def find_layout(head: Sequence[tuple[int, list[str]]], preset: str = "") -> tuple[int, list[str], Layout]:
    """The line of the headings, the headings, and what they mean; titles may stand above them.

    Raises ColumnsUnknown where no line fits the preset, or, without one, any preset. Raises KeyError on an unknown preset.
    """
    wanted = [{**PRESETS, **OWN_PRESETS}[preset]] if preset else list(PRESETS.values())
    refused: FileRefused | None = None
    for line, row in head:
        cells = headings_of(row)
        try:
            for candidate in wanted:
                layout = candidate.recognise(cells)
                if layout is not None:
                    return line, cells, layout
        except FileRefused as error:  # perhaps a title that only looks like headings
            refused = refused or error
    if refused is not None:
        raise refused
    if preset and wanted[0].needs:
        raise FileRefused(str(wanted[0].needs))
    shown = ", ".join(cell for cell in head[0][1] if cell)[:200]
    raise ColumnsUnknown(
        _(
            "No line of headings with a date and an amount was found; the first line says: %(line)s."
            " Name the columns for example date, channel, campaign, region, product, impressions, clicks, orders,"
            " revenue, cost."
        )
        % {"line": shown}
    )
