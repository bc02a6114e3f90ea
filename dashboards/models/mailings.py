"""Pages that come by mail, each week or month."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from dashboards.models.keeping import ADDRESS
from organization.models import Person


class Every(models.TextChoices):
    WEEK = "week", _("Every week")
    MONTH = "month", _("Every month")


class Mailing(models.Model):
    """A page and who gets it when. Each gets what she may see herself, in her language.

    `day`: 1 (Monday) to 7 of a week, 1 to 28 of a month; `hour` by the owner's clock.
    """

    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="mailings")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=ADDRESS)
    every = models.CharField(max_length=5, choices=Every.choices, default=Every.WEEK)
    day = models.PositiveSmallIntegerField(default=1)
    hour = models.PositiveSmallIntegerField(default=8)
    people = models.ManyToManyField(Person, related_name="+")
    left = models.ManyToManyField(Person, related_name="+")  # who wants it no more; nobody adds them again
    next_at = models.DateTimeField(null=True)  # NULL while it is paused
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(every="week", day__range=(1, 7)) | Q(every="month", day__range=(1, 28)),
                name="mailing_day",
            ),
            models.CheckConstraint(condition=Q(hour__range=(0, 23)), name="mailing_hour"),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="mailing_due")]


class Parcel(models.Model):
    """One page for one person of one time: work until its message is queued, then what says that it was."""

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="parcels")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=40, blank=True)  # a code; worded where it is shown

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mailing", "person", "due_at"], name="parcel_once"),
        ]
        indexes = [
            models.Index(
                fields=["lease_until"], condition=Q(sent_at__isnull=True, problem=""), name="parcel_waiting"
            )
        ]
