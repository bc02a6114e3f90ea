"""Where a metric stands (readings), and who wants to know when it moves."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kpis.models.fields import NumericField
from kpis.models.metrics import Metric
from kpis.models.targets import GRAINS
from organization.models import Scope


class Status(models.TextChoices):
    GREEN = "green", _("on plan")
    YELLOW = "yellow", _("behind")
    RED = "red", _("off plan")
    GREY = "grey", _("no data / no target")


class Watch(models.Model):
    """Someone wants to know when this figure changes. Days and weeks are kept as rows only where watched."""

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="watches")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="watches")
    grain = models.CharField(max_length=7, choices=GRAINS)
    watcher = models.CharField(max_length=60, help_text="Who asked, for example `alerts.rule:12`.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "scope", "grain", "watcher"], name="watch_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.watcher}: {self.metric_id} {self.scope_id} {self.grain}"


class Reading(models.Model):
    """A metric on a scope for a period: value, target, expected by now, attainment, light. Only `kpis.readings` writes.

    `value`, `expected` and `attainment` look at the days up to `through`, that day included.
    """

    pk = models.CompositePrimaryKey("scope", "grain", "start", "metric")
    scope = models.ForeignKey(
        Scope, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    metric = models.ForeignKey(
        Metric, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    grain = models.CharField(max_length=7, choices=GRAINS)
    start = models.DateField()
    value = NumericField(null=True)
    target = NumericField(null=True)
    expected = NumericField(null=True)
    attainment = NumericField(null=True)
    status = models.CharField(max_length=6, choices=Status.choices)
    through = models.DateField(null=True)
    estimated = models.BooleanField(default=False)
    few = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Rests on less than the metric's least base: a value without a light.",
    )
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["metric", "grain", "start"], name="reading_by_metric"),
        ]


class ReadingChange(models.Model):
    """A watched figure changed. Rows are claimed and deleted by those who watch."""

    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+")
    grain = models.CharField(max_length=7, choices=GRAINS)
    start = models.DateField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.scope_id} {self.metric_id} {self.grain} {self.start}"
