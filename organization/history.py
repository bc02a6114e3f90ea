"""The audit trail in words: areas and people by their names, what was and what became, amounts with their units.

What an entry means, the floor that wrote it knows: upper floors register a teller for the actions they record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from organization.holdings import holdings
from organization.models import DIMENSIONS, AuditEntry, Node, Person, Role, Scope
from organization.words import action_in_words, details_in_words

# A code ends where a blank, a comma, a bracket or the next part of a crossing begins.
CODE = re.compile(rf"(?:{'|'.join(DIMENSIONS)}):[^\s,+()→]+")
CROSSING = re.compile(rf"{CODE.pattern}(?:\+{CODE.pattern})*")
OF_PEOPLE = ("person.", "grant.", "invitation.", "factor.", "address.", "delegation.")
PEOPLE_NAMED = ("whom", "whose", "recipient")


@dataclass(frozen=True)
class Told:
    """What a teller says of an entry; `details` are names with their values."""

    subject: str
    details: Sequence[tuple[str, str]]


Teller = Callable[[Sequence[AuditEntry]], Mapping[int, Told]]
_tellers: dict[str, Teller] = {}


def register_teller(action: str, teller: Teller) -> None:
    """`teller` words entries of this action, many at once; those that it leaves out are worded as any other."""
    _tellers[action] = teller


@dataclass(frozen=True)
class Line:
    """An entry as people read it."""

    at: datetime
    who: Person | None
    action: str
    subject: str
    details: tuple[tuple[str, str], ...]


def lines(entries: Iterable[AuditEntry]) -> list[Line]:
    """Entries in words, in their order; a handful of queries however many there are."""
    entries = list(entries)
    told: dict[int, Told] = {}
    for action in {entry.action for entry in entries} & set(_tellers):
        told.update(_tellers[action]([entry for entry in entries if entry.action == action]))
    rough = [(entry, told.get(entry.pk) or _plain(entry)) for entry in entries]
    texts = [
        text for _entry, one in rough for text in (one.subject, *(value for _name, value in one.details))
    ]
    names = area_names(texts)
    people = _people_names(entries)
    return [_line(entry, one, names, people) for entry, one in rough]


def _plain(entry: AuditEntry) -> Told:
    return Told(entry.subject, details_in_words(_worded(entry.details)))


def _worded(details: dict[str, Any]) -> dict[str, Any]:
    """Before and after that are whole rows are compared field by field, as old and new are."""
    before, after = details.get("before"), details.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        rest = {name: value for name, value in details.items() if name not in ("before", "after")}
        return {**rest, "old": before, "new": after}
    handed = details.get("handed_over")
    if isinstance(handed, dict):
        labels = {holding.code: str(holding.label) for holding in holdings()}
        told = [f"{labels.get(kind, kind)} ({n}) → {to or '—'}" for kind, (n, to) in handed.items()]
        return {**details, "handed_over": told}
    old, new = details.get("old"), details.get("new")
    if isinstance(old, dict) and isinstance(new, dict):
        return {**details, "old": _with_roles(old), "new": _with_roles(new)}
    return details


def _with_roles(row: dict[str, Any]) -> dict[str, Any]:
    named = row.get("second_factor_roles")
    if not isinstance(named, list):
        return row
    return {
        **row,
        "second_factor_roles": [str(Role(one).label) if one in Role.values else one for one in named],
    }


def _line(entry: AuditEntry, told: Told, names: Mapping[str, str], people: Mapping[str, str]) -> Line:
    subject = told.subject
    if entry.action.startswith(OF_PEOPLE):
        subject = people.get(subject, subject)
    elif subject == "company" and entry.action.startswith(("responsibility.", "duty.")):
        subject = names["company"]
    else:
        subject = with_names(subject, names)
    raw = entry.details
    details = []
    for name, value in told.details:
        if value == "company":
            value = names["company"]
        elif value in Role.values:
            value = str(Role(value).label)
        elif value in people and value in {raw.get(key) for key in PEOPLE_NAMED}:
            value = people[value]
        else:
            value = with_names(value, names)
        details.append((name, value))
    return Line(entry.at, entry.person, action_in_words(entry.action), subject, tuple(details))


def area_names(texts: Iterable[str]) -> dict[str, str]:
    """The names of all codes that occur in these texts, by code, and of the company; one query."""
    codes = {code for text in texts for code in CODE.findall(text)}
    paths = {code.partition(":")[2] for code in codes}
    names = {"company": str(Scope(key="company").label)}
    if paths:
        nodes = Node.objects.filter(path__in=paths).only("dimension", "path", "name", "name_zh")
        names.update({node.code: node.label for node in nodes})
    return names


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Codes replaced by names; a code whose area is gone stays."""

    def named(match: re.Match[str]) -> str:
        return " × ".join(names.get(code, code) for code in match[0].split("+"))

    return CROSSING.sub(named, text)


def _people_names(entries: Iterable[AuditEntry]) -> dict[str, str]:
    said: set[str] = set()
    for entry in entries:
        if entry.action.startswith(OF_PEOPLE):
            said.add(entry.subject)
        said.update(str(entry.details[name]) for name in PEOPLE_NAMED if entry.details.get(name))
    if not said:
        return {}
    return {one.username: one.label for one in Person.objects.filter(username__in=said)}
