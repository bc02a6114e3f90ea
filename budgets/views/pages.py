"""How budgets burn: all of them, one by its lines, and one line with what others bring to its page."""

from __future__ import annotations

from math import ceil

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from budgets import burn_words as words
from budgets.drawings import drawings
from budgets.forms.pages import BY, asked_of, choices_of, page_number
from budgets.line_parts import parts_of
from budgets.selectors import pages
from budgets.selectors.pages import Row
from budgets.selectors.rights import get_budget_or_404, get_line_or_404, may_keep, may_keep_any, may_spend
from organization.gate import Action, knows, person_of, require

ON_A_PAGE = 25
MOST_URGENT = 6


@require_safe
@require(Action.VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    person, today = person_of(request), timezone.localdate()
    page = pages.overview(person, today=today)
    context = {
        "page": page,
        "said": words.overview_said(page, today=today),
        "keeps": may_keep_any(person),
        "money": words.MONEY,
    }
    return render(request, "budgets/overview.html", context)


@require_safe
@require(Action.VIEW)
def budget(request: HttpRequest, pk: int) -> HttpResponse:
    """`?by=category&team=3&q=words&only=attention&month=2026-08&page=2`."""
    person, today = person_of(request), timezone.localdate()
    found = get_budget_or_404(person, pk)
    asked = asked_of(request.GET)
    number = page_number(request.GET.get("page", ""))
    page = pages.budget_page(
        person, found, asked, today=today, skip=(number - 1) * ON_A_PAGE, most=ON_A_PAGE, urgent=MOST_URGENT
    )
    per_page = ON_A_PAGE if asked.by == "line" else max(page.wanted, 1)
    if number > (last := max(1, ceil(page.wanted / per_page))):
        query = request.GET.copy()
        query["page"] = str(last)
        return redirect(f"{request.path}?{query.urlencode()}")
    context = {
        "budget": found,
        "page": page,
        "listed": _listed(page, number, per_page),
        "asked": asked,
        "by": BY,
        "choices": choices_of(page),
        "said": words.budget_said(page),
        "drawn": drawings(
            page.burn,
            pages.series(found, page.judged, page.months, page.burn),
            pages.steps(found, page.burn),
            month=request.GET.get("month", ""),
            pools=page.pools > 0,
        )
        if page.lines
        else None,
        "keeps": may_keep(person, found),
        "money": words.MONEY,
    }
    return render(request, "budgets/budget.html", context)


def _listed(page: pages.BudgetPage, number: int, per_page: int) -> Page[Row]:
    """The rows are those of that page already; the paginator only counts."""
    counted: Paginator[Row] = Paginator(range(page.wanted), per_page)  # type: ignore[arg-type]
    return Page(page.rows, number, counted)


@require_safe
@require(Action.VIEW)
def line(request: HttpRequest, pk: int) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    found = get_line_or_404(person, pk)
    page = pages.line_page(found, today=timezone.localdate(now))
    context = {
        "line": found,
        "burn": page.burn,
        "said": words.line_said(found, page.burn),
        "drawn": drawings(
            page.burn,
            pages.series(found.budget, [found.pk], page.months, page.burn),
            pages.steps(found.budget, page.burn, line=found),
            month=request.GET.get("month", ""),
            pools=False,
        ),
        "parts": parts_of(person, found, now),
        # A name that she does not know elsewhere she does not learn here.
        "tied": [
            one.label for one in (found.channel, found.region, found.team) if one and knows(person, one)
        ],
        "spends": may_spend(person, found),
        "keeps": may_keep(person, found.budget),
        "money": words.MONEY,
    }
    return render(request, "budgets/line.html", context)
