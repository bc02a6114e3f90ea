"""Whole columns on their way into one statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal


def column(values: Iterable[int | Decimal | date | None]) -> str:
    """Numbers or days as PostgreSQL writes an array, for a `%s::date[]`; None is NULL. Not for text, which needs quoting.

    A text of thousands is read ten times as quickly as the list of expressions that the driver makes of a list.
    """
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"
