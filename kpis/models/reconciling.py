"""What the nightly check compared, and what it found."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kpis.models.amounts import Source
from kpis.models.fields import NumericField


class CheckState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Checking")
    REPAIRING = "repairing", _("Repairing")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Reconciliation(models.Model):
    """One night's check of one source, or (without a source) of the kept figures. The row is the work, claimed by lease."""

    night = models.DateField()
    source = models.ForeignKey(Source, on_delete=models.CASCADE, null=True, related_name="+")
    by_hand = models.BooleanField(
        default=False, help_text="Somebody asked for it; the night's own is done once."
    )
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=10, choices=CheckState.choices, default=CheckState.QUEUED)
    compared = models.BigIntegerField(default=0, help_text="Rows that were compared.")
    different = models.BigIntegerField(default=0)
    remaining = models.BigIntegerField(null=True, help_text="Still different after the repair.")
    seconds = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    not_before = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)

    class Meta:
        ordering = ["-night", "source__name"]
        constraints = [
            models.UniqueConstraint(
                fields=["night", "source"],
                name="reconciliation_once_a_night",
                condition=models.Q(by_hand=False),
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="reconciliation_queue",
                condition=models.Q(state__in=["queued", "running", "repairing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.night} {self.source_id or 'figures'}"


class Difference(models.Model):
    """An amount or figure that did not say what the facts say. The first some hundred of a check are kept."""

    check_of = models.ForeignKey(Reconciliation, on_delete=models.CASCADE, related_name="differences")
    table = models.CharField(max_length=30)
    what = models.CharField(max_length=50, help_text="Code of the measure or metric.")
    place = models.TextField(help_text="As a scope is written.")
    grain = models.CharField(max_length=7)
    start = models.DateField()
    kept = NumericField(null=True)
    expected = NumericField(null=True)
    remains = models.BooleanField(null=True, help_text="Whether it was still so after the repair.")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.table} {self.place} {self.start} {self.what}: {self.kept} / {self.expected}"
