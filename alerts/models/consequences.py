"""What alerts have done besides telling people, and what they are still to do."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alerts.consequences import LONGEST_CODE
from alerts.models.life import EpisodeEvent


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class ConsequenceRun(models.Model):
    """One consequence of one event, carried out once. Made in the transaction of the event; what the rule asks for
    later changes nothing about it.

    `said` is English and goes through gettext where it is shown (`words`): what was done, or why the last try failed.
    """

    event = models.ForeignKey(
        EpisodeEvent, on_delete=models.CASCADE, related_name="consequences", db_index=False
    )
    code = models.CharField(max_length=LONGEST_CODE)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.WAITING)
    said = models.CharField(max_length=500, blank=True)
    values = models.JSONField(default=dict, help_text="What is put into the words, by name.")
    subject_id = models.BigIntegerField(null=True, help_text="What came of it.")
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Tries, the one that is under way included."
    )
    next_try_at = models.DateTimeField(null=True)
    at = models.DateTimeField(null=True, help_text="When it was done, given up or last tried.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "code"], name="consequence_once"),
            models.CheckConstraint(
                condition=models.Q(state="waiting", next_try_at__isnull=False)
                | (~models.Q(state="waiting") & models.Q(next_try_at__isnull=True, at__isnull=False)),
                name="consequence_waits_for_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(state="waiting"), name="consequence_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.code}: {self.state}"

    @property
    def words(self) -> str:
        """In the language that is active."""
        if not self.said:
            return ""
        said = gettext(self.said)
        return said % self.values if self.values else said
