"""Answers that are long in coming, for what people do meanwhile in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


def hold_back(page: Any, address: str | re.Pattern[str]) -> Callable[[], None]:
    """Requests to this address wait until what is returned is called; later ones pass."""
    waiting: list[Any] = []
    passing = False

    def meet(route: Any) -> None:
        if passing:
            route.continue_()
        else:
            waiting.append(route)

    def let_pass() -> None:
        nonlocal passing
        passing = True
        for route in waiting:
            route.continue_()

    page.route(address, meet)
    return let_pass
