"""A channel's tier, owner and state, and how its state came to be."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from channels import services
from channels.changes import KIND, Change
from channels.forms.profiles import ProfileForm, ProposeForm
from channels.selectors.profiles import ProfileRow, changes_of, profiles_of
from decisions.selectors import thread
from organization.gate import Action, can, get_node_or_404, person_of, require
from organization.models import Dimension, Node, Person
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def profile(request: HttpRequest, node_id: int) -> HttpResponse:
    """Whoever sees the channel reads it; whoever keeps its area changes it."""
    person = person_of(request)
    needs = Action.KEEP_AREAS if request.method == "POST" else Action.VIEW
    node = _channel_or_404(person, node_id, needs)
    row, moved = profiles_of([node.pk])[node.pk], False
    form = ProfileForm(request.POST or None, scope=node.scope, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_profile(
                node=node,
                draft=form.draft(),
                based_on=form.cleaned_data["version"],
                person=person,
                now=timezone.now(),
            )
        except services.ProfileMoved:
            # Saving again is then meant: it is based on what she is shown now.
            row, moved = profiles_of([node.pk])[node.pk], True
            again = request.POST.copy()
            again["version"] = str(row.version)
            form.data = again
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("channels:profile", node_id=node.pk)
    return _show(request, node, form=form, row=row, moved=moved)


@require_POST
@require(Action.COMMENT)
def propose(request: HttpRequest, node_id: int) -> HttpResponse:
    """Somebody proposes a change herself, and somebody else decides it."""
    person = person_of(request)
    node = _channel_or_404(person, node_id, Action.COMMENT)
    row = profiles_of([node.pk])[node.pk]
    form = ProposeForm(request.POST, row=row)
    if form.is_valid():
        try:
            services.propose_by_hand(
                node=node,
                change=Change(form.cleaned_data["change"]),
                why=form.cleaned_data["reason"],
                person=person,
                now=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Proposed. It waits for a decision."))
            return redirect("channels:profile", node_id=node.pk)
    return _show(request, node, proposing=form, row=row)


def _channel_or_404(person: Person, node_id: int, needs: Action) -> Node:
    node = get_node_or_404(person, node_id, needs)
    if node.dimension != Dimension.CHANNEL or node.merged_into_id is not None:
        raise Http404
    return node


def _show(
    request: HttpRequest,
    node: Node,
    *,
    row: ProfileRow,
    form: ProfileForm | None = None,
    proposing: ProposeForm | None = None,
    moved: bool = False,
) -> HttpResponse:
    person = person_of(request)
    around = thread(person, KIND, node.pk, as_of=timezone.now())
    waits = around.proposal if around.proposal and around.proposal.proposal.undecided else None
    may_propose = waits is None and can(person, Action.COMMENT, node.scope)
    keeps = can(person, Action.KEEP_AREAS, node.scope)
    context = {
        "node": node,
        "row": row,
        "moved": moved,
        "form": (form or ProfileForm(None, scope=node.scope, row=row)) if keeps else None,
        "proposing": (proposing or ProposeForm(None, row=row)) if may_propose or proposing else None,
        "changes": changes_of(node),
        "thread": around,
        "waits": waits,
        # An answer to a post has no address of its own to come back to.
        "decision_back": reverse("channels:profile", args=[node.pk]),
    }
    return render(request, "channels/profile.html", context)
