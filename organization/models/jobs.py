"""Long work that somebody can watch and cancel. The row is the work: whoever holds its lease does it."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Working")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(models.Model):
    """One piece of work of a registered kind (`organization.jobs`). Of a kind and key one is open at a time.

    `phase` is English and goes through gettext where it is shown.
    """

    OPEN = (JobState.WAITING, JobState.RUNNING)

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, blank=True, help_text="What it is about, among those of its kind.")
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    next_params = models.JSONField(
        null=True, encoder=DjangoJSONEncoder, help_text="Ordered again while it ran: what comes after it."
    )
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.WAITING)
    not_before = models.DateTimeField(db_default=Now())
    phase = models.CharField(max_length=100, blank=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    rows = models.BigIntegerField(default=0, help_text="Rows of its input so far.")
    error = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="job_one_open",
            ),
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="job_progress_is_percent"),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="job_queue",
            ),
            models.Index(fields=["kind", "key", "-id"], name="job_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def phase_words(self) -> str:
        return gettext(self.phase) if self.phase else ""
