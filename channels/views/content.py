"""Content: what each piece brought, what kind works where, and what is said of a piece."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from channels import content_page, content_words
from channels.days import ROLLING, Days, last_days, read_days
from channels.forms.content import PieceForm, initial
from channels.models import Piece
from channels.selectors.areas import channel_asked, channel_choices
from channels.selectors.content import BY, STEPS, content_pieces, keepable, known_tags, what_works
from channels.services.content import CONTENT_DEPTH, PieceMoved, tag_piece
from common import formats
from organization.gate import Action, can, can_somewhere, company_of, get_node_or_404, person_of, require
from organization.services import Refused

PAGE_ROWS = 25
USUAL_DAYS = 365


def days_asked(request: HttpRequest) -> tuple[Days, str]:
    """The stretch of days that the address names, else the last year; and what is wrong with what it names."""
    today, text = timezone.localdate(), request.GET.get("period", "")
    usual = last_days(USUAL_DAYS, today)
    if not text.strip():
        return usual, ""
    found = read_days(text[:20], today=today, fiscal_start=company_of(request).fiscal_year_start)
    if found is not None:
        return found, ""
    problem = _("“%(text)s” is no period. Write 2026-11, 2026-Q4, 2026 or last-90. The last year is shown.")
    return usual, problem % {"text": text[:40]}


def day_names(days: Days) -> Mapping[str, str]:
    names = {f"last-{count}": _("Last %(n)s days") % {"n": count} for count in ROLLING}
    if days.text not in names:
        names[days.text] = formats.period(days.text, get_language() or "en")
    return names


@require_GET
@require(Action.VIEW)
def content(request: HttpRequest) -> HttpResponse:
    """`?channel=…&period=…&by=scenes&step=interaction&sort=impressions&page=2`."""
    person = person_of(request)
    below = channel_asked(person, request.GET.get("channel", ""))
    days, problem = days_asked(request)
    by = _one_of(request, "by", BY)
    step = _one_of(request, "step", tuple(STEPS))
    sort = _one_of(request, "sort", content_page.SORTS)
    pieces = content_pieces(person, below=below, first=days.first, last=days.last)
    shown = [one for one in pieces if any(amount is not None for amount in one.amounts.values())]
    found = what_works(shown, by=by, step=step)
    kept = keepable(person) if can_somewhere(person, Action.KEEP_AREAS) else set()
    context: dict[str, Any] = {
        "below": below,
        "choices": channel_choices(person, below),
        "days": days,
        "day_options": content_page.day_options(days, day_names(days)),
        "problem": problem,
        "headline": content_words.headline(found, step, pieces=len(shown)),
        "left_out": content_words.left_out(found),
        "found": found,
        "rows": content_page.kind_rows(found),
        "ranking": content_page.ranking(found),
        "by": content_page.by_options(by),
        "step": content_page.step_options(step),
        "step_name": content_words.STEP_NAMES[step],
        "by_name": content_words.BY_NAMES[by],
        "sort": sort,
        "page": Paginator(content_page.sorted_pieces(pieces, sort), PAGE_ROWS).get_page(
            request.GET.get("page")
        ),
        "silent": len(pieces) - len(shown),
        "untagged": sum(one.piece is None for one in pieces),
        "kept": kept,
    }
    return render(request, "channels/content.html", context, status=400 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def piece(request: HttpRequest, node_id: int) -> HttpResponse:
    """What is said of one piece; whoever keeps its area changes it."""
    person = person_of(request)
    node = get_node_or_404(person, node_id, Action.KEEP_AREAS if request.method == "POST" else Action.VIEW)
    if node.dimension != "channel" or node.depth != CONTENT_DEPTH or node.merged_into_id is not None:
        raise Http404
    held = Piece.objects.filter(pk=node.pk).first()
    moved: Piece | None = None
    form = PieceForm(request.POST or None, initial=initial(held))
    if request.method == "POST" and form.is_valid():
        try:
            tag_piece(draft=form.draft(node), based_on=form.cleaned_data["version"], person=person)
        except PieceMoved as error:
            # Saving again is then meant: it is based on what she is shown now.
            moved = held = error.current
            again = request.POST.copy()
            again["version"] = str(moved.revision)
            form.data = again
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            above = node.parent.path if node.parent and can(person, Action.VIEW, node.parent.scope) else ""
            query = f"?{urlencode({'channel': above})}" if above else ""
            return redirect(reverse("channels:content") + query)
    keeps = can(person, Action.KEEP_AREAS, node.scope)
    context = {
        "node": node,
        "piece": held,
        "moved": moved,
        "form": form if keeps else None,
        "known": known_tags(person) if keeps else {},
    }
    return render(request, "channels/piece.html", context)


def _one_of(request: HttpRequest, name: str, known: tuple[str, ...]) -> str:
    asked = request.GET.get(name, "")
    return asked if asked in known else known[0]
