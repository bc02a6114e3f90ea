"""Times in which nobody is told of some alerts: because it is known, or because something is being worked on."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alerts.models.rules import LEVELS, Rule
from kpis.models import Metric
from organization.models import Scope


class SilenceKind(models.TextChoices):
    SILENCE = "silence", _("Silence")
    MAINTENANCE = "maintenance", _("Planned work")


class Silence(models.Model):
    """Covers what fits all that it names; the area and all below. Alerts go on being counted and shown."""

    kind = models.CharField(max_length=12, choices=SilenceKind.choices, default=SilenceKind.SILENCE)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, null=True, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, null=True, related_name="+")
    up_to_level = models.PositiveSmallIntegerField(
        choices=LEVELS, default=3, help_text="What is worse is told all the same."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gte=F("starts_at")), name="silence_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="silence_has_a_reason"),
        ]
        indexes = [models.Index(fields=["ends_at"], name="silence_until")]

    def __str__(self) -> str:
        return f"{self.scope_id} until {self.ends_at:%Y-%m-%d %H:%M}"

    def to_come(self, now: datetime) -> bool:
        """Whether it runs or is planned; one that was taken back before it began ends where it began."""
        return self.ends_at > now and self.ends_at > self.starts_at

    def runs(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at
