"""Whom the watchdog has told of what."""

from __future__ import annotations

from django.db import models


class WatchdogReport(models.Model):
    """Somebody was told of a trouble of the engine, and not yet that it is over. Written once the mail has left."""

    trouble = models.CharField(max_length=60, help_text="Its key: alerts.health.Trouble.")
    address = models.EmailField()
    since = models.DateTimeField(null=True)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address", "trouble"], name="watchdog_told_once")]

    def __str__(self) -> str:
        return f"{self.trouble} to {self.address} at {self.told_at:%Y-%m-%d %H:%M}"
