"""The tree of causes, and one cause: how often, since when, and what is done about it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from feedback.board_charts import months_chart
from feedback.forms.causes import MergeForm, RenameForm
from feedback.models import Cause
from feedback.selectors import causes as selectors
from feedback.services import cause_tree as services
from organization.gate import Action, can, person_of, reach_of, require
from organization.models import Person
from organization.services import Refused


@require_safe
@require(Action.VIEW)
def causes(request: HttpRequest) -> HttpResponse:
    tree = selectors.cause_tree(person_of(request))
    context = {"tree": tree, "total": sum(row.complaints for row in tree)}
    return render(request, "feedback/causes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def cause(request: HttpRequest, pk: int) -> HttpResponse:
    """`do` of a post: rename, merge, put_away or bring_back."""
    person, now = person_of(request), timezone.now()
    found = selectors.get_cause_or_404(pk)
    keeps = can(person, Action.KEEP_SURVEYS)
    renaming = RenameForm(initial={"name": found.name})
    merging = MergeForm(others=selectors.others(found) if keeps else ())
    failed = False
    if request.method == "POST":
        if not keeps:
            raise PermissionDenied
        do = request.POST.get("do", "")
        if do == "rename":
            renaming = RenameForm(request.POST)
        if do == "merge":
            merging = MergeForm(request.POST, others=selectors.others(found))
        try:
            goes_to = _do(do, found, person, renaming, merging)
        except Refused as refused:
            (merging if do == "merge" else renaming).add_error(None, str(refused))
            goes_to = None
        if goes_to is not None:
            messages.success(request, _("Done."))
            return redirect("feedback:cause", goes_to.pk)
        failed = True
    page = selectors.cause_page(person, found, today=timezone.localdate(now))
    counts = [count for _month, count in page.months]
    context = {
        "page": page,
        "keeps": keeps,
        "renaming": renaming,
        "merging": merging,
        "figure": months_chart([month for month, _count in page.months], counts, name=_("Complaints")),
        "any": any(counts),
        "handles": reach_of(request).somewhere(Action.HANDLE_COMPLAINTS),
        "action_new": f"{reverse('feedback:action_new')}?cause={found.pk}",
    }
    return render(request, "feedback/cause.html", context, status=422 if failed else 200)


def _do(do: str, found: Cause, person: Person, renaming: RenameForm, merging: MergeForm) -> Cause | None:
    """What was asked for, done; None where its form must be looked at again."""
    now = timezone.now()
    match do:
        case "rename" if renaming.is_valid():
            return services.rename(cause=found, name=renaming.cleaned_data["name"], person=person, now=now)
        case "merge" if merging.is_valid():
            return services.merge(cause=found, into=merging.chosen(), person=person, now=now)
        case "put_away":
            return services.put_away(cause=found, person=person, now=now)
        case "bring_back":
            return services.bring_back(cause=found, person=person, now=now)
    return None
