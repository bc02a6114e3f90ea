"""Scorecards, the scores that were computed from them, and the plans of those who fell behind."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kpis.models.metrics import Metric
from kpis.models.targets import GRAINS
from organization.models import Node, Role, Scope


class Perspective(models.TextChoices):
    FINANCIAL = "financial", _("Financial")
    CUSTOMER = "customer", _("Customer")
    PROCESS = "process", _("Internal process")
    LEARNING = "learning", _("Learning")


class Subject(models.TextChoices):
    PERSON = "person", _("People")
    TEAM = "team", _("Teams")
    COMPANY = "company", _("Company")


class Scorecard(models.Model):
    """What is judged, and how much each weighs. `role`: people who have it are judged by this card; empty: all."""

    name = models.CharField(max_length=100, unique=True)
    name_zh = models.CharField(max_length=100, blank=True)
    subject = models.CharField(max_length=10, choices=Subject.choices)
    role = models.CharField(max_length=10, choices=Role.choices, blank=True)
    cap = models.DecimalField(max_digits=4, decimal_places=2, default="1.2")
    weights = models.JSONField(default=dict, help_text="By perspective, as strings.")
    archived_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cap__gte=1, cap__lte=5), name="scorecard_cap_between_1_and_5"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.name_zh if self.name_zh and (get_language() or "").startswith("zh") else self.name


class ScorecardLine(models.Model):
    card = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="lines")
    perspective = models.CharField(max_length=10, choices=Perspective.choices)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    weight = models.DecimalField(max_digits=7, decimal_places=2)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["card", "metric"], name="scorecard_metric_once"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="scorecard_weight_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} {self.metric_id}: {self.weight}"


class Score(models.Model):
    """What a person, team or the company reached in a period; only `kpis.services.scorecards` writes.

    `lines` are the figures as they were: metric code, perspective, weight, attainment (a string or null).
    """

    card = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="scores")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    team = models.ForeignKey(Node, on_delete=models.CASCADE, null=True, related_name="+")
    grain = models.CharField(max_length=7, choices=GRAINS)
    start = models.DateField()
    value = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    parts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    lines = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    rank = models.PositiveIntegerField(null=True)
    ranked = models.PositiveIntegerField(default=0, help_text="How many were ranked.")
    climbed = models.IntegerField(null=True, help_text="Ranks won since the period before.")
    behind = models.BooleanField(default=False, help_text="Among the bottom tenth.")
    through = models.DateField(null=True)
    computed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["card", "grain", "start", "person", "team"], name="score_once", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["card", "grain", "start", "rank"], name="score_by_rank")]

    def __str__(self) -> str:
        return f"{self.card_id} {self.person_id or self.team_id or 'company'} {self.start}: {self.value}"


class ScoreArea(models.Model):
    """Whose areas a score is about: who may not see one of them does not see the score."""

    score = models.ForeignKey(Score, on_delete=models.CASCADE, related_name="areas")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["score", "scope"], name="score_area_once")]

    def __str__(self) -> str:
        return f"{self.score_id} {self.scope_id}"


class ImprovementPlan(models.Model):
    """What somebody who fell behind sets out to do, with whom, week by week."""

    score = models.OneToOneField(Score, on_delete=models.PROTECT, related_name="plan")
    goal = models.TextField()
    mentor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    opened_at = models.DateTimeField(db_default=Now())
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.score_id}: {self.goal[:40]}"


class PlanNote(models.Model):
    plan = models.ForeignKey(ImprovementPlan, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.at}"
