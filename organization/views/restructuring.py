"""Merging, moving and naming areas, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organization import gate
from organization.change_words import change_in_words
from organization.forms import FindAreaForm, NodeAliasForm
from organization.gate import Action, person_of
from organization.models import Node, NodeAlias, Person, TreeChange
from organization.selectors import restructuring
from organization.selectors.restructuring import may_keep, may_undo
from organization.services.aliases import add_alias, remove_alias
from organization.services.errors import Refused
from organization.services.merging import merge_node
from organization.services.moving import move_node
from organization.services.nodes import mark_nodes_reviewed
from organization.services.undoing import undo_change

TOP = "top"
NEW_A_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.VIEW)
def merge(request: HttpRequest, node_id: int) -> HttpResponse:
    """Which one it is really, what merging would mean, and doing it."""
    person = person_of(request)
    node = _kept(person, node_id)
    into = _chosen(person, request.POST.get("into") or request.GET.get("into"), node)
    if into is not None and not may_keep(person, into.parent):
        raise PermissionDenied
    if request.method == "POST":
        if into is None:
            raise Http404
        try:
            merge_node(node=node, into=into, person=person)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect(f"{request.path}?into={into.pk}")
        messages.success(
            request, _("%(name)s is part of %(into)s now.") % {"name": node.label, "into": into.label}
        )
        return redirect("organization:node", node_id=node.pk)
    form = FindAreaForm(request.GET)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    context = {
        "node": node,
        "into": into,
        "form": form,
        "text": text,
        "preview": restructuring.preview_merge(node, into) if into else None,
        "offers": [] if into else restructuring.merge_offers(person, node, text),
    }
    return render(request, "organization/merge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.VIEW)
def move(request: HttpRequest, node_id: int) -> HttpResponse:
    """Below which it belongs, what moving would mean, and doing it."""
    person = person_of(request)
    node = _kept(person, node_id)
    asked = request.POST.get("below") or request.GET.get("below")
    to_top = asked == TOP
    parent = None if to_top else _chosen(person, asked, node)
    if to_top and not may_keep(person, None):
        raise PermissionDenied
    if request.method == "POST":
        if parent is None and not to_top:
            raise Http404
        try:
            move_node(node=node, parent=parent, person=person)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect(f"{request.path}?below={asked}")
        messages.success(request, _("Moved. Its figures are counted anew within a minute."))
        return redirect("organization:node", node_id=node.pk)
    form = FindAreaForm(request.GET)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    chosen = to_top or parent is not None
    context = {
        "node": node,
        "parent": parent,
        "chosen": chosen,
        "form": form,
        "text": text,
        "preview": restructuring.preview_move(node, parent) if chosen else None,
        "offers": [] if chosen else restructuring.parent_offers(person, node, text),
        "top": node.parent_id is not None and may_keep(person, None),
    }
    return render(request, "organization/move.html", context)


@require_POST
@gate.require(Action.KEEP_AREAS)
def alias_add(request: HttpRequest, node_id: int) -> HttpResponse:
    person = person_of(request)
    node = gate.get_node_or_404(person, node_id, Action.KEEP_AREAS)
    form = NodeAliasForm(request.POST)
    if form.is_valid():
        try:
            add_alias(node=node, name=form.cleaned_data["alias"], person=person)
        except Refused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("Write the name that files use."))
    return redirect("organization:node", node_id=node.pk)


@require_POST
@gate.require(Action.KEEP_AREAS)
def alias_remove(request: HttpRequest, node_id: int, alias_id: int) -> HttpResponse:
    person = person_of(request)
    node = gate.get_node_or_404(person, node_id, Action.KEEP_AREAS)
    remove_alias(alias=get_object_or_404(NodeAlias, pk=alias_id, node=node), person=person)
    return redirect("organization:node", node_id=node.pk)


@require_POST
@gate.require(Action.KEEP_AREAS)
def undo(request: HttpRequest, node_id: int, change_id: int) -> HttpResponse:
    """Takes a change back, from the page of any area that it is about."""
    person = person_of(request)
    node = gate.get_node_or_404(person, node_id)
    change = TreeChange.objects.select_related("node__scope", "other__scope").filter(pk=change_id).first()
    if change is None or node.pk not in {*change.touched, change.other_id}:
        raise Http404
    if not may_undo(person, change):
        raise PermissionDenied
    try:
        undo_change(change=change, person=person)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Undone: %(what)s") % {"what": change_in_words(change)})
    if request.POST.get("back") == "areas":
        return redirect("organization:nodes")
    return redirect("organization:node", node_id=node.pk)


@require_GET
@gate.require(Action.KEEP_AREAS)
def new(request: HttpRequest) -> HttpResponse:
    """All that files have made and nobody has looked at."""
    found = restructuring.new_nodes(person_of(request))
    page = Paginator(found, NEW_A_PAGE).get_page(request.GET.get("page"))
    last = found.aggregate(last=Max("pk"))["last"]
    return render(request, "organization/nodes_new.html", {"page": page, "last": last})


@require_POST
@gate.require(Action.KEEP_AREAS)
def accept_all(request: HttpRequest) -> HttpResponse:
    """All of them look right. Those that came after she looked stay."""
    person = person_of(request)
    found = restructuring.new_nodes(person)
    last = request.POST.get("last", "")
    if last.isascii() and last.isdigit() and len(last) < 19:
        found = found.filter(pk__lte=int(last))
    count = mark_nodes_reviewed(nodes=list(found), person=person)
    words = ngettext("%(n)s new area looks right.", "%(n)s new areas look right.", count)
    messages.success(request, words % {"n": count})
    return redirect("organization:nodes")


def _kept(person: Person, node_id: int) -> Node:
    """The area, where it and what it lies below are hers to keep."""
    node = gate.get_node_or_404(person, node_id, Action.KEEP_AREAS)
    if not may_keep(person, node.parent):
        raise PermissionDenied
    return node


def _chosen(person: Person, asked: str | None, node: Node) -> Node | None:
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit()) or len(asked) > 18:
        raise Http404
    chosen = gate.get_node_or_404(person, int(asked), Action.KEEP_AREAS)
    if chosen.dimension != node.dimension:
        raise Http404
    return chosen
