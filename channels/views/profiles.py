"""A channel's tier, owner and state, and how its state came to be."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from channels import services
from channels.forms.profiles import ProfileForm
from channels.selectors.profiles import changes_of, profiles_of
from organization.gate import Action, can, get_node_or_404, person_of, require
from organization.models import Dimension
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def profile(request: HttpRequest, node_id: int) -> HttpResponse:
    """Whoever sees the channel reads it; whoever keeps its area changes it."""
    person = person_of(request)
    needs = Action.KEEP_AREAS if request.method == "POST" else Action.VIEW
    node = get_node_or_404(person, node_id, needs)
    if node.dimension != Dimension.CHANNEL or node.merged_into_id is not None:
        raise Http404
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
    context = {
        "node": node,
        "row": row,
        "moved": moved,
        "form": form if can(person, Action.KEEP_AREAS, node.scope) else None,
        "changes": changes_of(node),
    }
    return render(request, "channels/profile.html", context)
