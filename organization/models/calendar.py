"""Days that are not as usual, and events that move from year to year."""

from __future__ import annotations

from django.db import models


class CalendarDay(models.Model):
    """A holiday, or a make-up working day. A day without a row works from Monday to Friday."""

    day = models.DateField(unique=True)
    working = models.BooleanField()
    name = models.CharField(max_length=100)
    provisional = models.BooleanField(default=False, help_text="Not yet announced for that year.")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarEvent(models.Model):
    """A promotion, a moving holiday, a storm: `code` is the same in every year, the days are not."""

    code = models.SlugField(max_length=50)
    name = models.CharField(max_length=100)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "first_day"], name="event_unique"),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="event_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.first_day}"
