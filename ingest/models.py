"""Files that came in, and the rows of them that could not."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kpis.models import Source


class State(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Working")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not imported")
    UNDOING = "undoing", _("Undoing")
    UNDONE = "undone", _("Undone")


class Import(models.Model):
    """One file on its way in. The row is the work: whoever holds its lease does it, anyone may when the lease ends."""

    file_name = models.CharField(max_length=255)
    stored_as = models.CharField(max_length=255, help_text="Path below the uploads folder; the file is kept.")
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    preset = models.CharField(max_length=50, blank=True, help_text="Empty: recognised from the headings.")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="imports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    phase = models.CharField(max_length=20, blank=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    error = models.TextField(blank=True)
    headings = ArrayField(models.TextField(), default=list)
    encoding = models.CharField(max_length=20, blank=True)
    slots = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Measures that the file reports."
    )
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    corrected = models.BigIntegerField(default=0)
    seconds = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    revision = models.BigIntegerField(
        null=True, help_text="The source's revision that this import made: its turn."
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                name="import_queue",
                condition=models.Q(state__in=["queued", "running", "undoing"]),
            ),
            models.Index(fields=["source", "revision"], name="import_by_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.file_name}"

    @property
    def in_work(self) -> bool:
        return self.state in {State.QUEUED, State.RUNNING, State.UNDOING}


class Reject(models.Model):
    """A line that could not go in: what it said, and why, in plain words."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rejects")
    line = models.BigIntegerField()
    cells = ArrayField(models.TextField())
    reasons = models.JSONField(help_text="List of {code, ...}: worded for the reader when shown.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="reject_once_a_line")]
        ordering = ["line"]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"


class SentOnce(models.Model):
    """A program's Idempotency-Key: the same request again is answered from its import. Made in its transaction."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body.")
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="sent_once_a_key")]

    def __str__(self) -> str:
        return f"{self.key} → {self.batch_id}"
