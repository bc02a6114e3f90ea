"""Months that closed far off plan: what the responsible lead says about it, and what follows for the months to come."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from decisions.models import Proposal
from kpis.models.fields import NumericField
from kpis.models.metrics import Metric
from kpis.models.targets import TargetChange
from organization.models import Scope

KIND = "kpis.calibration"  # as a subject of decisions and tasks


class MonthClosing(models.Model):
    """A month that has closed. Its calibrations are opened once, when the figures of its last day are computed."""

    month = models.DateField(primary_key=True)
    marked_at = models.DateTimeField(db_default=Now(), help_text="Figures marked before are waited for.")
    opened_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Cause(models.TextChoices):
    MARKET = "market", _("The market changed: move the target")
    EXECUTION = "execution", _("Execution failed: keep the target, change the plan")


class CalibrationState(models.TextChoices):
    OPEN = "open", _("To be explained")
    PROPOSED = "proposed", _("Waiting for a decision")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected: to be explained anew")


TO_FILE = (CalibrationState.OPEN.value, CalibrationState.REJECTED.value)


class Calibration(models.Model):
    """`target` and `value` are those of the closing, whatever comes in later; `month` is its first day.

    `numbers` are new targets by the first day of their month, as strings; of the market's cause alone.
    """

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="calibrations")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="calibrations")
    month = models.DateField()
    target = NumericField()
    value = NumericField()
    attainment = NumericField(null=True)
    opened_at = models.DateTimeField(db_default=Now())
    state = models.CharField(
        max_length=10, choices=CalibrationState.choices, db_default=CalibrationState.OPEN.value
    )
    cause = models.CharField(max_length=10, choices=Cause.choices, blank=True, db_default="")
    reason = models.TextField(blank=True, db_default="")
    plan = models.TextField(blank=True, db_default="", help_text="What will be done instead.")
    numbers = models.JSONField(default=dict, db_default={}, encoder=DjangoJSONEncoder)
    resplit = models.BooleanField(
        db_default=False, help_text="The new numbers are a new total, split as the targets were."
    )
    proposal = models.ForeignKey(
        Proposal, on_delete=models.SET_NULL, null=True, related_name="+", help_text="The last one."
    )
    change = models.OneToOneField(
        TargetChange, on_delete=models.SET_NULL, null=True, related_name="calibration"
    )
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    filed_at = models.DateTimeField(null=True)
    times_filed = models.PositiveSmallIntegerField(db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["metric", "scope", "month"], name="calibration_once_a_month"),
            models.CheckConstraint(
                condition=models.Q(state__in=TO_FILE) | (~models.Q(cause="") & ~models.Q(reason="")),
                name="calibration_filed_says_why",
            ),
        ]
        indexes = [models.Index(fields=["state", "-month"], name="calibration_by_state")]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.scope_id} {self.month:%Y-%m}: {self.state}"

    @property
    def to_file(self) -> bool:
        return self.state in TO_FILE
