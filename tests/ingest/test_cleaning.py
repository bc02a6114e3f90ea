from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.cleaning import parse_day


@pytest.mark.parametrize(
    "text",
    [
        "2025-08-01", "2025/8/1", "2025年8月1日", "20250801", "45870", "45870.0", "2025.8.1", "２０２５／８／１",
        " 2025-08-01 ", "2025-08-01 12:30:00", "2025-08-01T00:00:00Z", "'2025-08-01'", "2025年08月01日",
    ],
)  # fmt: skip
def test_a_day_is_read_however_people_write_it(text: str) -> None:
    assert parse_day(text) == date(2025, 8, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "合计",
        "01/08/2025",
        "2025-13-01",
        "2025-02-30",
        "2025-08-01 ~ 2025-08-31",
        "2025-08-01 to 2025-08-07",
        "1025-01-01",
        "12",
        "n/a",
    ],
)
def test_what_is_no_day_or_could_be_two_is_none(text: str) -> None:
    assert parse_day(text) is None


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    for text in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
    ):
        assert parse_day(text) == day


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_days(text: str) -> None:
    parse_day(text)


def number(raw: str) -> Decimal | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ingest_number(%s)", [raw])
        amount: Decimal | None = cursor.fetchone()[0]
    return amount


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("raw", "amount"),
    [
        ("1,234,567.89", "1234567.89"), ("¥12.50", "12.5"), ("￥1,000", "1000"), ("１２３", "123"), ("12%", "0.12"),
        ("1.2万", "12000"), ("3亿", "300000000"), ("600元", "600"), ("(123.45)", "-123.45"), ("-¥5", "-5"), ("¥-5", "-5"),
        ("1.234,56", "1234.56"), (" 7 ", "7"), ("7\u00a0000", "7000"), ("1e3", "1000"), ("+5", "5"), (".5", "0.5"),
        ("0.00005", "0.0001"), ("１，２３４．５", "1234.5"),
    ],
)  # fmt: skip
def test_an_amount_is_read_however_people_write_it(raw: str, amount: str) -> None:
    assert number(raw) == Decimal(amount)


@pytest.mark.django_db
@pytest.mark.parametrize("raw", ["", " ", "-", "--", "—", "N/A", "null", "无", "/"])
def test_an_empty_amount_is_absent_and_not_zero(raw: str) -> None:
    assert number(raw) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    [
        "abc",
        "1,23",
        "0,125",
        "10 20",
        "100\n200",
        "12,5",
        "1,2,3",
        "1.2.3",
        "¥",
        "%",
        "0x10",
        "1e99",
        "1000000000000",
        "NaN",
        "∞",
    ],
)
def test_what_is_no_clear_amount_is_not_guessed(raw: str) -> None:
    read = number(raw)
    assert read is not None
    assert read.is_nan()


@pytest.mark.django_db
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=st.decimals(-(10**11), 10**11, places=4), parts=st.integers(1, 31))
def test_a_week_spread_over_its_days_adds_up_exactly(amount: Decimal, parts: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(share), max(share) - min(share) FROM (SELECT ingest_share(%s, %s, k) AS share"
            " FROM generate_series(0, %s - 1) AS k) AS shares",
            [amount, parts, parts],
        )
        total, apart = cursor.fetchone()
    assert total == amount
    assert apart <= Decimal("0.0001")


@pytest.mark.django_db
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=30))
def test_no_text_breaks_the_reader_of_amounts(raw: str) -> None:
    number(raw)
