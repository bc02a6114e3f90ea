"""The alert rules that an approved budget brings along."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alerts.models import Rule
from budgets.models.plans import Budget


class Rung(models.TextChoices):
    USED = "used", _("Much is used")
    AHEAD = "ahead", _("Ahead of plan")
    DAY = "day", _("A day over its plan")
    LINE = "line", _("A line over its plan")
    CONVERSIONS = "conversions", _("Used with few conversions")


class LadderRule(models.Model):
    """A rule that was made for a budget by itself. It is a rule like any other and may be edited.

    `made_as` is the condition that it was last given by the settings: while it still has that one, it follows them
    (`settings_version`: up to which). No rule: somebody took it away, and none is made anew.
    """

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="ladder")
    rung = models.CharField(max_length=12, choices=Rung.choices)
    rule = models.OneToOneField(Rule, on_delete=models.SET_NULL, null=True, related_name="+")
    made_as: Any = models.JSONField()
    settings_version = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["budget", "rung"], name="ladder_rung_once"),
            models.CheckConstraint(condition=Q(rung__in=Rung.values), name="ladder_rung_known"),
        ]
        ordering = ["budget", "pk"]

    def __str__(self) -> str:
        return f"{self.budget_id} {self.rung}"
