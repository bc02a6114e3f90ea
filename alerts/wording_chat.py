"""What a connection is told: a few lines for a chat, JSON for a program (docs/webhooks.md).

Where figures may not go, neither the area's name, the figure's, nor a number does.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.models import LEVEL_CODES, Connection, EpisodeEvent
from alerts.wording import LIGHTS, Subject, Wording, headline_of, lines_of, one_line
from common.listing import listed
from organization.api.fields import digits
from organization.speaking import speaking

VERSION = 1  # of the JSON; what is added does not raise it
HIDDEN_CODE = "••••••"  # what the outbox shows instead
TEST, CODE = "test", "code"


def compose_chat(*, about: Subject, connection: Connection, figures: bool) -> Wording:
    """Some lines of plain text in the connection's language; the link opens to those alone who may see the alert."""
    with speaking(connection.language):
        link = _link(about.event)
        if figures:
            shape, _colour = LIGHTS.get(about.event.status, LIGHTS["grey"])
            headline = one_line(headline_of(about, connection.language))
            lines = [f"{line.name}: {line.value}" for line in lines_of(about, connection.language)]
            if about.below:
                below = listed(scope.label for scope in about.below)
                lines.insert(1, _("Also affected: %(areas)s") % {"areas": below})
        else:
            shape, _colour = LIGHTS["grey"]
            headline, lines = (
                one_line(_("Something needs attention: %(rule)s") % {"rule": about.rule.name}),
                [],
            )
        rule = _("Rule: %(rule)s") % {"rule": one_line(about.rule.name)}
        text = "\n".join([f"Plumbline {shape} {headline}", *lines, rule, link])
        return Wording(
            subject=headline, text=text, template=f"alert-{about.event.kind}", fields={"link": link}
        )


def compose_webhook(*, about: Subject, connection: Connection, figures: bool, key: UUID) -> Wording:
    """The message whose text is the JSON that goes out; `key` is the message's."""
    with speaking(connection.language):
        body = webhook_body(about=about, connection=connection, figures=figures, key=key)
        headline = (
            headline_of(about, connection.language)
            if figures
            else _("Something needs attention: %(rule)s") % {"rule": about.rule.name}
        )
        return Wording(one_line(headline), as_json(body), template=f"alert-{about.event.kind}")


def webhook_body(*, about: Subject, connection: Connection, figures: bool, key: UUID) -> dict[str, Any]:
    """By docs/webhooks.md. Names are in the connection's language, numbers are text with all their digits."""
    event = about.event
    body: dict[str, Any] = {
        "version": VERSION,
        "id": str(key),
        "event": f"alert.{event.kind}",
        "at": moment(event.at),
        "tier": {"level": event.tier, "name": LEVEL_CODES[event.tier]},
        "alert": {"id": event.episode_id, "number": event.number},
        "rule": {"id": about.rule.pk, "name": about.rule.name},
        "area": None,
        "figure": None,
        "period": None,
        "figures": None,
        "condition": None,
        "link": _link(event),
    }  # fmt: skip
    if not figures:
        return body
    with speaking(connection.language):
        return body | {
            "area": {"code": about.scope.key, "name": str(about.scope.label)},
            "figure": {"code": about.metric.code, "name": str(about.metric.label)},
            "period": {
                "grain": event.grain,
                "start": event.start.isoformat() if event.start else None,
                "through": event.through.isoformat() if event.through else None,
            },
            "figures": {
                "value": _number(event.value),
                "expected": _number(event.expected),
                "target": _number(event.target),
                "attainment": _number(event.attainment),
                "light": event.status,
            },
            "condition": event.condition,
        }


def compose_test(*, connection: Connection, key: UUID, now: datetime, with_code: bool) -> Wording:
    """A test; `with_code` asks for what confirms the connection, and has a place for it instead of the code itself."""
    with speaking(connection.language):
        link = settings.SITE_URL + reverse("alerts:connections")
        template = CODE if with_code else TEST
        fields = {"link": link, **({"code": HIDDEN_CODE} if with_code else {})}
        if with_code:
            subject = _("Code for the connection “%(name)s”") % {"name": connection.name}
            said = _("The code of the connection “%(name)s” is %(code)s. It holds for ten minutes.") % {
                "name": connection.name,
                "code": HIDDEN_CODE,
            }
            why = _(
                "Enter it in Plumbline, and alerts may be sent here. If nobody here expects this, do nothing."
            )
        else:
            subject = _("Test of the connection “%(name)s”") % {"name": connection.name}
            said = _("This is a test of the connection “%(name)s”: messages arrive here.") % {
                "name": connection.name
            }
            why = ""
        text = "\n".join(filter(None, [f"Plumbline: {one_line(said)}", why, link]))
        if connection.way == "webhook":
            text = as_json(
                {
                    "version": VERSION,
                    "id": str(key),
                    "event": "test",
                    "at": moment(now),
                    "connection": connection.name,
                    "code": HIDDEN_CODE if with_code else None,
                    "link": link,
                }
            )
        return Wording(one_line(subject), text, template=template, fields=fields)


def as_json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2)


def moment(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _number(value: Decimal | None) -> str | None:
    return None if value is None else digits(value)


def _link(event: EpisodeEvent) -> str:
    return settings.SITE_URL + reverse("alerts:episode", args=[event.episode_id])
