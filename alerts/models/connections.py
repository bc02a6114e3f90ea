"""Places that messages go to which are nobody's mail or telephone: groups in chat services, other programs."""

from __future__ import annotations

import json

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from common.secrets import seal, unseal
from organization.models import Scope


class ConnectionKind(models.TextChoices):
    WECOM = "wecom", _("WeCom")
    DINGTALK = "dingtalk", _("DingTalk")
    FEISHU = "feishu", _("Feishu")
    SLACK = "slack", _("Slack")
    TEAMS = "teams", _("Microsoft Teams")
    TELEGRAM = "telegram", _("Telegram")
    WEBHOOK = "webhook", _("Webhook")


class Connection(models.Model):
    """Where to send, and how much may be said there.

    Nothing but tests goes out before `confirmed_at`, nor while it is switched off. Outside `figures_scope` messages
    carry no figures; without one, none at all.
    """

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=ConnectionKind.choices)
    place = models.JSONField(default=dict, help_text="What of it is no secret (a host, a chat), by field.")
    sealed = models.TextField(help_text="The secret fields as JSON, encrypted.")
    mark = models.CharField(
        max_length=8, help_text="The same for the same place and secrets; tells neither of them."
    )
    language = models.CharField(max_length=10)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    figures_scope = models.ForeignKey(Scope, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    switched_off_at = models.DateTimeField(null=True)
    switched_off_because = models.CharField(
        max_length=300, blank=True, help_text="The other side's words; empty where a person did it."
    )
    version = models.PositiveIntegerField(default=1, help_text="Counts edits: the later of two sees it.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="connection_name_unique"),
            models.CheckConstraint(
                condition=models.Q(switched_off_at__isnull=False) | models.Q(switched_off_because=""),
                name="connection_reason_needs_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def way(self) -> str:
        return "webhook" if self.kind == ConnectionKind.WEBHOOK else "chat"

    @property
    def ready(self) -> bool:
        """Whether messages may go there."""
        return self.confirmed_at is not None and self.switched_off_at is None

    @property
    def address(self) -> str:
        """What the outbox shows, and what a message is held against before it goes out: the same in each language.

        Tells no secret.
        """
        host = self.place.get("url", "").partition("//")[2].partition("/")[0].partition("?")[0]
        return f"{host or self.kind} #{self.mark}"

    @property
    def secrets(self) -> dict[str, str]:
        """Raises SecretLost."""
        found: dict[str, str] = json.loads(unseal(self.sealed))
        return found

    @secrets.setter
    def secrets(self, values: dict[str, str]) -> None:
        self.sealed = seal(json.dumps(values))


class ConnectionCode(models.Model):
    """A code that a test message carried; only its digest is kept."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    mark = models.CharField(max_length=8, help_text="Of the place that it was sent to.")
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["connection", "-created_at"], name="connection_code_newest")]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.created_at:%Y-%m-%d %H:%M}"
