"""Money as every row of a budget keeps it."""

from __future__ import annotations

from typing import Any

from django.db import models


def money(**more: Any) -> models.DecimalField[Any, Any]:
    """The company's currency, to four places."""
    return models.DecimalField(max_digits=20, decimal_places=4, **more)
