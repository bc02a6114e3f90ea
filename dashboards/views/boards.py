"""Pages that people make themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common import formats
from dashboards import presenting, selectors
from dashboards.forms.boards import BoardForm, NewBoardForm, PanelForm
from dashboards.keeping import tagged
from dashboards.models import MOST_PANELS, Board, Panel, Width
from dashboards.selectors.boards import (
    boards_of,
    get_board_or_404,
    get_panel_or_404,
    may_change,
    panels_of,
    teams_of,
    those_hers,
)
from dashboards.selectors.frame import frame_of
from dashboards.services import boards as services
from dashboards.templatetags.numbers import language
from dashboards.views.panels import board_panel_html, named, panel_url, turned_url
from dashboards.views.turned import Turned, turned_to
from organization.gate import Action, company_of, person_of, reach_of, require
from organization.services import Refused


@require_GET
@require(Action.VIEW)
def boards(request: HttpRequest) -> HttpResponse:
    found = boards_of(person=person_of(request), reach=reach_of(request), today=timezone.localdate())
    return render(request, "dashboards/boards/list.html", {"boards": found})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def board_new(request: HttpRequest) -> HttpResponse:
    form = NewBoardForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_board(
                name=form.cleaned_data["name"],
                template=form.cleaned_data["start"],
                person=person_of(request),
                now=timezone.now(),
            )
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("The page is made. Add what you want to see on it."))
            return redirect("dashboards:board_edit", pk=made.pk)
    return render(request, "dashboards/boards/new.html", {"form": form})


@require_GET
@require(Action.VIEW)
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """`?period=…&region=…&channel=…&product=…` turns all panels that have no area or period of their own."""
    turned = turned_to(request)
    found = get_board_or_404(person=turned.person, reach=reach_of(request), pk=pk, today=turned.today)
    context = _grid(request, found, turned)
    response = render(request, "dashboards/boards/board.html", context, status=400 if turned.problem else 200)
    return tagged(request, response)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def board_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The page with the means to change it. A post changes its name and whose it is."""
    turned = turned_to(request)
    found = _changeable(request, pk)
    teams = teams_of(person=turned.person, reach=reach_of(request), today=turned.today)
    form = BoardForm(request.POST or None, board=found, teams=teams)
    if found.owner_id != turned.person.pk:
        del form.fields["team"]  # whose it is, its owner says
    if request.method == "POST" and form.is_valid():
        try:
            services.change_board(
                board=found,
                name=form.cleaned_data["name"],
                team=form.cleaned_data.get("team", found.team),
                revision=form.cleaned_data["revision"],
                person=turned.person,
                now=timezone.now(),
            )
        except services.ChangedMeanwhile as refused:
            form.add_error(None, str(refused))
            found.refresh_from_db()
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["revision"] = str(found.revision)  # type: ignore[index]
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("dashboards:board_edit", pk=pk)
    context = _grid(request, found, turned) | {"form": form, "widths": Width.choices}
    return render(request, "dashboards/boards/edit.html", context)


@require_POST
@require(Action.VIEW)
def board_copy(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_board_or_404(person=person, reach=reach_of(request), pk=pk, today=timezone.localdate())
    made = services.copy_board(board=found, person=person, now=timezone.now())
    messages.success(request, _("Copied: this page is yours alone."))
    return redirect("dashboards:board_edit", pk=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def board_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks once; a post does it."""
    found = _changeable(request, pk)
    if request.method == "POST":
        services.remove_board(board=found, person=person_of(request))
        messages.success(request, _("“%(name)s” is deleted.") % {"name": found.name})
        return redirect("dashboards:boards")
    context = {
        "board": found,
        "title": _("Delete “%(name)s”?") % {"name": found.name},
        "text": _("The page goes, with all its panels. The figures on it stay where they come from."),
        "action": _("Delete the page"),
        "url": reverse("dashboards:board_remove", args=[pk]),
        "back": reverse("dashboards:boards"),
    }
    return render(request, "dashboards/boards/ask.html", context)


@require_POST
@require(Action.VIEW)
def board_order(request: HttpRequest, pk: int) -> HttpResponse:
    """`order=3,1,2`, or `panel=3` with `move` up or down."""
    found = _changeable(request, pk)
    order = list(found.panels.values_list("pk", flat=True))
    moved = _number(request.POST.get("panel", ""))
    if "order" in request.POST:
        order = [_number(one) for one in request.POST["order"][:600].split(",")]
    elif moved in order:
        place = order.index(moved)
        order.remove(moved)
        order.insert(max(0, place - 1) if request.POST.get("move") == "up" else place + 1, moved)
    try:
        services.order_panels(
            board=found,
            order=order,
            revision=_number(request.POST.get("revision", "")),
            person=person_of(request),
            now=timezone.now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return _back(pk, moved)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def panel_new(request: HttpRequest, pk: int) -> HttpResponse:
    found = _changeable(request, pk)
    form = _panel_form(request)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_panel(
                board=found, draft=form.draft(), person=person_of(request), now=timezone.now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return _back(pk, made.pk)
    return _panel_page(request, found, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def panel_edit(request: HttpRequest, pk: int, panel_pk: int) -> HttpResponse:
    found = _changeable(request, pk)
    panel = get_panel_or_404(board=found, pk=panel_pk)
    form = _panel_form(request, panel)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_panel(
                panel=panel,
                draft=form.draft(),
                revision=form.cleaned_data["revision"] or 0,
                person=person_of(request),
                now=timezone.now(),
            )
        except services.ChangedMeanwhile as refused:
            form.add_error(None, str(refused))
            found.refresh_from_db()
            form.data = form.data.copy()  # type: ignore[attr-defined]
            form.data["revision"] = str(found.revision)  # type: ignore[index]
        else:
            return _back(pk, panel_pk)
    return _panel_page(request, found, form, panel)


@require_POST
@require(Action.VIEW)
def panel_width(request: HttpRequest, pk: int, panel_pk: int) -> HttpResponse:
    found = _changeable(request, pk)
    try:
        services.widen_panel(
            panel=get_panel_or_404(board=found, pk=panel_pk),
            width=_number(request.POST.get("width", "")),
            revision=_number(request.POST.get("revision", "")),
            person=person_of(request),
            now=timezone.now(),
        )
    except Refused as refused:
        messages.error(request, str(refused))
    return _back(pk, panel_pk)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def panel_remove(request: HttpRequest, pk: int, panel_pk: int) -> HttpResponse:
    """Asks once; a post does it."""
    found = _changeable(request, pk)
    panel = get_panel_or_404(board=found, pk=panel_pk)
    name = _name(request, panel)
    if request.method == "POST":
        revision = _number(request.POST.get("revision", "")) or found.revision
        try:
            services.remove_panel(
                panel=panel, revision=revision, person=person_of(request), now=timezone.now()
            )
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("“%(name)s” is taken out.") % {"name": name})
        return redirect("dashboards:board_edit", pk=pk)
    context = {
        "board": found,
        "title": _("Take “%(name)s” out?") % {"name": name},
        "text": _("The panel goes from this page; its figures stay where they come from."),
        "action": _("Take it out"),
        "url": reverse("dashboards:panel_remove", args=[pk, panel_pk]),
        "back": reverse("dashboards:board_edit", args=[pk]),
    }
    return render(request, "dashboards/boards/ask.html", context)


def _changeable(request: HttpRequest, pk: int) -> Board:
    return get_board_or_404(
        person=person_of(request), reach=reach_of(request), pk=pk, today=timezone.localdate(), change=True
    )


def _grid(request: HttpRequest, found: Board, turned: Turned) -> dict[str, object]:
    """The panels in their places. Where nobody can fetch parts (a picture, a mail, a wall) they are there at once."""
    reach = reach_of(request)
    change = may_change(board=found, person=turned.person, reach=reach)
    bare = bool(getattr(request, "bare", False))
    panels = list(panels_of(found))
    hers = those_hers(panels, reach)
    slots = []
    for panel in panels:
        panel.board = found
        name = named(panel, hers=panel.pk in hers, company=turned.name)
        slot = {"panel": panel, "name": name, "url": panel_url(request, panel)}
        if bare:
            parts = board_panel_html(request, board=found, panel=panel, turned=turned, change=False)
            slot["html"] = parts["panel"]
        slots.append(slot)
    page = frame_of(
        reach,
        turned.area,
        turned.period,
        company=turned.name,
        fiscal_start=turned.company.fiscal_year_start,
        today=turned.today,
        home=reverse("dashboards:board", args=[found.pk]),
    )
    return {
        "board": found,
        "mine": found.owner_id == turned.person.pk,
        "may_change": change,
        "slots": slots,
        "full": len(panels) >= MOST_PANELS,
        "page": page,
        "filters": presenting.filters(page) if panels else None,
        "crumbs": presenting.crumbs(page) if turned.area.nodes else [],
        "whole": turned_url(request, found),
        "problem": turned.problem,
    }


def _panel_form(request: HttpRequest, panel: Panel | None = None) -> PanelForm:
    reach = reach_of(request)
    return PanelForm(
        request.POST or None,
        person=person_of(request),
        reach=reach,
        catalog=selectors.catalog(),
        today=timezone.localdate(),
        fiscal_start=company_of(request).fiscal_year_start,
        panel=panel,
        hers=panel is None or panel.pk in those_hers([panel], reach),
    )


def _panel_page(request: HttpRequest, found: Board, form: PanelForm, panel: Panel | None) -> HttpResponse:
    context = {"board": found, "form": form, "panel": panel, "name": _name(request, panel) if panel else ""}
    return render(request, "dashboards/boards/panel_form.html", context)


def _name(request: HttpRequest, panel: Panel) -> str:
    hers = panel.pk in those_hers([panel], reach_of(request))
    company = selectors.company_name(company_of(request), chinese=formats.is_chinese(language()))
    return named(panel, hers=hers, company=company)


def _back(pk: int, panel: int) -> HttpResponse:
    """To the page that is being changed, at the panel that was."""
    url = reverse("dashboards:board_edit", args=[pk])
    return redirect(f"{url}#panel-{panel}" if panel else url)


def _number(text: str) -> int:
    """0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
