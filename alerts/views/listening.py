"""One's own ways and hours."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from alerts.forms.listening import ListeningForm
from alerts.models import Listening
from alerts.services.listening import ListeningRefused, save_listening
from alerts.views.policies import scope_of
from organization.gate import person_of, require_login


@require_http_methods(["GET", "HEAD", "POST"])
@require_login
def listening(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    known = Listening.objects.filter(person=person).first()
    form = ListeningForm(request.POST or None, person=person, known=known)
    if request.method == "POST" and form.is_valid():
        try:
            follows = [(metric, scope_of(nodes)) for metric, nodes in form.follows()]
            save_listening(person=person, wishes=form.wishes(follows=follows), now=timezone.now())
        except ListeningRefused as refused:
            form.add_error(refused.at, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("alerts:listening")
    return render(request, "alerts/listening.html", {"form": form, "zone": person.time_zone})
