"""How large numbers are shortened for whoever is being written to, where she does not want her language's own way.

Set around a request or a message (`writing_numbers`), asked by `common.formats.short`. Belongs to the context that it is
set in, so that two people at once do not mix.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class NumberStyle(StrEnum):
    LANGUAGE = ""  # as the language does
    WAN = "wan"  # 万, 亿
    THOUSAND = "k"  # K, M


_style: ContextVar[NumberStyle] = ContextVar("number_style", default=NumberStyle.LANGUAGE)


def number_style() -> NumberStyle:
    return _style.get()


@contextmanager
def writing_numbers(style: str) -> Iterator[None]:
    """A style that is not known is the language's own."""
    before = _style.set(NumberStyle(style) if style in set(NumberStyle) else NumberStyle.LANGUAGE)
    try:
        yield
    finally:
        _style.reset(before)
