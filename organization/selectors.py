"""Reading the organization: company settings, nodes and scopes by their written form."""

from __future__ import annotations

from datetime import date, timedelta

from organization.models import DIMENSIONS, CalendarDay, Company, Node, Scope


class UnknownScope(LookupError):
    """No such scope; the message says which part is unknown."""


def company() -> Company:
    return Company.objects.get(pk=1)


def parse_scope(text: str) -> dict[str, Node]:
    """Nodes by dimension of a written scope, parts in any order; empty for `company`.

    Raises UnknownScope where the text is no scope or names an unknown node.
    """
    text = text.strip()
    if text == "company":
        return {}
    nodes: dict[str, Node] = {}
    for part in text.split("+"):
        dimension, colon, path = part.partition(":")
        if not colon or dimension not in DIMENSIONS:
            raise UnknownScope(
                f"{part!r} is not a scope; write company, channel:google-ads or region:华东+channel:抖音直播."
            )
        if dimension in nodes:
            raise UnknownScope(f"{text!r} names {dimension} twice.")
        node = Node.objects.filter(dimension=dimension, path=path).first()
        if node is None:
            raise UnknownScope(f"There is no {dimension} with the code {part!r}.")
        nodes[dimension] = node
    return nodes


def find_scope(text: str) -> Scope | None:
    """The scope that this text writes, where it has been pointed to; None where its nodes exist but it has not.

    Raises UnknownScope as `parse_scope` does.
    """
    nodes = parse_scope(text)
    key = "+".join(nodes[dimension].code for dimension in DIMENSIONS if dimension in nodes) or "company"
    return Scope.objects.filter(key=key).first()


def is_working_day(day: date, exceptions: dict[date, bool]) -> bool:
    return exceptions.get(day, day.weekday() < 5)


def closed_through(as_of: date) -> date:
    """Periods that end on this day or before it are closed.

    A period closes on the n-th working day after its end, n being the company's `close_after_working_days`.
    """
    days = company().close_after_working_days
    exceptions = dict(
        CalendarDay.objects.filter(day__lte=as_of, day__gte=as_of - timedelta(days=90)).values_list("day", "working")
    )
    day = as_of
    while True:
        days -= is_working_day(day, exceptions)
        if days <= 0:
            return day - timedelta(days=1)
        day -= timedelta(days=1)
