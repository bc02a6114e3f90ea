"""The grid on which people plan a year, and the cells that it saves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.defaultfilters import date as date_text
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common import formats
from kpis.forms.grid import (
    CellsUnreadable,
    SentCell,
    meaning,
    read_cells,
    read_grid_address,
)
from kpis.forms.targets import TREES
from kpis.models import Metric, Target
from kpis.selectors.grid import as_doubt, doubts_of, grid_page
from kpis.selectors.targets import amount_text
from kpis.selectors.warnings import warning_to_answer
from kpis.services.grid import save_cells
from kpis.services.smart import LONGEST_ANSWER, answer_doubt
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.selectors import company
from organization.selectors.rates import currency_sign


@require_http_methods(["GET", "HEAD"])
@require(Action.VIEW)
def grid(request: HttpRequest) -> HttpResponse:
    """A year's targets, areas by months."""
    person = person_of(request)
    today = timezone.localdate()
    asked = read_grid_address(
        request.GET, person=person, today=today, fiscal_start=company().fiscal_year_start
    )
    page = grid_page(person, asked, today=today)
    data = {
        **page.as_json(),
        "save": reverse("kpis:grid_save"),
        "answer": reverse("kpis:warning_answer", args=[0]),
        "words": words(),
    }
    context = {"page": page, "asked": asked, "data": data, "trees": TREES.items(), "here": "grid"}
    return render(request, "kpis/grid.html", context)


@require_POST
@require(Action.SET_TARGETS)
def save(request: HttpRequest) -> HttpResponse:
    """Cells in, what became of each out, in their order. The good ones are saved whatever the others are."""
    person = person_of(request)
    try:
        sent = read_cells(request.body)
    except CellsUnreadable as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(answer(person, sent))


def answer(person: Person, sent: Sequence[SentCell]) -> dict[str, Any]:
    """Set-based: a handful of queries for any number of cells."""
    today = timezone.localdate()
    meant = meaning(person, sent, today=today)
    places = [place for place, one in enumerate(meant) if one.revision is not None]
    revisions = [one.revision for one in meant if one.revision is not None]
    answers: list[dict[str, Any]] = [
        {"text": cell.text, "version": cell.based_on, **({"error": one.error} if one.error else {})}
        for cell, one in zip(sent, meant, strict=True)
    ]
    saved = save_cells(revisions=revisions, person=person)
    doubted = doubts_of([target.pk for target in saved.made.values()])
    for at, place in enumerate(places):
        entry = revisions[at].entry
        if at in saved.refused:
            answers[place]["error"] = saved.refused[at]
        elif at in saved.moved:
            answers[place]["moved"] = _moved(saved.moved[at], entry.metric)
        else:
            made = saved.made.get(at)
            answers[place]["text"] = amount_text(entry.value, entry.metric)
            answers[place]["version"] = saved.standing.get(at, answers[place]["version"])
            answers[place]["saved"] = True
            if made is not None:
                answers[place]["version"] = made.version
                answers[place]["doubts"] = [as_doubt(one, entry.metric) for one in doubted[made.pk]]
    return {"cells": answers, "change": saved.change.pk if saved.change else None}


def _moved(target: Target, metric: Metric) -> dict[str, Any]:
    who = target.set_by.label if target.set_by else _("Somebody")
    at = date_text(timezone.localtime(target.set_at), "H:i")
    if target.value is None:
        said = _("%(who)s took this target away at %(at)s.") % {"who": who, "at": at}
    else:
        said = _("%(who)s set this to %(value)s at %(at)s.") % {
            "who": who,
            "value": formats.exact(target.value, metric, get_language() or "en", currency_sign()),
            "at": at,
        }
    return {"said": said, "text": amount_text(target.value, metric), "version": target.version}


@require_POST
@require(Action.SET_TARGETS)
def answer_warning(request: HttpRequest, pk: int) -> HttpResponse:
    """What she says to what speaks against a target of hers."""
    person = person_of(request)
    warning = warning_to_answer(person, pk)
    text = request.POST.get("answer", "").replace("\0", "").strip()
    if len(text) > LONGEST_ANSWER:
        return JsonResponse(
            {"error": _("Write at most %(n)s characters.") % {"n": LONGEST_ANSWER}}, status=400
        )
    warning = answer_doubt(warning=warning, answer=text, person=person)
    return JsonResponse(as_doubt(warning, warning.target.metric))


def words() -> dict[str, str | list[str]]:
    """Texts that the script needs, in the reader's language."""
    return {
        "saving": _("Saving…"),
        "saved": _("Saved"),
        # For one and for several.
        "unsaved": [
            ngettext(
                "No connection. %(n)s target is kept on this device and sent by itself later.",
                "No connection. %(n)s targets are kept on this device and sent by themselves later.",
                n,
            )
            for n in (1, 2)
        ],
        "wrong": _("Not everything is saved: see the marked cells."),
        "locked": _("This month is closed, so its target stays as it is."),
        "not_yours": _("You may see this area, but not set its targets."),
        "leave": _("Tab now leaves the table."),
        "keep": _("Keep mine"),
        "discard": _("Discard"),
        "take": _("Take theirs"),
        "keep_all": _("Keep all of mine"),
        "take_all": _("Take all of theirs"),
        "copied": _("Copied"),
        "pasted_beyond": _("Part of what was pasted lies outside the table and was left out."),
        "failed": _("That did not work: the server did not answer as expected. It is tried again by itself."),
        "signed_out": _("You are no longer logged in. Log in in another tab, then it is tried again."),
        "yours": _("Yours"),
        "doubts": _("Look twice"),
        "answer": _("What do you say to that?"),
        "keep_answer": _("Keep the answer"),
        "answered": _("Answer kept"),
    }
