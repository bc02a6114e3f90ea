"""Pages of rotas: who has the watch by turns."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alerts.forms.rotas import RotaForm, SwapForm, initial_of_rota
from alerts.models import Rota
from alerts.selectors import may_write_rules
from alerts.selectors import policies as pages
from alerts.services import rotas as services
from alerts.services.rotas import RotaRefused
from alerts.views.policies import scope_of
from organization.gate import Action, get_scope_or_404, home_scope, person_of, require

FEWEST_PLACES, SPARE_PLACES = 4, 2


@require_GET
@require()
def rotas(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    context = {"rows": pages.rotas(person, now=timezone.now()), "may_write": may_write_rules(person)}
    return render(request, "alerts/rotas.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.MANAGE_ALERTS)
def rota_new(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_GET
@require()
def rota(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, pk, SwapForm())


@require_http_methods(["GET", "HEAD", "POST"])
@require()
def rota_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, _editable(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@require()
def rota_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks."""
    found = _editable(request, pk)
    if request.method != "POST":
        return render(request, "alerts/rota_ask.html", {"rota": found})
    try:
        services.remove_rota(rota=found, person=person_of(request))
    except RotaRefused as refused:
        messages.error(request, str(refused))
        return redirect("alerts:rota", pk=pk)
    messages.success(request, _("“%(name)s” is removed.") % {"name": found.name})
    return redirect("alerts:rotas")


@require_POST
@require()
def rota_swap(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody else has the watch for a time; with `take_back`, the swap of that number no longer holds."""
    found, person, now = _editable(request, pk), person_of(request), timezone.now()
    back = request.POST.get("take_back", "")
    if back:
        swap = found.swaps.filter(pk=int(back)).first() if back.isdecimal() and len(back) < 12 else None
        if swap is None:
            raise Http404
        services.take_back_swap(swap=swap, person=person, now=now)
        messages.success(request, _("The swap is taken back."))
        return redirect("alerts:rota", pk=pk)
    form = SwapForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.swap_watch(
                rota=found,
                to=data["person"],
                starts_at=data["starts_at"],
                ends_at=data["ends_at"],
                person=person,
                now=now,
            )
        except RotaRefused as refused:
            form.add_error(refused.at if refused.at in form.fields else None, str(refused))
        else:
            messages.success(request, _("%(person)s has the watch then.") % {"person": data["person"].label})
            return redirect("alerts:rota", pk=pk)
    return _page(request, pk, form)


def _page(request: HttpRequest, pk: int, form: SwapForm) -> HttpResponse:
    now = timezone.now()
    page = pages.rota_page(person_of(request), pk, now=now)
    return render(request, "alerts/rota.html", {"page": page, "row": page.row, "form": form, "now": now})


def _form(request: HttpRequest, found: Rota | None) -> HttpResponse:
    """`add` in what is sent: the same page with places more, nothing saved."""
    person = person_of(request)
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        sent = sum(key.startswith("person") for key in posted)
        if "add" in posted:
            form = RotaForm(
                initial={key: value for key, value in posted.items() if value},
                person=person,
                places=sent + SPARE_PLACES,
            )
            return render(request, "alerts/rota_form.html", {"form": form, "rota": found})
        places = sent
    else:
        places = max(found.places.count() + SPARE_PLACES if found else 0, FEWEST_PLACES)
    home = home_scope(person)
    initial = initial_of_rota(found) if found else {
        "area": home.key if home else "company", "first_day": timezone.localdate()
    }  # fmt: skip
    form = RotaForm(posted, initial=initial, person=person, places=places)
    if posted is not None and form.is_valid():
        try:
            saved = services.save_rota(
                draft=form.draft(scope=scope_of(form.cleaned_data["area"])),
                person=person,
                rota=found,
                version=(form.cleaned_data["version"] or 0) if found else None,
            )
        except RotaRefused as refused:
            form.add_error(refused.at if refused.at in form.fields else None, str(refused))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return redirect("alerts:rota", pk=saved.pk)
    return render(request, "alerts/rota_form.html", {"form": form, "rota": found})


def _editable(request: HttpRequest, pk: int) -> Rota:
    """One that she may edit: 404 for what she may not see, 403 for what she may only see."""
    person = person_of(request)
    found = pages.get_rota_or_404(person, pk)
    get_scope_or_404(person, found.scope.key, Action.MANAGE_ALERTS)
    return found
