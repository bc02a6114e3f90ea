"""Who may open what of topics and actions. Topics are the whole company's; words and actions are those of her areas."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from feedback.models import FeedbackAction, Keyword, KeywordMonth, Topic
from tests.every_url.told import AREA_KEEPERS, RULE_WRITERS, WITH_A_GRANT, Row, row
from tests.every_url.world import World
from tests.people import scope

KEEPERS_FILL_IN = "403 422 403 403 422 403 login"
LEADERS_FILL_IN = "422 422 403 403 422 403 login"


def a_topic(world: World) -> dict[str, Any]:
    return {"pk": Topic.objects.get_or_create(name="Walked", defaults={"words": ["walk"]})[0].pk}


def a_word(world: World) -> dict[str, Any]:
    return {"pk": _word("walked", world.ours.pk)}


def a_far_word(world: World) -> dict[str, Any]:
    return {"pk": _word("北京分店", world.theirs.pk)}


def _word(word: str, region: int) -> int:
    made, _new = Keyword.objects.get_or_create(word=word, defaults={"language": "en", "comments": 10})
    KeywordMonth.objects.get_or_create(
        keyword=made, month=date(2026, 10, 1), channel_id=0, region_id=region, product_id=0, segment="",
        defaults={
            "comments": 10, "scored": 10, "score_sum": 50, "score_squares": 250, "promoters": 0, "detractors": 10,
        },
    )  # fmt: skip
    return made.pk


def an_action(world: World) -> dict[str, Any]:
    """In Alice's region, and going on."""
    return {"pk": _action("region:华东", a_topic(world)["pk"]).pk}


def a_far_action(world: World) -> dict[str, Any]:
    return {"pk": _action("region:华北", a_topic(world)["pk"]).pk}


def _action(area: str, topic: int) -> FeedbackAction:
    of = scope(area)
    found = FeedbackAction.objects.filter(scope=of, ended_on=None).first()
    return found or FeedbackAction.objects.create(
        topic_id=topic, scope=of, title="Walk", begun_on=timezone.localdate()
    )


OF_TOPICS: dict[str, Row] = {
    "feedback:topics": row(WITH_A_GRANT, POST="403 3xx 403 403 3xx 403 login"),
    "feedback:topic": row(WITH_A_GRANT, at=a_topic),
    "feedback:topic_new": row(AREA_KEEPERS, POST=KEEPERS_FILL_IN),
    "feedback:topic_edit": row(AREA_KEEPERS, POST=KEEPERS_FILL_IN, at=a_topic),
    "feedback:keyword": row(WITH_A_GRANT, at=a_word, foreign=a_far_word),
    "feedback:actions": row(WITH_A_GRANT),
    "feedback:action": row(WITH_A_GRANT, POST=LEADERS_FILL_IN, at=an_action, foreign=a_far_action),
    "feedback:action_new": row(RULE_WRITERS, POST=LEADERS_FILL_IN),
}
