"""Keys with which programs act for a person."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from organization.models.people import Person

LONGEST = timedelta(days=366)


class TokenScope(models.TextChoices):
    """What a program may do with a token, and never more than the person herself."""

    READ = "read", _("Read figures, targets, areas, alerts and imports")
    WRITE_FACTS = "write:facts", _("Send amounts")
    WRITE_TARGETS = "write:targets", _("Set targets")
    WRITE_IMPORTS = "write:imports", _("Send files and take imports back")
    WRITE_RULES = "write:rules", _("Write alert rules")
    WRITE_ALERTS = "write:alerts", _("Acknowledge, hand over and close alerts")
    WRITE_BUDGETS = "write:budgets", _("Record spend and commitments")
    WRITE_FEEDBACK = "write:feedback", _("Send answers and complaints")
    WRITE_DECISIONS = "write:decisions", _("Decide about proposals and finish tasks")


class ApiToken(models.Model):
    """A person's token. The secret itself is shown once and never kept: only its SHA-256 is."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(
        max_length=16, help_text="The secret's beginning, by which people tell them apart."
    )
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=30, choices=TokenScope.choices))
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__lte=models.F("created_at") + LONGEST),
                name="token_ends_within_a_year",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
