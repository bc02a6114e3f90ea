"""What happened to a complaint, in words. An event's `values` are what services put there; what one lacks is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common import formats
from feedback.due_words import language
from feedback.models import Category, Cause, ComplaintEvent, Happened, Severity
from feedback.services.handling import BY
from organization.models import DIMENSIONS, Scope

THEIRS = frozenset({Happened.RECEIVED, Happened.HEARD})
OURS = frozenset({Happened.ANSWERED, Happened.MESSAGE})
WARNINGS = frozenset({Happened.WARNED, Happened.BREACHED, Happened.ESCALATED})


@dataclass(frozen=True)
class EventLine:
    """`side`: customer, us, note, clock or "" for what just happened."""

    event: ComplaintEvent
    who: str
    words: str
    side: str


@dataclass(frozen=True)
class Names:
    """What values call by a key, in the reader's language."""

    areas: Mapping[str, str]
    categories: Mapping[str, str]
    causes: Mapping[int, str]


def lines(events: Sequence[ComplaintEvent]) -> list[EventLine]:
    """Three queries at most, whatever their number."""
    names = _names(events)
    return [EventLine(one, _who(one), _words(one, names), _side(one)) for one in events]


def _names(events: Iterable[ComplaintEvent]) -> Names:
    areas, categories, causes = set(), set(), set()
    for one in events:
        if one.kind == Happened.AREA:
            areas |= {one.values.get("before", ""), one.values.get("after", "")}
            categories |= {one.values.get("category_before", ""), one.values.get("category_after", "")}
        if one.kind == Happened.SOLVED:
            causes |= set(one.values.get("path") or [])
    scopes = Scope.objects.filter(key__in=areas).select_related(*DIMENSIONS) if areas else ()
    about = Category.objects.filter(code__in=categories) if categories else ()
    known = Cause.objects.filter(pk__in=[pk for pk in causes if isinstance(pk, int)]) if causes else ()
    return Names(
        {scope.key: scope.label for scope in scopes},
        {one.code: one.label for one in about},
        {one.pk: one.name for one in known},
    )


def _who(one: ComplaintEvent) -> str:
    if one.person is not None:
        return one.person.label
    by_customer = (
        one.kind in (Happened.REOPENED, Happened.CONFIRMED) and one.values.get("by", "") == "customer"
    )
    return _("The customer") if by_customer or one.kind in THEIRS else "Plumbline"


def _side(one: ComplaintEvent) -> str:
    if one.kind in THEIRS:
        return "customer"
    if one.kind in OURS:
        return "us"
    if one.kind == Happened.NOTE:
        return "note"
    return "clock" if one.kind in WARNINGS else ""


def _words(one: ComplaintEvent, names: Names) -> str:
    values: dict[str, Any] = one.values
    match one.kind:
        case Happened.RECEIVED if values.get("no_region"):
            return _("Received, without a region")
        case Happened.ASSIGNED:
            return _assigned(values)
        case Happened.SEVERITY:
            return _("Severity from %(before)s to %(after)s") % {
                "before": _severity(values.get("before")),
                "after": _severity(values.get("after")),
            }
        case Happened.AREA:
            return _area(values, names)
        case Happened.ANSWERED | Happened.MESSAGE | Happened.HEARD:
            way = BY.get(values.get("by", ""))
            return f"{one.get_kind_display()} · {way}" if way else one.get_kind_display()
        case Happened.WARNED | Happened.BREACHED:
            return _clock(one.kind, values)
        case Happened.ESCALATED if values.get("whom"):
            whom = formats.listed(values["whom"], language())
            return _("Taken up a level, to %(name)s") % {"name": whom}
        case Happened.ASKED if values.get("by") == "task":
            return _("To be asked by hand whether it stayed solved: no mail address is known")
        case Happened.SOLVED:
            path = [
                names.causes.get(pk, "") if isinstance(pk, int) else str(pk)
                for pk in values.get("path") or []
            ]
            named = " → ".join(name for name in path if name)
            return _("Solved; the cause: %(path)s") % {"path": named} if named else _("Solved")
        case Happened.REPEAT if values.get("of"):
            return _("Found to be a repeat of #%(number)s") % {"number": values["of"]}
        case Happened.CONFIRMED if values.get("heard") is False:
            return _("Closed: the customer was asked and did not say")
    return one.get_kind_display()


def _assigned(values: Mapping[str, Any]) -> str:
    if not values.get("name"):
        said = _("Assigned to nobody")
    elif values.get("instead_of"):
        said = _("Assigned to %(name)s instead of %(before)s") % {
            "name": values["name"],
            "before": values["instead_of"],
        }
    else:
        said = _("Assigned to %(name)s") % {"name": values["name"]}
    if values.get("rule"):
        return _("%(said)s, by the rule “%(rule)s”") % {"said": said, "rule": values["rule"]}
    return said


def _area(values: Mapping[str, Any], names: Names) -> str:
    parts = []
    if values.get("before") != values.get("after"):
        parts.append(
            _("Area from %(before)s to %(after)s")
            % {name: names.areas.get(values.get(name, ""), "—") for name in ("before", "after")}
        )
    if values.get("category_before") != values.get("category_after"):
        parts.append(
            _("Category from %(before)s to %(after)s")
            % {
                name: names.categories.get(values.get(f"category_{name}", ""), "—")
                for name in ("before", "after")
            }
        )
    return " · ".join(parts) or _("Area or category changed")


def _clock(kind: str, values: Mapping[str, Any]) -> str:
    answer = values.get("clock") == "answer"
    if kind == Happened.WARNED:
        return _("Time for the first answer runs out") if answer else _("Time for the solution runs out")
    return _("The first answer is out of time") if answer else _("The solution is out of time")


def _severity(value: Any) -> str:
    return str(Severity(value).label) if value in Severity.values else "—"
