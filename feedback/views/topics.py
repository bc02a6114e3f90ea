"""Pages of what comments are about: topics, keywords, and who keeps them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from feedback import topic_drawings, topic_words
from feedback.forms.topics import FilterForm, TopicForm, initial_of
from feedback.models import Topic
from feedback.selectors import topics as selectors
from feedback.selectors.actions import rows_of
from feedback.services import topics as services
from organization.gate import Action, can, company_actions, person_of, require
from organization.models import Person
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def topics(request: HttpRequest) -> HttpResponse:
    """All topics and keywords of an area; a post has comments read anew."""
    person = person_of(request)
    if request.method == "POST":
        if not can(person, Action.KEEP_SURVEYS):
            raise PermissionDenied
        services.read_anew(person=person, now=timezone.now())
        return redirect("feedback:topics")
    frame = _frame(request, person)
    page = selectors.topics_page(person, frame)
    context = {
        **_framed(frame, person),
        "page": page,
        "said": topic_words.topics_said(page),
        "chart": topic_drawings.lowest(page),
        "keeps": Action.KEEP_SURVEYS in company_actions(person),
        "away": Topic.objects.exclude(archived_at=None).order_by("name"),
    }
    return render(request, "feedback/topics.html", context)


@require_safe
@require(Action.VIEW)
def topic(request: HttpRequest, pk: int) -> HttpResponse:
    """One topic: how it scores, where, in whose words, and what is done about it."""
    person = person_of(request)
    found, frame = selectors.get_topic_or_404(pk), _frame(request, person)
    page = selectors.topic_page(person, found, frame)
    context = {
        **_framed(frame, person),
        "topic": found,
        "page": page,
        "said": topic_words.subject_said(page),
        "chart": topic_drawings.course(page, found.label),
        "words": selectors.words_of(found, frame),
        "quotes": selectors.quotes_of(person, found),
        "actions": rows_of(selectors.actions_of(person, found), today=timezone.localdate()),
        "keeps": Action.KEEP_SURVEYS in company_actions(person),
    }
    return render(request, "feedback/topic.html", context)


@require_safe
@require(Action.VIEW)
def keyword(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found, frame = selectors.get_keyword_or_404(person, pk), _frame(request, person)
    page = selectors.keyword_page(person, found, frame)
    context = {
        **_framed(frame, person),
        "keyword": found,
        "page": page,
        "said": topic_words.subject_said(page),
        "chart": topic_drawings.course(page, found.word),
        "keeps": Action.KEEP_SURVEYS in company_actions(person),
    }
    return render(request, "feedback/keyword.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_SURVEYS)
def topic_new(request: HttpRequest) -> HttpResponse:
    """`?words=a,b` are words to begin with."""
    words = [word for word in request.GET.get("words", "")[:2000].split(",") if word.strip()]
    initial = {"words": "\n".join(words), "name": words[0].strip().capitalize() if words else ""}
    form = TopicForm(request.POST if request.method == "POST" else None, initial=initial)
    made = _saved(request, form, None)
    if made is not None:
        messages.success(request, _("Made. Comments are read for it now."))
        return redirect("feedback:topic", made.pk)
    return render(request, "feedback/topic_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_SURVEYS)
def topic_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Names and words; `do=away` puts it away and `do=back` takes it out again."""
    person, found = person_of(request), selectors.get_topic_or_404(pk)
    do = request.POST.get("do", "")
    if request.method == "POST" and do in ("away", "back"):
        text = request.POST.get("revision", "")
        revision = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
        try:
            services.put_away_topic(
                topic=found, away=do == "away", person=person, now=timezone.now(), revision=revision
            )
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Put away.") if do == "away" else _("It is back among the topics."))
        return redirect("feedback:topic_edit", pk)
    form = TopicForm(request.POST if request.method == "POST" else None, initial=initial_of(found))
    if _saved(request, form, found) is not None:
        messages.success(request, _("Saved. Comments are read for it now."))
        return redirect("feedback:topic", pk)
    context = {"form": form, "topic": found}
    return render(request, "feedback/topic_form.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, form: TopicForm, topic: Topic | None) -> Topic | None:
    """None where there is nothing to save, or it was refused: the form says why."""
    if request.method != "POST" or not form.is_valid():
        return None
    data = form.cleaned_data
    try:
        return services.save_topic(
            topic=topic, name=data["name"], name_zh=data["name_zh"], words=data["words"],
            person=person_of(request), now=timezone.now(), revision=data["revision"] or 0,
        )  # fmt: skip
    except services.TopicRefused as refused:
        form.add_error(refused.field or None, str(refused))
    return None


def _frame(request: HttpRequest, person: Person) -> selectors.Frame:
    query = {name: request.GET.get(name, "") for name in ("area", "months", "segment")}
    return selectors.frame(person, query, now=timezone.now(), today=timezone.localdate())


def _framed(frame: selectors.Frame, person: Person) -> dict[str, Any]:
    return {
        "frame": frame,
        "asked": frame.asked,
        "period": topic_words.period(frame.asked),
        "filter": FilterForm(asked=frame.asked, segments=frame.segments, person=person),
        "query": urlencode({name: value for name, value in frame.asked.query.items() if value}),
        "handles": can(person, Action.HANDLE_COMPLAINTS, frame.asked.scope),
    }
