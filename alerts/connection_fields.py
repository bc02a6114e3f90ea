"""What users fill in for each kind of connection: parts of an address, never an address with a scheme of its own.

The patterns keep every part a part: nothing typed here can name another host or another path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alerts.models import ConnectionKind

# Power Automate and Logic Apps, where Teams' workflows live; the last is China's.
TEAMS_HOSTS = (
    ".logic.azure.com",
    ".api.powerplatform.com",
    ".logic.azure.cn",
)
_HOST = rf"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*({'|'.join(re.escape(end) for end in TEAMS_HOSTS)})"


@dataclass(frozen=True)
class Part:
    """One field. `pattern` must fit the whole; `wrong` says what is expected."""

    name: str
    label: str | Promise
    pattern: str
    help: str | Promise = ""
    secret: bool = True
    required: bool = True
    limit: int = 200

    def fits(self, value: str) -> bool:
        return len(value) <= self.limit and re.fullmatch(self.pattern, value) is not None


_LETTERS = r"[A-Za-z0-9_-]{8,}"
PARTS: dict[str, tuple[Part, ...]] = {
    ConnectionKind.WECOM: (
        Part(
            "key",
            _("Key of the robot"),
            _LETTERS,
            _("In the group, add a robot; its address ends in key= and this."),
        ),
    ),
    ConnectionKind.DINGTALK: (
        Part("token", _("Access token"), _LETTERS, _("The robot's address ends in access_token= and this.")),
        Part(
            "secret",
            _("Secret for signing"),
            _LETTERS,
            _(
                "Begins with SEC. Leave it out where the robot is kept safe by the keyword Plumbline or by IP address."
            ),
            required=False,
        ),
    ),
    ConnectionKind.FEISHU: (
        Part("token", _("Token of the robot"), _LETTERS, _("The last part of the robot's address.")),
        Part(
            "secret",
            _("Secret for signing"),
            _LETTERS,
            _("Leave it out where the robot is kept safe by the keyword Plumbline or by IP address."),
            required=False,
        ),
    ),
    ConnectionKind.SLACK: (
        Part(
            "team",
            _("First part (T…)"),
            r"T[A-Z0-9]{4,}",
            _("The webhook's address is hooks.slack.com/services/ and three parts."),
            secret=False,
        ),
        Part("app", _("Second part (B…)"), r"B[A-Z0-9]{4,}", secret=False),
        Part("token", _("Third part"), r"[A-Za-z0-9]{8,}"),
    ),
    ConnectionKind.TEAMS: (
        Part(
            "host",
            _("Host of the workflow"),
            _HOST,
            _("Between https:// and the next slash, without the port: prod-12.westeurope.logic.azure.com."),
            secret=False,
        ),
        Part(
            "workflow",
            _("Number of the workflow"),
            r"[A-Za-z0-9_-]{8,}",
            _("Between /workflows/ and /triggers/."),
            secret=False,
        ),
        Part(
            "signature", _("Signature"), r"[A-Za-z0-9_-]{8,}", _("After sig=, up to the end or the next &.")
        ),
        Part(
            "route",
            _("Number after /cu/"),
            r"[0-9]{1,6}",
            _("Only where the address has one."),
            secret=False,
            required=False,
        ),
    ),
    ConnectionKind.TELEGRAM: (
        Part(
            "bot_token",
            _("Token of the bot"),
            r"[0-9]{4,}:[A-Za-z0-9_-]{8,}",
            _("BotFather gives it: numbers, a colon, letters."),
        ),
        Part(
            "chat",
            _("Chat"),
            r"-?[0-9]{1,32}|@[A-Za-z][A-Za-z0-9_]{3,}",
            _("The group's number, with its minus, or the channel's name with @."),
            secret=False,
        ),
    ),
    ConnectionKind.WEBHOOK: (
        Part(
            "url",
            _("Address"),
            r"\S+",
            _("With https://. Each message is signed; the secret for checking it is shown when you save."),
            secret=False,
            limit=500,
        ),
    ),
}
