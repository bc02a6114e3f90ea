"""Pages for frames elsewhere: the list, a new one, renewed, revoked."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from dashboards.embed_links import link_for
from dashboards.forms.embeds import EmbedForm, RenewForm
from dashboards.framing import panels_of
from dashboards.models import Embed
from dashboards.origins import SUGGESTED
from dashboards.page_names import heading_of, label_of
from dashboards.selectors.embeds import embeds_for, get_embed_or_404
from dashboards.services.embeds import make_embed, renew_embed, revoke_embed
from dashboards.shareable import NotShareable, address_of, is_of_one_period
from dashboards.views.chosen import chosen_page, read_of
from organization.gate import Action, person_of, require
from organization.services import Refused

METHODS = ["GET", "HEAD", "POST"]


@require_GET
@require(Action.SHOW_OPENLY)
def embeds(request: HttpRequest) -> HttpResponse:
    found = embeds_for(person_of(request), now=timezone.now())
    rows = [(row, label_of(row.embed.address)) for row in found]
    return render(request, "dashboards/embeds.html", {"rows": rows})


@never_cache
@require_http_methods(METHODS)
@require(Action.SHOW_OPENLY)
def embed_new(request: HttpRequest) -> HttpResponse:
    """`?page=`: the page to be shown. The answer to the form alone has the link."""
    person = person_of(request)
    try:
        address = chosen_page(request)
        text = read_of(person, address)
    except Refused as refused:
        return render(request, "dashboards/no_page.html", {"why": str(refused)}, status=400)
    heading = heading_of(text)
    start = {"name": heading[:80], "language": get_language() or "en"}
    form = EmbedForm(request.POST or None, initial=start, panels=panels_of(text))
    if request.method == "POST" and form.is_valid():
        try:
            made = make_embed(person=person, address=address, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _made(request, made)
    context = {
        "form": form,
        "address": address,
        "heading": heading,
        "fixed": is_of_one_period(address),
        "suggested": SUGGESTED,
    }
    return render(request, "dashboards/embed_new.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(METHODS)
@require(Action.SHOW_OPENLY)
def embed_renew(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_embed_or_404(person, pk)
    form = RenewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            address = address_of(found.address)
            made = renew_embed(
                embed=found, person=person, address=address, now=timezone.now(), **form.cleaned_data
            )
        except NotShareable:
            form.add_error(None, _("The page is gone, so that there is nothing to show."))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _made(request, made)
    return render(
        request,
        "dashboards/embed_renew.html",
        {"form": form, "embed": found},
        status=400 if form.errors else 200,
    )


@require_http_methods(METHODS)
@require(Action.SHOW_OPENLY)
def embed_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_embed_or_404(person, pk)
    if request.method == "POST":
        revoke_embed(embed=found, person=person, now=timezone.now())
        messages.success(request, _("Revoked. The frame says so now instead of showing figures."))
        return redirect("dashboards:embeds")
    return render(request, "dashboards/embed_revoke.html", {"embed": found})


def _made(request: HttpRequest, made: Embed) -> HttpResponse:
    context = {"embed": made, "link": link_for(embed=made.pk, key=made.key)}
    return render(request, "dashboards/embed_made.html", context)
