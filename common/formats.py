"""How numbers and dates are written, in English and Chinese. Pure: the language is passed in; how large numbers are
shortened, a person may have chosen otherwise (`common.number_style`).

Tiles show at most three significant digits (`tile`: 1.2M, ¥3.4K, 120万, 3.4亿), tables and titles the
exact figure (`exact`). Values are Decimals as readings keep them: percent metrics carry 0.025 for 2.5%.
Attainments and changes of amounts are fractions (0.12 is +12%), changes of percent metrics are points (1.3).
The words in here (万, pp, 天 ...) are how a locale writes numbers, not messages, and so are not in the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Protocol

from common.number_style import NumberStyle, number_style

NO_VALUE = "—"
MINUS = "\N{MINUS SIGN}"
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS_EN_LONG = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
QUARTERS_ZH = "一二三四"
STEPS_EN = (
    (Decimal(10) ** 12, "T"),
    (Decimal(10) ** 9, "B"),
    (Decimal(10) ** 6, "M"),
    (Decimal(10) ** 3, "K"),
)
STEPS_ZH = ((Decimal(10) ** 12, "万亿"), (Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"))
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)  # amounts of any size; made once, since pages have thousands


class Figured(Protocol):
    """Whatever says how its values are written: a metric, or a stand-in for one."""

    @property
    def unit(self) -> str:
        """count, money, percent, ratio or days."""


def is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")


def plain(value: Decimal, least: int = 0, most: int = 4) -> str:
    """With thousands separators and from `least` to `most` decimals; no sign of its own."""
    rounded = abs(value).quantize(Decimal((0, (1,), -most)), context=_WIDE)
    whole, _, decimals = f"{rounded:,f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{decimals}" if decimals else whole


def three_digits(value: Decimal) -> Decimal:
    """Rounded half up to three significant digits."""
    if value == 0:
        return Decimal(0)
    return value.quantize(Decimal((0, (1,), value.adjusted() - 2)), context=_WIDE)


def short(value: Decimal, language: str) -> str:
    """1,234,567 → 1.23M or 123万; the sign is left to the caller."""
    rounded = three_digits(abs(value))
    for step, suffix in steps(language):
        if rounded >= step:
            return plain(rounded / step) + suffix
    return plain(rounded, most=6)


def steps(language: str) -> tuple[tuple[Decimal, str], ...]:
    style = number_style()
    if style is NumberStyle.LANGUAGE:
        return STEPS_ZH if is_chinese(language) else STEPS_EN
    return STEPS_ZH if style is NumberStyle.WAN else STEPS_EN


def sign(value: Decimal) -> str:
    return MINUS if value < 0 else ""


def signed(text: str, value: Decimal) -> str:
    """Before the digits; what rounds to zero has no sign."""
    return sign(value) if text.strip("0.,") else ""


def is_roas(metric: Figured) -> bool:
    """Return on ad spend, which Chinese plans write as 投产比 1:2.51."""
    return getattr(metric, "display", "") == "roas" or getattr(metric, "code", "") == "roas"


def dressed(text: str, value: Decimal, metric: Figured, language: str, currency: str) -> str:
    """The digits with their sign and unit."""
    chinese = is_chinese(language)
    before = signed(text, value)
    match metric.unit:
        case "money":
            return f"{before}{currency}{text}"
        case "percent":
            return f"{before}{text}%"
        case "ratio" if chinese and is_roas(metric):
            return f"1:{before}{text}"
        case "days" if chinese:
            return f"{before}{text} 天"
        case "days":
            return f"{before}{text} {'day' if text == '1' else 'days'}"
        case _:
            return f"{before}{text}"


def _shown(value: Decimal, metric: Figured) -> Decimal:
    """A clicks ÷ impressions of 0.025 is written as 2.5%."""
    return value * 100 if metric.unit == "percent" else value


def tile(value: Decimal | None, metric: Figured, language: str, currency: str = "¥") -> str:
    """At most three significant digits; "—" is no value."""
    if value is None:
        return NO_VALUE
    value = _shown(value, metric)
    if metric.unit in {"percent", "ratio", "days"}:
        text = plain(three_digits(abs(value)), most=4)
    else:
        text = short(value, language)
    return dressed(text, value, metric, language, currency)


def exact(value: Decimal | None, metric: Figured, language: str, currency: str = "¥") -> str:
    """For tables and titles, with the decimals that columns line up by: money, percent and ratio 2."""
    if value is None:
        return NO_VALUE
    value = _shown(value, metric)
    match metric.unit:
        case "money" if 0 < abs(value) < 1:
            text = plain(value, least=2, most=4)
        case "money" | "percent" | "ratio":
            text = plain(value, least=2, most=2)
        case _:
            text = plain(value, most=2)
    return dressed(text, value, metric, language, currency)


def number(value: Decimal | int | None) -> str:
    """A bare count, written in full."""
    if value is None:
        return NO_VALUE
    text = plain(Decimal(value), most=2)
    return signed(text, Decimal(value)) + text


def share(value: Decimal | None) -> str:
    """A fraction such as an attainment as percent, rounded down: what misses its plan never reads 100%."""
    if value is None:
        return NO_VALUE
    percent = value * 100
    places = 0 if abs(percent) >= 100 else 1
    percent = percent.quantize(Decimal((0, (1,), -places)), rounding=ROUND_FLOOR, context=_WIDE)
    return f"{sign(percent)}{plain(percent, most=places)}%"


def change_between(value: Decimal | None, before: Decimal | None, metric: Figured) -> Decimal | None:
    """Points for percent metrics, else the fraction by which it moved; None where there is nothing to compare."""
    if value is None or before is None:
        return None
    if metric.unit == "percent":
        return (value - before) * 100
    return None if before == 0 else (value - before) / abs(before)


def change(value: Decimal | None, metric: Figured, language: str) -> str:
    """+12.3% for amounts (of a fraction), +1.3 pp or +1.3 个百分点 for percent metrics (of points)."""
    if value is None:
        return NO_VALUE
    points = metric.unit == "percent"
    moved = three_digits((value if points else value * 100).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
    moved = moved.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    lead = "" if moved == 0 else "+" if moved > 0 else MINUS
    unit = (" 个百分点" if is_chinese(language) else " pp") if points else "%"
    return f"{lead}{plain(moved, most=1)}{unit}"


def day(value: date | None, language: str) -> str:
    if value is None:
        return NO_VALUE
    if is_chinese(language):
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {MONTHS_EN[value.month - 1]} {value.year}"


def short_day(value: date, language: str) -> str:
    """Without the year, where the page has said it."""
    if is_chinese(language):
        return f"{value.month}月{value.day}日"
    return f"{value.day} {MONTHS_EN[value.month - 1]}"


def moment(value: datetime | None, language: str) -> str:
    """A day and a time, in the zone that the value already is in."""
    if value is None:
        return NO_VALUE
    between = " " if is_chinese(language) else ", "
    return f"{day(value, language)}{between}{value:%H:%M}"


def period(text: str, language: str) -> str:
    """`2025-08-10`, `2025-W33`, `2025-08`, `2025-Q3`, `2025` in words; raises ValueError for anything else."""
    chinese = is_chinese(language)
    match text.split("-"):
        case [year] if year.isdecimal():
            return f"{year}年" if chinese else year
        case [year, part] if part.startswith("Q") and part[1:] in {"1", "2", "3", "4"}:
            return f"{year}年第{QUARTERS_ZH[int(part[1]) - 1]}季度" if chinese else f"{part} {year}"
        case [year, part] if part.startswith("W") and part[1:].isdecimal():
            return f"{year}年第{int(part[1:])}周" if chinese else f"Week {int(part[1:])}, {year}"
        case [year, month] if month.isdecimal() and 1 <= int(month) <= 12:
            return f"{year}年{int(month)}月" if chinese else f"{MONTHS_EN_LONG[int(month) - 1]} {year}"
        case [_, _, _]:
            return day(date.fromisoformat(text), language)
    raise ValueError(f"not a period: {text!r}")


def short_period(text: str, language: str) -> str:
    """Like `period`, a month and a quarter without their year: Oct, Q3, 10月, 第三季度."""
    match text.split("-"):
        case [_, part] if part.isdecimal():
            return f"{int(part)}月" if is_chinese(language) else MONTHS_EN[int(part) - 1]
        case [_, part] if part.startswith("Q"):
            return f"第{QUARTERS_ZH[int(part[1]) - 1]}季度" if is_chinese(language) else part
    return period(text, language)


def between(language: str) -> str:
    """What stands between two names in a row."""
    return "、" if is_chinese(language) else ", "


def listed(names: Iterable[object], language: str) -> str:
    """Several names in a row."""
    return between(language).join(map(str, names))


def duration(seconds: int | None, language: str) -> str:
    """How long is left, roughly: 45 s, 3 min, 1 h 20 min."""
    if seconds is None:
        return NO_VALUE
    chinese = is_chinese(language)
    if seconds < 60:
        return f"{max(seconds, 1)} 秒" if chinese else f"{max(seconds, 1)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} 分钟" if chinese else f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if chinese:
        return f"{hours} 小时 {rest} 分钟" if rest else f"{hours} 小时"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def rough(seconds: int, language: str, *, days: bool = True) -> str:
    """A time as people say it, always shorter than it is: 17 min, 1 h 20 min, 5 h, 3 days. Without `days`: 76 h."""
    chinese = is_chinese(language)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours < 2:
        if not hours:
            return f"{minutes} 分钟" if chinese else f"{minutes} min"
        return duration(hours * 3600 + minutes * 60, language)
    if not days or hours < 48:
        return f"{hours} 小时" if chinese else f"{hours} h"
    return f"{hours // 24} 天" if chinese else f"{hours // 24} days"
