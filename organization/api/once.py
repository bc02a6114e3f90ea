"""Requests that may be sent again: an `Idempotency-Key` of the caller's own, and what is kept of it beside what was done."""

from __future__ import annotations

import hashlib
import re

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from organization.api.errors import Fault, Problem

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


def key_parameter(kept: str = "") -> OpenApiParameter:
    """The header, for the schema; `kept` says for how long."""
    said = f"Any text of your own, up to {LONGEST_KEY} letters of ASCII{f'; {kept}' if kept else ''}."
    return OpenApiParameter(HEADER, OpenApiTypes.STR, OpenApiParameter.HEADER, description=said)


def key_of(request: Request) -> str | None:
    """As the caller wrote it; None without one. Raises Problem."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        said = _("A key is 1 to %(n)s letters of ASCII.") % {"n": LONGEST_KEY}
        raise Problem(400, said, errors=[Fault(f"{HEADER}:", said)])
    return key


def body_of(request: Request) -> bytes:
    """As it was sent: kept by the parser, which has read it by now."""
    body: bytes = request._request.body_sent  # type: ignore[attr-defined]
    return body


def key_taken() -> Problem:
    said = _("This key came before with another body. Take a new key for a new request.")
    return Problem(422, said, code="key-taken", errors=[Fault(f"{HEADER}:", said)])


def row_key_of(request: Request, rows: QuerySet[Model], about: str = "") -> str | None:
    """What a row with a unique `key` keeps: whose request, which of hers, and a mark of what it said (and `about` what).

    None without a key. Raises Problem where it came before with another body, or about something else.
    """
    key = key_of(request)
    if key is None:
        return None
    whose = f"api:{request.user.pk}:{hashlib.sha256(key.encode()).hexdigest()[:32]}:"
    mine = whose + hashlib.sha256(about.encode() + body_of(request)).hexdigest()[:32]
    if rows.filter(key__startswith=whose).exclude(key=mine).exists():
        raise key_taken()
    return mine
