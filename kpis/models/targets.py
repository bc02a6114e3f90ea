"""What a metric should reach, and what people did to reach it: targets, changes of many at once, warnings, benchmarks."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from common.periods import Grain
from kpis.models.metrics import Metric
from organization.models import Scope

GRAINS = [
    (Grain.DAY.value, _("Day")),
    (Grain.WEEK.value, _("Week")),
    (Grain.MONTH.value, _("Month")),
    (Grain.QUARTER.value, _("Quarter")),
    (Grain.YEAR.value, _("Year")),
]


class ChangeKind(models.TextChoices):
    GRID = "grid", _("Typed or pasted")
    UPLOAD = "upload", _("From a workbook")
    BREAK_DOWN = "break_down", _("Broken down")
    SUGGESTION = "suggestion", _("From a suggestion")
    CALIBRATION = "calibration", _("Calibrated")
    UNDO = "undo", _("Undone")


class TargetChange(models.Model):
    """Targets that were set as one, and can be taken back as one: a break-down, an upload, a calibration.

    `details` say how they came about (method, total, locks), for people and for doing it again.
    """

    kind = models.CharField(max_length=12, choices=ChangeKind.choices)
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    undone_by = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        related_name="undoes",
        help_text="The change that took it back.",
    )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Target(models.Model):
    """What a metric should reach on a scope in a period. Versions are kept; the one not superseded is current."""

    # (Foreign keys without an index of their own: what is looked for by them begins one below, and a plan has thousands.)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="targets", db_index=False)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="targets", db_index=False)
    grain = models.CharField(max_length=7, choices=GRAINS)
    start = models.DateField()
    value = models.DecimalField(
        max_digits=24, decimal_places=6, null=True, help_text="Empty in a version that takes the target away."
    )
    version = models.PositiveIntegerField()
    set_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    change = models.ForeignKey(
        TargetChange, on_delete=models.SET_NULL, null=True, blank=True, related_name="targets"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["metric", "scope", "grain", "start", "version"], name="target_version_unique"
            ),
            models.UniqueConstraint(
                fields=["metric", "scope", "grain", "start"],
                condition=models.Q(superseded_at__isnull=True),
                name="target_one_current",
            ),
        ]
        indexes = [models.Index(fields=["scope", "metric"], name="target_by_scope")]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.scope_id} {self.start}: {self.value}"


class TargetWarning(models.Model):
    """What spoke against a target when it was set, and what the one who set it says to that.

    `figures` are what it was held against (codes with amounts as strings, and their source), worded on the page.
    """

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="warnings")
    code = models.CharField(max_length=20, help_text="growth, benchmark, budget, capacity")
    figures = models.JSONField(encoder=DjangoJSONEncoder)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["target", "code"], name="warning_once_a_target")]

    def __str__(self) -> str:
        return f"{self.target_id} {self.code}"


class Benchmark(models.Model):
    """What others in the trade reach, as the company entered it: for an area and all below it, from a day on."""

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="benchmarks")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    value = models.DecimalField(
        max_digits=24,
        decimal_places=6,
        help_text="Of a ratio its value; of what adds up, growth on last year (0.12).",
    )
    source = models.CharField(max_length=200, help_text="Who says so: a report, an association, a platform.")
    entered_at = models.DateTimeField(db_default=Now())
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "scope", "first_day"], name="benchmark_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.scope_id} {self.first_day}: {self.value}"
