"""Pages that are sent regularly: the list, one of them, and leaving one by the link of its mails."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dashboards.forms.mailings import WEEKDAYS, MailingForm
from dashboards.mailing_links import LinkUnknown, path_for, read_token
from dashboards.mailing_words import WORDS
from dashboards.models import Every, Mailing
from dashboards.page_names import heading_of, label_of
from dashboards.selectors.keeping import pages_to_choose
from dashboards.selectors.mailings import (
    coming_to,
    get_mailing_or_404,
    last_time,
    mailing_with,
    mailings_for,
)
from dashboards.services.mailings import (
    change_mailing,
    come_back,
    leave_mailing,
    make_mailing,
    pause_mailing,
    remove_mailing,
    resume_mailing,
    send_now,
)
from dashboards.shareable import is_of_one_period, of_newest
from dashboards.views.chosen import chosen_page, read_of
from feedback.views.outside import outside_page, speaking
from organization.gate import Action, person_of, require, require_login
from organization.middleware import zone_of
from organization.models import Person
from organization.services import Refused

METHODS = ["GET", "HEAD", "POST"]


@require_GET
@require_login
def mailings(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    coming = [(one, path_for(mailing=one.pk, person=person.pk), stays) for one, stays in coming_to(person)]
    rows = [(row, when_words(row.mailing)) for row in mailings_for(person)]
    return render(request, "dashboards/mailings.html", {"rows": rows, "coming": coming})


@require_http_methods(METHODS)
@require(Action.VIEW)
def mailing_new(request: HttpRequest) -> HttpResponse:
    """`?page=`: the page that is sent."""
    person = person_of(request)
    try:
        address = chosen_page(request)
        heading = heading_of(read_of(person, address))
    except Refused as refused:
        return render(request, "dashboards/no_page.html", {"why": str(refused)}, status=400)
    fixed = is_of_one_period(address)
    start = {"name": heading[:80], "people": [person.pk]}
    form = MailingForm(request.POST or None, owner=person, fixed=fixed, initial=start)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = make_mailing(
                person=person,
                name=data["name"],
                address=of_newest(address) if data.get("newest") else address,
                when=form.when,
                people=list(data["people"]),
                now=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("From now on the page is sent: %(when)s.") % {"when": when_words(made)}
            )
            return redirect("dashboards:mailing", pk=made.pk)
    context = {"form": form, "address": address, "heading": heading, "zone": person.time_zone}
    return render(request, "dashboards/mailing_new.html", context, status=400 if form.errors else 200)


@require_http_methods(METHODS)
@require(Action.VIEW)
def mailing(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_mailing_or_404(person, pk)
    pages = _pages(found, person)
    form = MailingForm(
        request.POST or None,
        owner=found.owner,
        known=found,
        choices=pages,
        site=request.build_absolute_uri("/"),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            if str(form.address) != found.address:
                read_of(found.owner, form.address)
            change_mailing(
                mailing=found,
                person=person,
                name=data["name"],
                address=form.address,
                when=form.when,
                people=list(data["people"]),
                now=timezone.now(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("dashboards:mailing", pk=pk)
    told = [(one, WORDS.get(one.problem, "")) for one in last_time(found)]
    context: dict[str, Any] = {
        "form": form,
        "mailing": found,
        "page": dict(pages)[found.address],
        "when": when_words(found),
        "told": told,
        "left": list(found.left.order_by("display_name", "username")),
        "zone": found.owner.time_zone,
    }
    return render(request, "dashboards/mailing.html", context, status=400 if form.errors else 200)


def _pages(found: Mailing, person: Person) -> list[tuple[str, str]]:
    """The one that is sent, and those that whoever changes it may choose; what others call theirs is not hers to know."""
    chosen = pages_to_choose(person) if found.owner_id == person.pk else []
    names = {found.address: label_of(found.address), **dict(chosen)}
    return list(names.items())


@require_POST
@require(Action.VIEW)
def mailing_act(request: HttpRequest, pk: int) -> HttpResponse:
    """`do`: pause, resume or now."""
    person, now = person_of(request), timezone.now()
    found = get_mailing_or_404(person, pk)
    match request.POST.get("do", ""):
        case "pause":
            pause_mailing(mailing=found, person=person)
            messages.success(request, _("Paused. Nothing is sent until you let it go on."))
        case "resume":
            try:
                resume_mailing(mailing=found, person=person, now=now)
            except Refused as refused:
                messages.error(request, str(refused))
            else:
                messages.success(request, _("It goes on, from the next time."))
        case "now":
            if send_now(mailing=found, person=person, now=now):
                messages.success(request, _("One is on its way to you."))
            else:
                messages.info(request, _("One is on its way to you already."))
    return redirect("dashboards:mailing", pk=pk)


@require_http_methods(METHODS)
@require(Action.VIEW)
def mailing_remove(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_mailing_or_404(person, pk)
    if request.method == "POST":
        remove_mailing(mailing=found, person=person)
        messages.success(request, _("Removed. Nobody gets this mail any more."))
        return redirect("dashboards:mailings")
    return render(request, "dashboards/mailing_remove.html", {"mailing": found})


@csrf_exempt
@require_http_methods(METHODS)
def mailing_leave(request: HttpRequest, token: str) -> HttpResponse:
    """The link is the right: whoever posts to it, and mail programs do so by themselves when their reader says so
    (RFC 8058), has what was mailed to her alone. `do=back` takes it back.
    """
    with speaking(request):
        try:
            asked = read_token(token)
        except LinkUnknown:
            return _leaving(request, "unknown", status=404)
        found = mailing_with(asked.mailing)
        whom = Person.objects.filter(pk=asked.person).first()
        if found is None or whom is None:
            return _leaving(request, "gone", status=410)
        with translation.override(whom.language):
            if request.method == "POST":
                back = request.POST.get("do") == "back"
                (come_back if back else leave_mailing)(mailing=found, whom=whom)
            stands = found.people.filter(pk=whom.pk).exists()
            gone = found.left.filter(pk=whom.pk).exists()
            why = "asks" if stands else "left" if gone else "gone"
            return _leaving(request, why, mailing=found, status=200 if why != "gone" else 410)


def _leaving(request: HttpRequest, why: str, *, status: int, mailing: Mailing | None = None) -> HttpResponse:
    context = {"why": why, "mailing": mailing}
    return outside_page(request, "dashboards/mailing_leave.html", context, status=status)


def when_words(mailing: Mailing) -> str:
    """By its owner's clock."""
    words = {
        "hour": f"{mailing.hour:02}:00",
        "day": mailing.day,
        "weekday": dict(WEEKDAYS)[mailing.day] if mailing.every == Every.WEEK else "",
        "zone": zone_of(mailing.owner).key,
    }
    if mailing.every == Every.WEEK:
        return _("every %(weekday)s at %(hour)s (%(zone)s)") % words
    return _("on day %(day)s of every month at %(hour)s (%(zone)s)") % words
