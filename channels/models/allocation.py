"""The response curves that the last run found, and splits of a total that somebody sent on for a decision."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from organization.models import Node


class ResponseRun(models.Model):
    """The one run that holds; the next one takes its place with all its curves."""

    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    inputs_version = models.CharField(
        max_length=64, help_text="A digest of the weeks that it read: another one makes it old."
    )
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    seconds = models.FloatField(default=0)


class ResponseCurve(models.Model):
    """What a channel's weeks of spend teach, or why they teach nothing. Money of a week, in the company's currency."""

    run = models.ForeignKey(ResponseRun, on_delete=models.CASCADE, related_name="curves")
    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=12, help_text="`channels.response.Verdict`.")
    weeks = models.PositiveIntegerField()
    parameters = models.PositiveIntegerField()
    explained = models.FloatField(default=0)
    current = models.DecimalField(
        max_digits=20, decimal_places=2, help_text="The mean week of spend in the last four."
    )
    usual = models.FloatField(default=0)
    highest = models.FloatField(default=0)
    draws: Any = models.JSONField(
        default=dict, help_text="carry, steep, half and most, index by index; see `channels.response.Curve`."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "node"], name="response_curve_once")]


class AllocationState(models.TextChoices):
    WAITING = "waiting", _("Waiting for a decision")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Allocation(models.Model):
    """A split of a total over a period that somebody sent on. Decided, it is kept as it was."""

    KIND = "channels.allocation"

    first_day = models.DateField()
    last_day = models.DateField()
    total = models.DecimalField(max_digits=20, decimal_places=2)
    parts: Any = models.JSONField(
        help_text="List of {node, today, amount}: the whole period's money as text; parts add up to the total."
    )
    gain = models.DecimalField(
        max_digits=20, decimal_places=2, help_text="Expected revenue beyond today's split."
    )
    gain_low = models.DecimalField(max_digits=20, decimal_places=2)
    gain_high = models.DecimalField(max_digits=20, decimal_places=2)
    state = models.CharField(max_length=10, choices=AllocationState.choices, default=AllocationState.WAITING)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=AllocationState.values), name="allocation_state_known"
            ),
            models.CheckConstraint(condition=Q(last_day__gt=F("first_day")), name="allocation_days_in_order"),
            models.CheckConstraint(condition=Q(total__gt=0), name="allocation_total_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}: {self.total}"
