"""By which ways people are told, and when each of them wants to be."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kpis.models import Metric
from organization.models import Scope

WAYS = [("email", _("Email")), ("sms", _("SMS")), ("app", _("In the app"))]
MESSAGE_WAYS = [*WAYS, ("chat", _("Chat")), ("webhook", _("Webhook"))]


class Digest(models.TextChoices):
    OFF = "off", _("No digest")
    DAILY = "daily", _("Every day")
    WORKING = "working", _("On working days")
    WEEKLY = "weekly", _("Once a week")


def _email() -> list[str]:
    return ["email"]


def _email_and_sms() -> list[str]:
    return ["email", "sms"]


class Listening(models.Model):
    """When and how somebody wants to hear, in her own zone. Who has none is told at any hour, as the defaults say.

    Quiet hours may span midnight. They, and days off where she wishes it, hold all but the worst level.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="listening"
    )
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    quiet_on_days_off = models.BooleanField(default=False)
    watch_ways = ArrayField(models.CharField(max_length=10, choices=WAYS), default=_email)
    warning_ways = ArrayField(models.CharField(max_length=10, choices=WAYS), default=_email)
    critical_ways = ArrayField(models.CharField(max_length=10, choices=WAYS), default=_email_and_sms)
    digest = models.CharField(max_length=10, choices=Digest.choices, default=Digest.OFF)
    digest_at = models.TimeField(default=time(17))
    digest_weekday = models.PositiveSmallIntegerField(default=4, help_text="0 is Monday.")
    digest_when_empty = models.BooleanField(default=False, help_text="Also when there is nothing to say.")
    bell_seen_at = models.DateTimeField(null=True, help_text="When she last looked at her bell.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_begin_and_end",
            ),
            models.CheckConstraint(condition=Q(digest_weekday__lte=6), name="digest_on_a_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"

    def ways_for(self, level: int) -> list[str]:
        return list({1: self.watch_ways, 2: self.warning_ways}.get(level, self.critical_ways))


class FollowedFigure(models.Model):
    """A figure that somebody wants to find in her digest, in the order in which she named them."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "position"], name="followed_figure_in_its_place"),
            models.UniqueConstraint(fields=["person", "metric", "scope"], name="followed_figure_once"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.position}: {self.metric_id} {self.scope_id}"
