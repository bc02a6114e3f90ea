"""Days that are not as usual, and events that move from year to year."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarDay(models.Model):
    """A holiday, or a make-up working day. A day without a row works from Monday to Friday."""

    day = models.DateField(unique=True)
    working = models.BooleanField()
    name = models.CharField(max_length=100)
    provisional = models.BooleanField(default=False, help_text="Not yet announced for that year.")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class EventKind(models.TextChoices):
    HOLIDAY = "holiday", _("Holiday")
    PROMOTION = "promotion", _("Promotion")
    PRICE_CUT = "price_cut", _("Price cut")
    STORM = "storm", _("Storm")
    OTHER = "other", _("Something else")


class StandingEvents(models.Manager["CalendarEvent"]):
    """Without those that were taken out."""

    def get_queryset(self) -> models.QuerySet[CalendarEvent]:
        return super().get_queryset().filter(removed_at__isnull=True)


class CalendarEvent(models.Model):
    """A promotion, a moving holiday, a storm: `code` is the same in every year, the days are not.

    One that was taken out stays as a mark, so that loading the calendar again does not bring it back.
    """

    code = models.SlugField(max_length=50, allow_unicode=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=EventKind.choices, default=EventKind.PROMOTION)
    first_day = models.DateField()
    last_day = models.DateField()
    removed_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts edits, so that two people do not mix."
    )

    objects = StandingEvents()
    every: ClassVar[models.Manager[CalendarEvent]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "first_day"],
                condition=models.Q(removed_at__isnull=True),
                name="event_unique",
            ),
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="event_days_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["holiday", "promotion", "price_cut", "storm", "other"]),
                name="event_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.first_day}"
