"""What people keep of topics: names and words. A change has comments read anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from feedback.models import Topic
from feedback.services.analysis import TOPICS
from feedback.words import LONGEST, normal
from organization.gate import Action, can
from organization.models import Person
from organization.services import Refused, order_job, record

MOST_WORDS = 200
SUBJECT = "company"  # topics are the whole company's


class TopicRefused(Refused):
    """`field`: name, name_zh or words; empty where it is about all of it."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


def save_topic(
    *,
    topic: Topic | None,
    name: str,
    name_zh: str,
    words: Sequence[str],
    person: Person,
    now: datetime,
    revision: int = 0,
) -> Topic:
    """Makes a topic, or changes one as it stood at `revision`. Raises TopicRefused, and Refused for whoever keeps none."""
    _check(person)
    name, name_zh = name.replace("\0", "").strip(), name_zh.replace("\0", "").strip()
    words = _words(words)
    if not name:
        raise TopicRefused(_("Give the topic a name."), "name")
    try:
        with transaction.atomic():
            row = _held(topic, revision) if topic is not None else Topic(position=Topic.objects.count() + 1)
            before = {"name": row.name, "name_zh": row.name_zh, "words": row.words or []}
            row.name, row.name_zh, row.words = name, name_zh, words
            after = {"name": name, "name_zh": name_zh, "words": words}
            if row.pk and before == after:
                return row
            row.revision += 1 if row.pk else 0
            row.save()
            changed = {key: after[key] for key in after if before[key] != after[key]}
            record(action="feedback.topic", subject=SUBJECT, person=person, topic=row.pk, **changed)
            if "words" in changed:
                read_anew(person=person, now=now)
    except IntegrityError:
        raise TopicRefused(_("There is a topic of this name already."), "name") from None
    return row


@transaction.atomic
def put_away_topic(*, topic: Topic, away: bool, person: Person, now: datetime, revision: int = 0) -> Topic:
    """Away, it is in no list and comments are not read for it; its actions stay. `away` False takes it out again."""
    _check(person)
    row = _held(topic, revision)
    if (row.archived_at is not None) == away:
        return row
    row.archived_at = now if away else None
    row.revision += 1
    row.save(update_fields=["archived_at", "revision"])
    record(action="feedback.topic_away" if away else "feedback.topic_back", subject=SUBJECT, person=person,
           topic=row.pk, name=row.name)  # fmt: skip
    read_anew(person=person, now=now)
    return row


def read_anew(*, person: Person | None, now: datetime) -> None:
    """Has comments read for topics at once."""
    order_job(kind=TOPICS, person=person, now=now)


def _check(person: Person) -> None:
    if not can(person, Action.KEEP_SURVEYS):
        raise TopicRefused(
            _("Topics are kept by managers and administrators of the whole company.")
        )  # fmt: skip


def _held(topic: Topic, revision: int) -> Topic:
    row = Topic.objects.select_for_update().get(pk=topic.pk)
    if row.revision != revision:
        raise TopicRefused(_("Somebody changed this topic meanwhile. Look at it again, then save yours."))
    return row


def _words(words: Sequence[str]) -> list[str]:
    """Each once, as comments are compared; in their order."""
    found = list(dict.fromkeys(word for word in (normal(one.replace("\0", "")) for one in words) if word))
    if not found:
        raise TopicRefused(_("Name at least one word that comments on this topic have."), "words")
    if len(found) > MOST_WORDS:
        raise TopicRefused(_("These are too many words: at most %(most)s.") % {"most": MOST_WORDS}, "words")
    for word in found:
        if len(word) > LONGEST:
            said = _("“%(word)s” is too long: at most %(most)s characters a word.")
            raise TopicRefused(said % {"word": word, "most": LONGEST}, "words")
        if not any(sign.isalnum() for sign in word):
            raise TopicRefused(_("“%(word)s” is no word.") % {"word": word}, "words")
    return found
