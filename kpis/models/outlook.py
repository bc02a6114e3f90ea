"""Where periods that are still open will probably end, and what was said of those that are over."""

from __future__ import annotations

from django.db import models

from kpis.models.fields import NumericField
from kpis.models.metrics import Metric
from kpis.models.targets import GRAINS
from organization.models import Scope


class Outlook(models.Model):
    """The forecast of a figure with a target: a row is wanted, claimed by lease, and filled. Results are upserts.

    `value`, `target` and `through` are those of the figure that it was made from: where the figure's differ, it is due.
    `why_not` says why there is none: `short` or `empty` history. `pieces`: the days left as a chart draws them, by step
    (day, week, month): [first day, mean, low, high], each piece up to the next.
    """

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+")
    grain = models.CharField(max_length=7, choices=GRAINS)
    start = models.DateField()
    value = NumericField(null=True)
    target = NumericField(null=True)
    through = models.DateField(null=True)
    mean = NumericField(null=True)
    low = NumericField(null=True, help_text="80% of outcomes lie between low and high.")
    high = NumericField(null=True)
    chance = models.FloatField(null=True, help_text="Of reaching the target, from 0 to 1.")
    recent = NumericField(null=True, help_text="A day of the last 28, on average.")
    pieces = models.JSONField(null=True)
    why_not = models.CharField(max_length=10, blank=True)
    computed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "metric", "grain", "start"], name="outlook_once")
        ]

    def __str__(self) -> str:
        return f"{self.scope_id} {self.metric_id} {self.grain} {self.start}: {self.mean}"


class OutlookPast(models.Model):
    """What was forecast, once a week while the period ran: kept to be held against what came."""

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+")
    grain = models.CharField(max_length=7, choices=GRAINS)
    start = models.DateField()
    week = models.DateField(help_text="Monday of the week of `through`.")
    through = models.DateField()
    mean = NumericField()
    low = NumericField()
    high = NumericField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "metric", "grain", "start", "week"], name="outlook_past_once_a_week"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope_id} {self.metric_id} {self.start} on {self.through}: {self.mean}"
