"""Which address is asked next: parameters, pages, markers. No ORM, no clock, no network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from django.utils.translation import gettext as _


class PullRefused(Exception):
    """What came cannot be used, and asking again would bring the same. The message is for people."""


Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Plan:
    """A pull with its secrets opened: never shown, never logged, never kept."""

    url: str
    headers: Pairs = ()
    query: Pairs = ()
    secret_query: Pairs = field(default=(), repr=False)
    json: bool = False
    records_path: str = ""
    paging: str = "none"
    page_parameter: str = ""
    page_start: int = 1
    size_parameter: str = ""
    page_size: int = 100
    cursor_path: str = ""
    most_pages: int = 100
    marker_field: str = ""


@dataclass(frozen=True)
class Ask:
    """One request, and what its place in the row of pages is."""

    url: str
    page: int = 1
    offset: int = 0
    cursor: str = ""


@dataclass(frozen=True)
class Page:
    """What one answer held, as far as the next request depends on it. `body` is the parsed JSON, where it is some."""

    records: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def first_ask(plan: Plan, times: Pairs = ()) -> Ask:
    """`times` are the parameters that say since when and until when."""
    return Ask(_url(plan, [*times, *_place(plan, 1, 0, "")]))


def next_ask(plan: Plan, times: Pairs, asked: Ask, got: Page) -> Ask | None:
    """The request after this one; None after the last. Raises PullRefused where pages lead in a circle or away."""
    following: Ask | None = None
    page, offset = asked.page + 1, asked.offset + got.records
    if plan.paging in {"page", "offset"}:
        if got.records and not (plan.size_parameter and got.records < plan.page_size):
            following = Ask(_url(plan, [*times, *_place(plan, page, offset, "")]), page, offset)
    elif plan.paging == "cursor":
        cursor = _text(dig(got.body, plan.cursor_path))
        if cursor:
            following = Ask(_url(plan, [*times, *_place(plan, page, offset, cursor)]), page, offset, cursor)
    elif plan.paging in {"next", "link"}:
        onward = _text(dig(got.body, plan.cursor_path)) if plan.paging == "next" else _linked(got.headers)
        if onward:
            following = Ask(_same_place(plan, asked.url, onward), page, offset)
    if following is None:
        return None
    if following.url == asked.url:
        raise PullRefused(_("Every page leads to itself. Check the settings for pages."))
    if following.page > plan.most_pages:
        raise PullRefused(
            _(
                "There are more than %(limit)s pages. Allow more, or ask for less at once; nothing was imported."
            )
            % {"limit": plan.most_pages}
        )
    return following


def dig(body: Any, path: str) -> Any:
    """What stands at `data.items.0`; None where there is no such place."""
    at = body
    for step in filter(None, path.split(".")):
        if isinstance(at, Mapping) and step in at:
            at = at[step]
        elif isinstance(at, list) and step.isdecimal() and int(step) < len(at):
            at = at[int(step)]
        else:
            return None
    return at


def _place(plan: Plan, page: int, offset: int, cursor: str) -> list[tuple[str, str]]:
    pairs = []
    if plan.paging == "page":
        pairs.append((plan.page_parameter, str(plan.page_start + page - 1)))
    elif plan.paging == "offset":
        pairs.append((plan.page_parameter, str(offset)))
    elif plan.paging == "cursor" and cursor:
        pairs.append((plan.page_parameter, cursor))
    if plan.size_parameter and plan.paging != "none":
        pairs.append((plan.size_parameter, str(plan.page_size)))
    return pairs


def _url(plan: Plan, more: Pairs) -> str:
    """The address with all parameters; a later one of a name takes the place of an earlier one."""
    parts = urlsplit(plan.url)
    ours = [*plan.query, *plan.secret_query, *more]
    names = {name for name, _value in ours}
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in names]
    last = dict(more)
    named = [(name, value) for name, value in ours[: len(ours) - len(more)] if name not in last]
    return urlunsplit(parts._replace(query=urlencode([*kept, *named, *last.items()]), fragment=""))


def _same_place(plan: Plan, here: str, onward: str) -> str:
    """The next page's address, which must be on the same host: the keys go with it."""
    target = urljoin(here, onward)
    old, new = urlsplit(plan.url), urlsplit(target)
    if (new.scheme, new.netloc.lower()) != (old.scheme, old.netloc.lower()):
        raise PullRefused(
            _("The next page lies on another host (%(host)s), and the keys are not for that one.")
            % {"host": new.hostname or new.scheme}
        )
    present = {name for name, _value in parse_qsl(new.query, keep_blank_values=True)}
    missing = [pair for pair in plan.secret_query if pair[0] not in present]
    query = "&".join(filter(None, [new.query, urlencode(missing)]))
    return urlunsplit(new._replace(query=query, fragment=""))


_LINK = re.compile(r"<([^>]*)>\s*((?:;[^,<]*)*)")


def _linked(headers: Mapping[str, str]) -> str:
    """The address of `Link: <…>; rel="next"` (RFC 8288)."""
    for url, parameters in _LINK.findall(headers.get("Link") or ""):
        found = re.search(r"""rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", parameters, re.I)
        if found and "next" in (found[1] or found[2]).lower().split():
            return str(url)
    return ""


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


# -- Markers -----------------------------------------------------------------------------------------


def day_text(day: date, style: str) -> str:
    """A day as the other side wants it: its beginning in UTC, where it is a number of seconds."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if style == "compact":
        return f"{day:%Y%m%d}"
    if style == "seconds":
        return str(int(moment.timestamp()))
    if style == "milliseconds":
        return str(int(moment.timestamp()) * 1000)
    return day.isoformat()


def higher(one: str, two: str) -> str:
    """The higher of two markers: as numbers where both are, else as text (dates in ISO form sort so)."""
    if not one or not two:
        return one or two
    try:
        return one if Decimal(one) >= Decimal(two) else two
    except InvalidOperation:
        return max(one, two)


def earlier(marker: str, day: date) -> str | None:
    """A marker that is a date or a moment, set back to the day and written the same way; None where it is neither."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:([T ])\d\d:\d\d.*?(Z|[+-]\d\d:?\d\d)?)?", marker)
    if not found:
        return None
    text = day.isoformat() + (f"{found[2]}00:00:00{found[3] or ''}" if found[2] else "")
    return min(text, marker)
