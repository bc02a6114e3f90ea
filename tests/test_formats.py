"""How figures read, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal as D

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common import formats
from common.listing import listed
from dashboards import marks


@dataclass(frozen=True)
class Metric:
    unit: str
    display: str = ""


COUNT, MONEY, PERCENT, RATIO, DAYS = (Metric(unit) for unit in ("count", "money", "percent", "ratio", "days"))
ROAS = Metric("ratio", "roas")


@pytest.mark.parametrize(
    ("value", "metric", "english", "chinese"),
    [
        ("0", COUNT, "0", "0"),
        ("987", COUNT, "987", "987"),
        ("1200000", COUNT, "1.2M", "120万"),
        ("3400", MONEY, "¥3.4K", "¥3,400"),
        ("340000000", COUNT, "340M", "3.4亿"),
        ("1234567", COUNT, "1.23M", "123万"),
        ("999950", COUNT, "1M", "100万"),
        ("9999", COUNT, "10K", "1万"),
        ("99999999", MONEY, "¥100M", "¥1亿"),
        ("12345678", MONEY, "¥12.3M", "¥1,230万"),
        ("-84210", MONEY, "−¥84.2K", "−¥8.42万"),
        ("0.3456", MONEY, "¥0.346", "¥0.346"),
        ("0.02873", PERCENT, "2.87%", "2.87%"),
        ("1.044", PERCENT, "104%", "104%"),
        ("2.5126", RATIO, "2.51", "2.51"),
        ("2.5126", ROAS, "2.51", "1:2.51"),
        ("1", DAYS, "1 day", "1 天"),
        ("12", DAYS, "12 days", "12 天"),
    ],
)
def test_bob_reads_three_digits_on_a_tile(value: str, metric: Metric, english: str, chinese: str) -> None:
    assert formats.tile(D(value), metric, "en") == english
    assert formats.tile(D(value), metric, "zh-hans") == chinese


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=4), st.sampled_from([COUNT, MONEY, RATIO]))
def test_no_tile_shows_more_than_three_significant_digits(value: D, metric: Metric) -> None:
    for language in ("en", "zh-hans"):
        text = formats.tile(value, metric, language)
        digits = "".join(letter for letter in text if letter.isdigit()).strip("0")
        assert len(digits) <= 3, text


@pytest.mark.parametrize("metric", [COUNT, PERCENT, RATIO, DAYS])
def test_what_rounds_to_zero_is_no_loss(metric: Metric) -> None:
    least = D("-0.00000001")
    for text in (
        formats.tile(least, metric, "en"),
        formats.exact(least, metric, "zh-hans"),
        formats.number(least),
    ):
        assert formats.MINUS not in text
    assert formats.exact(D("-0.01"), MONEY, "en").startswith(formats.MINUS)


def test_no_value_is_a_dash_and_zero_is_zero() -> None:
    assert formats.tile(None, MONEY, "en") == formats.exact(None, MONEY, "en") == formats.share(None) == "—"
    assert formats.tile(D(0), MONEY, "en") == "¥0"
    assert formats.exact(D(0), MONEY, "en") == "¥0.00"


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        ("3412.5", MONEY, "¥3,412.50"),
        ("13.885", MONEY, "¥13.89"),
        ("0.3456", MONEY, "¥0.3456"),
        ("1234567", COUNT, "1,234,567"),
        ("1428.5714", COUNT, "1,428.57"),
        ("-2.5126", RATIO, "−2.51"),
        ("0.025", PERCENT, "2.50%"),
    ],
)
def test_dana_reads_the_exact_figure_in_tables(value: str, metric: Metric, text: str) -> None:
    assert formats.exact(D(value), metric, "en") == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [("1", "100%"), ("0.99999", "99.9%"), ("0.9344", "93.4%"), ("0.85", "85%"), ("1.1279", "112%")],
)
def test_what_misses_its_plan_never_reads_as_all_of_it(fraction: str, text: str) -> None:
    assert formats.share(D(fraction)) == text


def test_percent_metrics_move_in_points_and_amounts_in_percent() -> None:
    assert formats.change_between(D("0.043"), D("0.03"), PERCENT) == D("1.3")
    assert formats.change(D("1.3"), PERCENT, "en") == "+1.3 pp"
    assert formats.change(D("1.3"), PERCENT, "zh-hans") == "+1.3 个百分点"
    assert formats.change_between(D(90), D(120), MONEY) == D("-0.25")
    assert formats.change(D("-0.25"), MONEY, "en") == "−25%"
    assert formats.change(D("0.00004"), MONEY, "en") == "0%"


def test_a_change_from_nothing_or_zero_is_no_value() -> None:
    assert formats.change_between(D(5), D(0), MONEY) is None
    assert formats.change_between(D(5), None, PERCENT) is None
    assert formats.change(None, MONEY, "en") == "—"


def test_a_loss_that_shrinks_is_a_rise() -> None:
    moved = formats.change_between(D(-50), D(-100), MONEY)
    assert moved == D("0.5")


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("2025-08-10", "10 Aug 2025", "2025年8月10日"),
        ("2025-W33", "Week 33, 2025", "2025年第33周"),
        ("2025-08", "August 2025", "2025年8月"),
        ("2025-Q3", "Q3 2025", "2025年第三季度"),
        ("2025", "2025", "2025年"),
    ],
)
def test_periods_are_spelled_out(text: str, english: str, chinese: str) -> None:
    assert formats.period(text, "en") == english
    assert formats.period(text, "zh-hans") == chinese


def test_what_is_no_period_is_refused() -> None:
    with pytest.raises(ValueError, match="not a period"):
        formats.period("2025-13", "en")


def test_days_and_times_read_by_language() -> None:
    assert formats.day(date(2026, 11, 2), "en") == "2 Nov 2026"
    assert formats.moment(datetime(2026, 11, 2, 9, 5), "zh-hans") == "2026年11月2日 09:05"
    assert formats.duration(75, "en") == "1 min"
    assert formats.duration(4800, "zh-hans") == "1 小时 20 分钟"


def test_the_bar_keeps_order_and_starts_at_zero() -> None:
    bar = marks.bullet(D(80), D(90), D(120))
    assert bar is not None
    assert bar.start == 0
    assert bar.expected is not None
    assert bar.target is not None
    assert bar.length < bar.expected < bar.target < marks.WIDTH


def test_a_loss_is_drawn_to_the_left_of_zero() -> None:
    bar = marks.bullet(D(-20), D(10), D(40))
    assert bar is not None
    assert bar.start == 0
    assert bar.expected is not None
    assert 0 < bar.length < bar.expected


def test_a_figure_with_nothing_to_compare_has_no_bar() -> None:
    assert marks.bullet(D(5), None, None) is None
    missing = marks.bullet(None, D(5), D(10))
    assert missing is not None
    assert missing.start is None


def test_a_line_is_broken_where_there_is_no_value() -> None:
    drawn = marks.spark([1, 2, None, 3])
    assert drawn is not None
    assert drawn.path.count("M") == 2
    assert marks.spark([1, None]) is None


@pytest.mark.parametrize(("language", "row"), [("en", "a, b"), ("zh-hans", "a、b")])
def test_names_stand_in_a_row_as_the_language_writes_them(language: str, row: str) -> None:
    template = Template(
        "{% load numbers %}{{ names|listed }}|{{ units|listed:'unit' }}|{{ names.0 }}{% between %}{{ names.1 }}"
    )
    with translation.override(language):
        assert listed(iter("ab")) == row
        said = template.render(Context({"names": ["a", "b"], "units": [Metric("a"), Metric("b")]}))
    assert said == f"{row}|{row}|{row}"
