"""Nobody reads a whole contact where it is masked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customers.masking import mask_email, mask_name, mask_phone, mask_text

MOST_DIGITS = 7
_words = st.text(max_size=40)
_numbers = st.text(alphabet="0123456789+-() .", min_size=1, max_size=24)
_mails = st.emails()


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812341234", "138****1234"),
        ("138 1234 1234", "138****1234"),
        ("+86 138-1234-1234", "138****1234"),
        ("008613812341234", "138****1234"),
        ("１３８１２３４１２３４", "138****1234"),
        ("021-6234 5678", "021****5678"),
        ("+44 7911 123456", "+44****3456"),
        ("+1 (212) 555-0199", "+12****0199"),
        ("62345678", "6****78"),
        ("12345", "1****45"),
        ("110", "****"),
        ("ext. 7", "****"),
        ("call me", "****"),
        ("", ""),
    ],
)
def test_a_number_shows_enough_to_tell_one_s_own(number: str, shown: str) -> None:
    assert mask_phone(number) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("lili@example.com", "l***@example.com"),
        ("l@example.com", "***@example.com"),
        ("13812341234@163.com", "1***@163.com"),
        ("a@13812341234.cn", "***@***"),
        ("no address", "***"),
        ("", ""),
    ],
)
def test_an_address_shows_its_first_letter_and_where_it_is(address: str, shown: str) -> None:
    assert mask_email(address) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王**"),
        ("王伟", "王*"),
        ("王", "*"),
        ("欧阳娜娜", "欧**"),
        ("Jane Miller", "J*** M***"),
        ("jo", "j***"),
        ("Ann  B", "A*** *"),
        ("13812341234", "138****1234"),
        ("jane@example.com", "j***@example.com"),
        ("", ""),
    ],
)
def test_a_name_shows_its_first_letters(name: str, shown: str) -> None:
    assert mask_name(name) == shown


def test_numbers_and_addresses_within_a_text_are_masked_and_the_rest_stays() -> None:
    said = "Call 138 1234 1234 or +86-13900001111, mail lili@example.com，订单 20260105 was 3 days late; 100% wrong"
    shown = mask_text(said)
    assert shown == (
        "Call 138****1234 or 139****1111, mail l***@example.com，订单 2****05 was 3 days late; 100% wrong"
    )
    assert mask_text(shown) == shown


def _digits(text: str) -> int:
    return sum(sign.isdigit() for sign in text)


@given(_numbers | _words)
def test_no_number_shows_more_than_seven_digits_nor_the_whole(number: str) -> None:
    shown = mask_phone(number)
    assert _digits(shown) <= MOST_DIGITS
    inside = _digits(unicodedata.normalize("NFKC", number))  # "¼" is written 1⁄4 there
    assert not inside or _digits(shown) < inside


@given(_mails | _words)
def test_no_address_shows_its_whole_name(address: str) -> None:
    assume(address.strip())
    shown = mask_email(address)
    assert shown != address.strip() or set(address.strip()) <= {"*", "@"}
    assert _digits(shown) <= MOST_DIGITS
    local = address.strip().rpartition("@")[0]
    if len(local) > 1:
        assert not shown.startswith(local)


@given(_words | _numbers | _mails)
def test_no_name_shows_the_whole_of_a_word(name: str) -> None:
    shown = mask_name(name)
    assert _digits(shown) <= MOST_DIGITS
    for word in shown.split():
        assert "*" in word


@given(_words, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), _words)
def test_no_text_keeps_a_number_that_stands_in_it(before: str, number: str, after: str) -> None:
    assert number not in mask_text(f"{before} {number} {after}")
