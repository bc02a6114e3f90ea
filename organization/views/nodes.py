"""The trees: look, name, review, put away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organization import gate, services
from organization.forms import NodeNamesForm, TreeFilterForm
from organization.gate import Action, person_of
from organization.models import Dimension
from organization.selectors import responsibilities_of
from organization.selectors.restructuring import node_page, recent_changes
from organization.selectors.trees import tree_page

CHANGES_SHOWN = 8


@require_GET
@gate.require(Action.VIEW)
def nodes(request: HttpRequest) -> HttpResponse:
    form = TreeFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    tree = tree_page(
        person_of(request),
        dimension=wanted.get("dimension") or Dimension.CHANNEL,
        text=wanted.get("text", ""),
        archived=wanted.get("archived", False),
        number=request.GET.get("page"),
    )
    changes = recent_changes(person_of(request), limit=CHANGES_SHOWN)
    return render(request, "organization/nodes.html", {"tree": tree, "form": form, "changes": changes})


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.VIEW)
def node(request: HttpRequest, node_id: int) -> HttpResponse:
    """One area; saving its names also says that it has been looked at."""
    person = person_of(request)
    needs = Action.KEEP_AREAS if request.method == "POST" else Action.VIEW
    found = gate.get_node_or_404(person, node_id, needs)
    kept = gate.can(person, Action.KEEP_AREAS, found.scope)
    form = NodeNamesForm(request.POST or None, initial={"name": found.name, "name_zh": found.name_zh})
    if request.method == "POST" and form.is_valid():
        try:
            found = services.rename_node(node=found, person=person, **form.cleaned_data)
        except services.Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("organization:node", node_id=found.pk)
    responsible = responsibilities_of(found.scope, on=timezone.localdate())
    context = {
        "node": found,
        "kept": kept,
        "form": form,
        "responsible": responsible,
        "page": node_page(person, found) if kept else None,
    }
    return render(request, "organization/node.html", context)


@require_POST
@gate.require(Action.KEEP_AREAS)
def review(request: HttpRequest, node_id: int) -> HttpResponse:
    """An import made it, and it looks right."""
    person = person_of(request)
    found = gate.get_node_or_404(person, node_id, Action.KEEP_AREAS)
    services.mark_node_reviewed(node=found, person=person)
    if request.headers.get("HX-Request"):
        return HttpResponse("")  # takes the row away
    return redirect("organization:nodes")


@require_POST
@gate.require(Action.KEEP_AREAS)
def put_away(request: HttpRequest, node_id: int) -> HttpResponse:
    """Puts an area away, or takes it back out."""
    person = person_of(request)
    found = gate.get_node_or_404(person, node_id, Action.KEEP_AREAS)
    act = services.restore_node if found.archived_at else services.archive_node
    try:
        act(node=found, person=person)
    except services.Refused as refused:
        messages.error(request, str(refused))
    return redirect("organization:node", node_id=node_id)
