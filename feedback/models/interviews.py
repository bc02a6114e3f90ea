"""Interviews with customers: guides, appointments, notes and quotes."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from organization.models import Person, Scope


class Guide(models.Model):
    """What is asked in an interview."""

    name = models.CharField(max_length=100, unique=True)
    questions = ArrayField(models.CharField(max_length=500))
    archived_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class InterviewState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class Interview(models.Model):
    """A talk with a customer, agreed for a time, and what was noted."""

    guide = models.ForeignKey(Guide, on_delete=models.PROTECT, null=True, related_name="interviews")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    interviewer = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=InterviewState.choices, default=InterviewState.PLANNED)
    tier = models.CharField(max_length=50, blank=True, help_text="Of the customer when it was agreed.")
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-at"], name="interview_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}: {self.state}"


class InterviewNote(models.Model):
    """A note of an interview, or a sentence she said (`quote`), with tags, linked to topics."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="notes")
    question = models.CharField(max_length=500, blank=True, help_text="Of the guide, as it read then.")
    text = models.TextField()
    quote = models.BooleanField(default=False)
    tags = ArrayField(models.CharField(max_length=40), default=list)
    topics: models.ManyToManyField[Any, Any] = models.ManyToManyField("feedback.Topic", related_name="notes")
    at = models.DateTimeField(db_default=Now())
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.text[:40]
