"""JSON as it was sent: numbers keep their letters, and what JSON does not know is marked instead of guessed."""

from __future__ import annotations

import json
from collections import Counter
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser

from organization.api.errors import Fault, Problem

BODY_LIMIT = 10 * 1024 * 1024


class JsonNumber(str):
    """A number, letter for letter: no float comes between the sender and what is kept."""

    __slots__ = ()


class NotJson(str):
    """NaN, Infinity or -Infinity, which some programs write although JSON has no such numbers."""

    __slots__ = ()


class SaidTwice(dict[str, Any]):
    """An object in which a name stands twice; `names` are those."""

    names: tuple[str, ...] = ()


class ExactJsonParser(BaseParser):
    """Raises Problem: 413 beyond the limit, 400 where it is not JSON in UTF-8."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {}).get("request")
        length = request.META.get("CONTENT_LENGTH", "") if request is not None else ""
        if str(length).isdecimal() and int(length) > BODY_LIMIT:
            raise _too_large()
        body = stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise _too_large()
        if request is not None:
            request._request.body_sent = body
        return parse_exactly(body)


def parse_exactly(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=NotJson, object_pairs_hook=_object,
        )  # fmt: skip
    except UnicodeDecodeError:
        raise _unreadable(_("It is not in UTF-8.")) from None
    except RecursionError:
        raise _unreadable(_("It is nested too deeply.")) from None
    except json.JSONDecodeError as error:
        where = _("Line %(line)s, column %(column)s: %(why)s.") % {
            "line": error.lineno, "column": error.colno, "why": error.msg,
        }  # fmt: skip
        raise _unreadable(where) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    odd = SaidTwice(made)
    odd.names = tuple(sorted(name for name, times in Counter(name for name, _ in pairs).items() if times > 1))
    return odd


def _unreadable(why: str) -> Problem:
    return Problem(400, _("The body is not JSON that can be read."), errors=[Fault("#", why)])


def _too_large() -> Problem:
    limit = BODY_LIMIT // (1024 * 1024)
    return Problem(413, _("A body holds at most %(limit)s MB. Send it in parts.") % {"limit": limit})
