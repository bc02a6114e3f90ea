"""Telephone numbers, as gateways want them and as pages show them. Pure."""

from __future__ import annotations

import re


def international(number: str, country: str) -> str:
    """E.164: +8613800001234. A number without + or 00 is of the country. Raises ValueError."""
    plain = re.sub(r"[\s()./-]", "", number)
    if plain.startswith("00"):
        plain = "+" + plain[2:]
    if not plain.startswith("+"):
        # Of countries that dial a 0 before the number, which the international form leaves out.
        plain = f"+{country}{plain.removeprefix('0')}"
    if not re.fullmatch(r"\+[1-9]\d{6,14}", plain):
        raise ValueError(number)
    return plain


def masked(number: str) -> str:
    """138****1234: enough to tell one's own, too little to call."""
    digits = [place for place, sign in enumerate(number) if sign.isdigit()]
    if len(digits) < 6:
        return "*" * len(number)
    hidden = set(digits[max(1, len(digits) - 8) : -4])
    return "".join("*" if place in hidden else sign for place, sign in enumerate(number))


def without_numbers(text: str) -> str:
    """Whatever a gateway repeats of the number that it was given."""
    return re.sub(r"\+?\d{8,15}", lambda found: masked(found[0]), text)
