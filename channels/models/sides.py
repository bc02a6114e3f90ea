"""What the company holds an investment against: metrics of three sides, their weights, and what counts as good."""

from __future__ import annotations

from django.db import models

from channels.three_sides import Side
from kpis.models import Metric

SIDE_CHOICES = [(side.value, side.value) for side in Side]


class SidesPlan(models.Model):
    """One row at most; without one, what ships holds (`channels.selectors.sides`). Weights need not add up to anything."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    financial = models.DecimalField(max_digits=7, decimal_places=2)
    strategic = models.DecimalField(max_digits=7, decimal_places=2)
    brand = models.DecimalField(max_digits=7, decimal_places=2)
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts edits, so that two people do not mix."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="sides_plan_only_one"),
            models.CheckConstraint(
                condition=models.Q(financial__gte=0, strategic__gte=0, brand__gte=0),
                name="sides_weights_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.financial} : {self.strategic} : {self.brand}"


class SideMetric(models.Model):
    """A metric of a side. `good` is the value that scores 1; empty, the area's target does."""

    plan = models.ForeignKey(SidesPlan, on_delete=models.CASCADE, related_name="metrics")
    side = models.CharField(max_length=10, choices=SIDE_CHOICES)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    weight = models.DecimalField(max_digits=7, decimal_places=2)
    good = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "metric"], name="side_metric_once"),
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="side_metric_weighs"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.side}: {self.metric_id}"
