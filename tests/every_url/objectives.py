"""Rows of an objective and what hangs on it."""

from __future__ import annotations

from collections.abc import Callable

from tests.every_url.things import (
    objective_at,
)
from tests.every_url.told import (
    Row,
    row,
)
from tests.every_url.world import Arguments

OURS, THEIRS = "region:华东/上海", "region:华北/北京分店"
OBJECTIVE_SETTERS = "200 200 403 403 200 403 login"
OBJECTIVE_SETTERS_GO_ON = "3xx 3xx 403 403 3xx 403 login"


def of_an_objective(
    get: str, post: str | None = None, at: Callable[..., Arguments] = objective_at, state: str = "draft"
) -> Row:
    return row(get, POST=post, at=at(OURS, state=state), foreign=at(THEIRS, state=state))
