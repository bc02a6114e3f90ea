"""Answers, complaints and surveys as people make them, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from feedback.models import (
    Answer,
    Came,
    Category,
    Cause,
    Complaint,
    Driver,
    Invitation,
    Origin,
    ScoreMonth,
    Severity,
    Survey,
    SurveyLink,
    Topic,
)
from feedback.services.intake import NewComplaint, receive
from feedback.tokens import token_hash
from kpis.services import ensure_source
from organization.models import Person
from tests.people import node, scope

SHANGHAI = ZoneInfo("Asia/Shanghai")
CAME_AT = datetime(2026, 3, 2, 1, tzinfo=UTC)  # a Monday, 09:00 in Shanghai


def an_answer(**fields: Any) -> Answer:
    """A 3 of a form on 2 March 2026, but for what is said. `detail` counts on."""
    source = ensure_source(code="feedback", name="Feedback", facts="feedback")
    said = {
        "day": date(2026, 3, 2),
        "source_id": source.pk,
        "detail": Answer.objects.count() + 1,
        "origin": Origin.FORM,
        **fields,
    }
    if not {"nps", "csat", "ces"} & said.keys():
        said["nps"] = 3
    return Answer.objects.create(**said)


def a_complaint(*, area: str = "company", **fields: Any) -> Complaint:
    """One that came in by form at CAME_AT about `area`, new, with no clocks running, but for what is said."""
    said = {
        "scope": scope(area),
        "day": date(2026, 3, 2),
        "received_at": CAME_AT,
        "came": Came.FORM,
        "category": Category.objects.get(code="other"),
        "text": "It broke.",
        **fields,
    }
    return Complaint.objects.create(**said)


def came_in(
    text: str = "It arrived broken.",
    *,
    area: str = "region:华东",
    category: str = "quality",
    severity: int = Severity.NORMAL,
    at: datetime | str = "2026-11-18T10:00",
    person: Person | None = None,
    came: Came = Came.FORM,
    now: datetime | None = None,
    **more: Any,
) -> Complaint:
    """Taken in as a form, file or program does. `at` without a zone is Shanghai's: a Wednesday morning."""
    moment = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI) if isinstance(at, str) else at
    new = NewComplaint(
        came=came, scope=scope(area), category=Category.objects.get(code=category), severity=severity, text=text,
        received_at=moment, **more,
    )  # fmt: skip
    return receive(new=new, person=person, now=now or moment)


def a_comment(
    comment: str,
    nps: int | None = 9,
    *,
    day: date = date(2026, 10, 12),
    channel: str = "",
    region: str = "",
    product: str = "",
    **fields: Any,
) -> Answer:
    """An answer that says so: `channel="抖音"` and `region="华东/上海"` are places by their paths."""
    places = {
        "channel_id": ("channel", channel),
        "region_id": ("region", region),
        "product_id": ("product", product),
    }
    nodes = {
        field: node(f"{dimension}:{path}").pk if path else 0 for field, (dimension, path) in places.items()
    }
    return an_answer(comment=comment, nps=nps, day=day, **nodes, **fields)


def a_topic(name: str = "Speed", words: Sequence[str] = ("slow", "慢"), **fields: Any) -> Topic:
    return Topic.objects.create(name=name, words=list(words), position=99, **fields)


def a_score_month(
    month: str,
    *,
    channel: str = "",
    region: str = "",
    product: str = "",
    segment: str = "",
    nps: tuple[int, int, int] = (0, 0, 0),
    csat: tuple[int, ...] = (0,) * 5,
    ces: tuple[int, ...] = (0,) * 7,
) -> ScoreMonth:
    """Answers of a month ("2026-03") at these nodes (`region="华东/上海"`). `nps`: those of 10, 8 and 3."""
    promoters, passives, detractors = nps
    marks = [0, 0, 0, detractors, 0, 0, 0, 0, passives, 0, promoters]

    def place(dimension: str, path: str) -> int:
        return node(f"{dimension}:{path}").pk if path else 0

    return ScoreMonth.objects.create(
        month=date.fromisoformat(f"{month}-01"),
        source_id=ensure_source(code="feedback", name="Feedback", facts="feedback").pk,
        channel_id=place("channel", channel),
        region_id=place("region", region),
        product_id=place("product", product),
        segment=segment,
        promoters=promoters,
        passives=passives,
        detractors=detractors,
        nps_counts=marks,
        csat_counts=list(csat),
        ces_counts=list(ces),
        comments=0,
    )


def a_cause(*whys: str) -> Cause:
    """The last of a path of whys, made where it is missing."""
    made: Cause | None = None
    for depth, why in enumerate(whys, start=1):
        made, _new = Cause.objects.get_or_create(parent=made, name=why, defaults={"depth": depth})
    assert made is not None
    return made


def a_survey(
    name: str = "Shop", *, drivers: Sequence[str] = ("delivery", "service"), **fields: Any
) -> Survey:
    """Asks whether one would recommend, with these drivers by their codes, but for what is said."""
    made = Survey.objects.create(name=name, **fields)
    made.drivers.set(Driver.objects.filter(code__in=drivers))
    return made


def a_link(survey: Survey | None = None, *, slug: str = "shop-door", **fields: Any) -> SurveyLink:
    """Open, for the whole company, but for what is said. Nodes by their codes: `region="region:华东"`."""
    places = {name: node(fields.pop(name)) for name in ("channel", "region", "product") if name in fields}
    return SurveyLink.objects.create(survey=survey or a_survey(), slug=slug, **places, **fields)


def an_invitation(link: SurveyLink | None = None, *, token: str = "hers", **fields: Any) -> Invitation:
    """Made on 2 March 2026, open for ever, but for what is said."""
    said = {"day": date(2026, 3, 2), **fields}
    return Invitation.objects.create(link=link or a_link(), token_hash=token_hash(token), **said)
