"""Who may open what of interviews. Who looks after customers sees those of her areas; guides are everybody's of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from feedback.models import Guide, Interview
from tests.every_url.told import RULE_WRITERS, Row, row
from tests.every_url.world import World
from tests.people import scope

GO_ON = "3xx 3xx 403 403 3xx 403 login"


def an_interview(world: World) -> dict[str, Any]:
    """In Alice's region."""
    return {"pk": _interview("region:华东").pk}


def a_far_interview(world: World) -> dict[str, Any]:
    return {"pk": _interview("region:华北").pk}


def _interview(area: str) -> Interview:
    found = Interview.objects.filter(scope=scope(area)).first()
    return found or Interview.objects.create(scope=scope(area), at=timezone.now() + timedelta(days=3))


def a_guide(world: World) -> dict[str, Any]:
    made, _new = Guide.objects.get_or_create(name="Walked", defaults={"questions": ["Why?"]})
    return {"pk": made.pk}


def cancels(world: World) -> dict[str, Any]:
    return {"act": "cancel"}


OF_INTERVIEWS: dict[str, Row] = {
    "feedback:interviews": row(RULE_WRITERS),
    "feedback:interview": row(
        RULE_WRITERS, POST=GO_ON, at=an_interview, foreign=a_far_interview, data=cancels
    ),
    "feedback:interview_new": row(RULE_WRITERS, POST="404 404 403 403 404 403 login"),
    "feedback:guides": row(RULE_WRITERS),
    "feedback:guide_new": row(RULE_WRITERS, POST=RULE_WRITERS),
    "feedback:guide": row(RULE_WRITERS, POST=RULE_WRITERS, at=a_guide),
}
