"""Column types that PostgreSQL has and Django has not."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


class NumericField(models.DecimalField):  # type: ignore[type-arg]  # not subscriptable at run time
    """`numeric` without a fixed scale: figures keep every digit that the division gave."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 200)
        kwargs.setdefault("decimal_places", 100)
        super().__init__(**kwargs)

    def db_type(self, connection: Any) -> str:
        return "numeric"


class DateMultiRangeField(models.Field):  # type: ignore[type-arg]  # likewise
    """`datemultirange`; read and written by SQL alone."""

    def db_type(self, connection: Any) -> str:
        return "datemultirange"


def amounts_field() -> ArrayField[Any, Any]:
    """A slot per measure, every amount rounded to four places where it comes in: NULL is not reported, 0 is zero."""
    return ArrayField(NumericField(null=True))
