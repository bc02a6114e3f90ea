"""What the address of a budget's page says, and what it may be changed to."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from budgets.models import Category
from budgets.selectors.pages import Asked, BudgetPage

BY: tuple[tuple[str, str | Promise], ...] = (
    ("line", _("By line")),
    ("category", _("By category")),
    ("team", _("By team")),
)
LONGEST = 100


@dataclass(frozen=True)
class Choices:
    categories: tuple[tuple[str, str | Promise], ...]
    teams: tuple[tuple[str, str], ...]


def asked_of(query: QueryDict) -> Asked:
    """What makes no sense is left out."""
    by, category, team = query.get("by", ""), query.get("category", ""), query.get("team", "")
    return Asked(
        by=by if by in dict(BY) else "line",
        words=query.get("q", "").strip()[:LONGEST],
        category=category if category in Category.values else "",
        team=team if team.isdecimal() else "",
        only="attention" if query.get("only") == "attention" else "",
    )


def page_number(text: str) -> int:
    return min(int(text), 10_000) if text.isdecimal() and text.isascii() and int(text[:6]) > 0 else 1


def choices_of(page: BudgetPage) -> Choices:
    return Choices(tuple((value, label) for value, label in Category.choices), page.teams)
