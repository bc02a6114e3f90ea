"""Whose digest of which day was seen to."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from alerts.models.telling import Message


class DigestRun(models.Model):
    """Seen to once for a person and day of hers, whatever beats and workers there are; `message` empty: nothing to say."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    at = models.DateTimeField(help_text="Up to when it tells; the next begins there.")
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="digest_once_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} on {self.day}"
