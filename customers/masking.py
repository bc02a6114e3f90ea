"""Contacts as pages show them: enough to tell one's own customer, too little to reach or to name her. Pure.

Nothing shows more than seven digits, nor the whole of what it masks.
"""

from __future__ import annotations

import re
import unicodedata

STARS = "****"
HEAD, TAIL = 3, 4  # digits of a whole telephone number that stay
SHORT, TINY = 10, 4  # up to so many digits less stays, or nothing
MOST_WORDS = 3  # of a name

_MAIL = re.compile(r"[^\s@<>(),;:，；：（）]+@[^\s@<>(),;:，；：（）]+")
_NUMBER = re.compile(r"\+?\d(?:[\s()./-]{0,2}\d){5,}")
_CHINESE_CODE = re.compile(r"(?:\+|00)?86(?=1\d{10}$)")


def mask_phone(number: str) -> str:
    """138****1234, also with +86 before it; +44****6789; 021****5678. Less of shorter numbers; "" of nothing."""
    plain = unicodedata.normalize("NFKC", number).strip()
    digits = "".join(sign for sign in plain if sign.isdigit())
    if not digits:
        return STARS if plain else ""
    abroad = "+" if plain.startswith("+") else ""
    home = _CHINESE_CODE.sub("", abroad + digits)
    if len(home) < len(abroad + digits):
        abroad, digits = "", home
    head, tail = (HEAD, TAIL) if len(digits) > SHORT else (1, 2) if len(digits) > TINY else (0, 0)
    if abroad and head == HEAD:
        head = 2  # of most countries their code, and nothing of the number
    return f"{abroad}{digits[:head]}{STARS}{digits[len(digits) - tail :]}"


def mask_email(address: str) -> str:
    """l***@example.com; a domain of one letter, or that may be a number itself, goes too."""
    plain = address.strip()
    if not plain:
        return ""
    local, at, domain = plain.rpartition("@")
    if not at:
        return "***"
    if len(domain) < 2 or sum(sign.isdigit() for sign in domain) > TAIL:
        domain = "***"
    return f"{local[0] if len(local) > 1 else ''}***@{domain}"


def mask_name(name: str) -> str:
    """王**, 王*, J*** M***: the first letter of each word, at most three words; a name of one letter goes whole."""
    plain = " ".join(name.split())
    if "@" in plain:
        return mask_email(plain)
    if _NUMBER.fullmatch(unicodedata.normalize("NFKC", plain)):
        return mask_phone(plain)
    return " ".join(_mask_word(word) for word in plain.split()[:MOST_WORDS])


def mask_text(text: str) -> str:
    """The same text with telephone numbers and mail addresses masked."""
    spared = _MAIL.sub(lambda found: mask_email(found[0]), text)
    return _NUMBER.sub(lambda found: mask_phone(found[0]), spared)


def _mask_word(word: str) -> str:
    if len(word) < 2:
        return "*"
    if unicodedata.category(word[0]) == "Lo":  # no case: Chinese and its neighbours
        return word[0] + "*" * min(len(word) - 1, 2)
    return f"{word[0]}***"
