"""Writing to somebody: in her language, with numbers as she wants them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation

from common.number_style import writing_numbers
from organization.models import Person


@contextmanager
def speaking_to(person: Person, *, language: str = "") -> Iterator[None]:
    """`language`: another than hers."""
    with speaking(language or person.language, numbers=person.number_style):
        yield


@contextmanager
def speaking(language: str, *, numbers: str = "") -> Iterator[None]:
    """To nobody in particular, such as a group chat: numbers as the language has them, whoever's request this is."""
    with translation.override(language), writing_numbers(numbers):
        yield
