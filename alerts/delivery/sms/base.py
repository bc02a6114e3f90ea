"""What every gateway gets: a named template with its fields, and, for those that take text, the text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from alerts.delivery.base import TransportError, for_good, passing
from common.outbound import Answer

MOST_OF_A_FIELD = 30  # signs; registered templates allow little


@dataclass(frozen=True)
class Sms:
    """`phone` as +8613800001234; `key` is the same whenever this message is tried again."""

    template: str
    fields: dict[str, str]
    text: str
    phone: str
    language: str
    key: str


def registered(sms: Sms) -> tuple[str, dict[str, str]]:
    """The gateway's own name for the template, and the fields that it was registered with, in their order.

    SMS_TEMPLATES: {"alert-first": {"id": "SMS_1", "fields": ["level", "figure"], "zh-hans": {"id": "SMS_2"}}}; what a
    language leaves out is taken from the template. Raises TransportError where nobody registered it.
    """
    known: dict[str, Any] = settings.SMS_TEMPLATES.get(sms.template, {})
    own = {**known, **known.get(sms.language, {})}
    if not own.get("id"):
        raise passing(f"The gateway has no template for “{sms.template}”: SMS_TEMPLATES does not name one.")
    names = own.get("fields", sorted(sms.fields))
    missing = [name for name in names if name not in sms.fields]
    if missing:
        raise for_good(
            f"The template “{sms.template}” asks for {', '.join(missing)}, which it does not have."
        )
    return str(own["id"]), {name: short(sms.fields[name]) for name in names}


def short(value: str) -> str:
    """As much of a value as a registered template takes, on one line, without anything that could be a link."""
    line = " ".join(value.replace("://", ": ").split())
    return line if len(line) <= MOST_OF_A_FIELD else line[: MOST_OF_A_FIELD - 1] + "…"


def said(answer: Answer) -> dict[str, Any]:
    """The answer as an object; empty where it is none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def refused(status: int, words: str) -> TransportError:
    """By the status alone: 4xx is about this message, but for what says wait (408, 425, 429) or is about our account."""
    reason = f"The SMS gateway said {status}: {words}"[:400]
    if 400 <= status < 500 and status not in {401, 402, 403, 404, 408, 425, 429}:
        return for_good(reason)
    return passing(reason)
