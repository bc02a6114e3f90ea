"""Long lists a page at a time, by a cursor: rows that come or go meanwhile neither repeat others nor hide them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request

from organization.api.errors import Fault, invalid

LIMIT, MOST = 100, 500
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    next: str | None  # the address of the page that follows


def page_of(
    request: Request, query: QuerySet[Row], *, keys: Sequence[str], cursor: str = "", limit: int = LIMIT
) -> Page[Row]:
    """The rows after the cursor, in the order of `keys` (a minus turns one round), which together must be unique.

    A cursor only says where to go on in a query that is narrowed anew each time; it is signed for this person and this
    question. Raises Problem where it is not hers, belongs to another question or was made up.
    """
    names = [key.removeprefix("-") for key in keys]
    query = query.order_by(*keys)
    if cursor:
        query = query.filter(_beyond(keys, _read(request, cursor, len(keys))))
    found = list(query[: limit + 1])
    rows = found[:limit]
    if len(found) <= limit:
        return Page(rows, None)
    last = [_plain(getattr(rows[-1], name)) for name in names]
    params = request._request.GET.copy()
    params["cursor"] = signing.dumps(last, salt=_salt(request))
    return Page(rows, request.build_absolute_uri(f"{request.path}?{params.urlencode()}"))


def _beyond(keys: Sequence[str], values: Sequence[Any]) -> Q:
    """(a > x) or (a = x and b > y) or …"""
    beyond, same = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        name = key.removeprefix("-")
        step = "lt" if key.startswith("-") else "gt"
        beyond |= same & Q(**{f"{name}__{step}": value})
        same &= Q(**{name: value})
    return beyond


def _read(request: Request, cursor: str, length: int) -> list[Any]:
    try:
        values = signing.loads(cursor, salt=_salt(request))
    except (signing.BadSignature, ValueError):
        values = None
    if not isinstance(values, list) or len(values) != length:
        raise invalid([Fault("?cursor", _("This cursor is not of this list. Begin again without one."))])
    return values


def _salt(request: Request) -> str:
    question = sorted(
        (name, values) for name, values in request._request.GET.lists() if name not in ("cursor", "limit")
    )
    told = hashlib.sha256(repr(question).encode()).hexdigest()
    return f"api-cursor:{request.user.pk}:{request.path}:{told}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
