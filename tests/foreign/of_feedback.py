"""What customers of a world said, complained of and were asked, in its region.

Who lists a new address adds nothing here as long as its path asks for a `pk` alone: it is walked with the pk of every
kind of thing below. `fields` is what its forms are sent, `ACTS` what is done to a complaint.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from customers.services.people import know_customer
from feedback.models import (
    Cause,
    ComplaintEvent,
    FeedbackAction,
    Guide,
    Interview,
    InterviewNote,
    Survey,
    SurveyLink,
    Topic,
)
from feedback.services.publishing import feedback_source
from organization.models import Person
from tests.feedback.made import a_complaint, a_score_month, an_answer
from tests.foreign.worlds import DAY, TODAY, Company

KINDS = ("complaint", "interview", "action", "topic", "cause", "guide", "survey", "survey_link")
ACTS = ("message", "note", "assign", "solve", "area")
AT = datetime(2026, 10, 5, 3, tzinfo=UTC)


def is_of_feedback(pattern: str) -> bool:
    app, _, view = pattern.partition(":")
    return app == "feedback" or (app == "api" and view.startswith(("feedback", "answer", "complaint")))


def fields(made: Company, world: str) -> dict[str, Any]:
    """Whatever a form of feedback reads."""
    pks, region, channel = made.things[world], made.nodes["region", world], made.nodes["channel", world]
    return {
        "area": region.code, "channel": channel.code, "region": region.code, "category": str(pks["category"]),
        "severity": "2", "text": "zqtext", "by": "phone", "whom": str(pks["owner"]), "owner": str(pks["owner"]),
        "interviewer": str(pks["owner"]), "customer": str(pks["customer"]), "why1": "zqnewwhy", "solution": "zqdone",
        "title": "zqtitle", "due_on": DAY, "name": "zqnew", "words": "zqword", "tags": "zqtag", "topic": str(pks["topic"]),
        "cause": str(pks["cause"]), "revision": "1", "into": str(pks["cause"]), "do": "rename", "at": f"{DAY}T10:00",
        "nps": "3", "comment": "zqcomment",
    }  # fmt: skip


def heard(made: Company, world: str) -> None:
    pks, region, channel = made.things[world], made.nodes["region", world], made.nodes["channel", world]
    owner = Person.objects.get(pk=pks["owner"])
    customer = know_customer(key=f"zqcustomer{world}", name="", email=f"zqmail{world}@example.com", now=AT)
    assert customer is not None
    answer = an_answer(
        region_id=region.pk, channel_id=channel.pk, nps=4, day=TODAY, comment=f"zqcommented{world}",
        customer=customer, segment=f"zqtype{world}",
    )  # fmt: skip
    promoters = {"a": 611_317, "b": 722_419}[world]
    a_score_month(
        f"{TODAY:%Y-%m}", region=region.code.removeprefix("region:"), channel=channel.code.removeprefix("channel:"),
        nps=(promoters, 0, 0), segment=f"zqtype{world}",
    )  # fmt: skip
    made.figure(f"{channel.code}+{region.code}", promoters)
    cause = Cause.objects.create(name=f"Cause of {world}")
    complaint = a_complaint(
        area=region.code, text=f"zqcomplained{world}", customer=customer, answer=answer, assigned_to=owner, state="open",
        solution=f"zqsolution{world}", cause=cause, received_at=timezone.now(), day=TODAY, answered_at=timezone.now(),
    )  # fmt: skip
    ComplaintEvent.objects.create(
        complaint=complaint,
        kind="message",
        at=AT,
        person=owner,
        text=f"zqtold{world}",
        values={"by": "phone"},
    )
    topic = Topic.objects.create(name=f"Topic of {world}", words=[f"topic{world}"], position=50)
    action = FeedbackAction.objects.create(
        topic=topic,
        scope=region.scope,
        title=f"zqaction{world}",
        owner=owner,
        begun_on=TODAY,
        result=f"zqresult{world}",
    )
    guide = Guide.objects.create(name=f"Guide of {world}", questions=["Why?"])
    interview = Interview.objects.create(
        guide=guide, customer=customer, scope=region.scope, at=timezone.now(), interviewer=owner
    )
    note = InterviewNote.objects.create(
        interview=interview, text=f"zqinterviewed{world}", quote=True, tags=[f"zqtagged{world}"], person=owner
    )
    note.topics.add(topic)
    survey = Survey.objects.create(name=f"Survey of {world}")
    link = SurveyLink.objects.create(survey=survey, slug=f"link-{world}", channel=channel, region=region)
    of_region = ("complained", "solution", "told", "action", "result", "interviewed", "tagged")
    made.secret("area", region.code, *(f"zq{word}{world}" for word in of_region))
    of_answer = ("commented", "type", "customer", "mail")  # she is known to whoever sees her answer
    made.secret("area", f"{channel.code}+{region.code}", *(f"zq{word}{world}" for word in of_answer))
    pks |= {
        "complaint": complaint.pk, "interview": interview.pk, "action": action.pk, "topic": topic.pk, "cause": cause.pk,
        "guide": guide.pk, "survey": survey.pk, "survey_link": link.pk, "category": complaint.category_id,
        "customer": customer.pk, "slug": link.slug,
    }  # fmt: skip
    feedback_source()
