"""What upper floors say is in use, so that this one may ask before it changes what they stand on."""

from __future__ import annotations

from collections.abc import Callable

_questions: list[Callable[[], bool]] = []


def register_money(question: Callable[[], bool]) -> None:
    """`question` says whether amounts in the company's currency are kept already."""
    _questions.append(question)


def money_is_kept() -> bool:
    return any(question() for question in _questions)
