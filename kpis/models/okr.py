"""What people set themselves for a quarter: objectives, their key results, milestones, weekly check-ins."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from common.periods import add_months
from kpis.models.fields import NumericField
from kpis.models.metrics import Metric, Unit
from organization.models import Node, Scope


class Level(models.TextChoices):
    COMPANY = "company", _("Company")
    TEAM = "team", _("Team")
    PERSON = "person", _("Personal")


class Commitment(models.TextChoices):
    ASPIRATIONAL = "aspirational", _("Aspirational")
    COMMITTED = "committed", _("Committed")


class ObjectiveState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Running")
    CLOSED = "closed", _("Closed")


class How(models.TextChoices):
    METRIC = "metric", _("By a figure, by itself")
    MANUAL = "manual", _("By hand, every week")
    MILESTONES = "milestones", _("By milestones")


class Objective(models.Model):
    """For one fiscal quarter (`start` is its first day). It may support another objective, or a key result of one."""

    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    start = models.DateField()
    level = models.CharField(max_length=10, choices=Level.choices)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="objectives")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="objectives"
    )
    team = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    commitment = models.CharField(max_length=12, choices=Commitment.choices, default=Commitment.ASPIRATIONAL)
    state = models.CharField(max_length=6, choices=ObjectiveState.choices, default=ObjectiveState.DRAFT)
    supports_objective = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="supported_by"
    )
    supports_key_result = models.ForeignKey(
        "KeyResult", on_delete=models.SET_NULL, null=True, related_name="supported_by"
    )
    grade = NumericField(null=True, help_text="At closing, uncapped; empty where nothing could be graded.")
    closing_comment = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    carried_from = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, related_name="carried_to"
    )
    begun_at = models.DateTimeField(
        null=True, help_text="Since when it runs: from then on check-ins are due."
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts edits, so that two people do not mix."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(supports_objective__isnull=True) | Q(supports_key_result__isnull=True),
                name="objective_supports_one",
            ),
            models.CheckConstraint(
                condition=Q(supports_objective__isnull=True) | ~Q(supports_objective=F("id")),
                name="objective_not_its_own_support",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True, grade__isnull=True)),
                name="objective_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(begun_at__isnull=False), name="objective_running_has_begun"
            ),
        ]
        indexes = [
            models.Index(fields=["start", "scope"], name="objective_by_quarter"),
            models.Index(fields=["owner", "start"], name="objective_by_owner"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def last_day(self) -> date:
        """Of its quarter, whenever the fiscal year began when it was made."""
        return add_months(self.start, 3) - timedelta(days=1)

    @property
    def committed(self) -> bool:
        return self.commitment == Commitment.COMMITTED

    @property
    def is_closed(self) -> bool:
        return self.state == ObjectiveState.CLOSED


class KeyResult(models.Model):
    """How one sees that an objective is reached. From `baseline` to `target`, either way up or down.

    By milestones it goes from 0 to 1. `value` and `grade` are what it came to at closing. One that was removed stays
    with its check-ins, and counts nowhere.
    """

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="key_results")
    title = models.CharField(max_length=200)
    how = models.CharField(max_length=10, choices=How.choices)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, null=True, related_name="key_results")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, null=True, related_name="key_results")
    baseline = models.DecimalField(max_digits=24, decimal_places=6)
    target = models.DecimalField(max_digits=24, decimal_places=6)
    unit = models.CharField(max_length=10, choices=Unit.choices, default=Unit.COUNT)
    weight = models.DecimalField(max_digits=7, decimal_places=2, default=1)
    position = models.PositiveSmallIntegerField(default=0)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="key_results",
        help_text="Who checks it in; empty: the objective's owner.",
    )
    commitment = models.CharField(max_length=12, choices=Commitment.choices, default=Commitment.ASPIRATIONAL)
    value = NumericField(null=True)
    grade = NumericField(null=True)
    closing_comment = models.TextField(blank=True)
    carried_from = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="carried_to")
    created_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts edits, so that two people do not mix."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weight__gt=0), name="key_result_weighs_something"),
            models.CheckConstraint(condition=~Q(target=F("baseline")), name="key_result_goes_somewhere"),
            models.CheckConstraint(
                condition=Q(how="metric", metric__isnull=False, scope__isnull=False)
                | (~Q(how="metric") & Q(metric__isnull=True, scope__isnull=True)),
                name="key_result_metric_on_a_scope",
            ),
            models.CheckConstraint(
                condition=~Q(how="milestones") | Q(baseline=0, target=1),
                name="key_result_milestones_are_a_share",
            ),
        ]
        indexes = [
            models.Index(fields=["objective", "position"], name="key_result_in_order"),
            models.Index(fields=["owner"], name="key_result_by_owner", condition=Q(removed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def figured(self) -> KeyResult | Metric:
        """How its amounts are written: as the figure's, where it has one (a return on spend reads as such)."""
        return self.metric if self.metric is not None else self

    @property
    def committed(self) -> bool:
        return self.commitment == Commitment.COMMITTED

    @property
    def keeper(self) -> int | None:
        """The id of who checks it in. `objective` must be at hand."""
        return self.owner_id or self.objective.owner_id


class Milestone(models.Model):
    key_result = models.ForeignKey(KeyResult, on_delete=models.CASCADE, related_name="milestones")
    title = models.CharField(max_length=200)
    due_on = models.DateField(help_text="Due by the end of this day.")
    weight = models.DecimalField(max_digits=7, decimal_places=2, default=1)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(weight__gt=0), name="milestone_weighs_something")]

    def __str__(self) -> str:
        return self.title


class CheckIn(models.Model):
    """What somebody says of a key result in a week (its Monday). A later one of the same week replaces it; both stay."""

    key_result = models.ForeignKey(KeyResult, on_delete=models.CASCADE, related_name="check_ins")
    week = models.DateField()
    version = models.PositiveSmallIntegerField()
    value = NumericField(
        null=True, help_text="As it was said; of a figure or of milestones, as it stood when she checked in."
    )
    confidence = models.PositiveSmallIntegerField(help_text="That the target is reached, from 0 to 10.")
    note = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key_result", "week", "version"], name="check_in_version_unique"),
            models.UniqueConstraint(
                fields=["key_result", "week"],
                condition=Q(superseded_at__isnull=True),
                name="check_in_one_a_week",
            ),
            models.CheckConstraint(condition=Q(week__iso_week_day=1), name="check_in_week_is_a_monday"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=10), name="check_in_confidence_to_ten"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key_result_id} {self.week}: {self.value}"


class CheckInReminder(models.Model):
    """Somebody was reminded in this week (its Monday): once, however many beats there are."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    week = models.DateField()
    sent_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "week"], name="check_in_reminded_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.week}"


class ReminderDay(models.Model):
    """A day on which everybody who had to be reminded was."""

    day = models.DateField(primary_key=True)
