"""Budgets, the versions of their plans, and the lines that an approved version makes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from alerts.models import Policy
from budgets.models.fields import money
from decisions.models import Proposal
from organization.models import Node, Person


class Category(models.TextChoices):
    CONTENT = "content", _("Content")
    ADS = "ads", _("Ads")
    EVENTS = "events", _("Events")
    OTHER = "other", _("Other")


class FedBy(models.TextChoices):
    """Where what a line has spent comes from: one of the two, so that nothing counts twice."""

    ENTRIES = "entries", _("What people, files and programs enter")
    COST = "cost", _("The cost that its channel reports")


class Pool(models.TextChoices):
    NONE = "", _("An ordinary line")
    RESERVE = "reserve", _("Reserve")
    EMERGENCY = "emergency", _("Emergency pool")


class Shape(models.TextChoices):
    """How a year's amount falls on its months; what each month has stands in the version in any case."""

    EQUAL = "equal", _("Equal days")
    SEASON = "season", _("By season")
    HAND = "hand", _("By hand")


class BudgetState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Approved")
    CLOSED = "closed", _("Closed")


class Budget(models.Model):
    """The money of a period. Its node is `budget:…`; a draft's is seen by those alone who may keep budgets.

    Who may look at it stands on the node (`organization.models.Node.seen`): every member unless it is closed to named
    areas. `total` and the lines are those of the version that holds.
    """

    node = models.OneToOneField(Node, on_delete=models.PROTECT, related_name="budget")
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=10, choices=BudgetState.choices, default=BudgetState.DRAFT)
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="budget_days_in_order"),
            models.CheckConstraint(condition=Q(state__in=BudgetState.values), name="budget_state_known"),
        ]

    def __str__(self) -> str:
        return f"budget {self.node_id}: {self.first_day} to {self.last_day}, {self.state}"


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waiting for approval")
    HOLDS = "holds", pgettext_lazy("a version of a plan", "Holds")
    REPLACED = "replaced", _("Replaced by a later one")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Version(models.Model):
    """A plan of the whole budget. At most one is being worked on, one holds; what was decided stays as it was.

    `revision` counts the edits of a draft, so that two who edit at once do not undo each other.
    """

    KIND = "budgets.plan"

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.DRAFT)
    why = models.TextField(blank=True, help_text="What it changes, in its author's words.")
    revision = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    held_from = models.DateTimeField(null=True, help_text="Since when it holds, or held.")
    proposal = models.ForeignKey(Proposal, on_delete=models.SET_NULL, null=True, related_name="+")
    started_from = models.CharField(
        max_length=200, blank=True, help_text="last-year:ID, allocation:PROPOSAL, file:IMPORT, or empty."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["budget", "number"], name="version_numbered_once"),
            models.UniqueConstraint(
                fields=["budget"], condition=Q(state__in=("draft", "waiting")), name="version_one_in_work"
            ),
            models.UniqueConstraint(fields=["budget"], condition=Q(state="holds"), name="version_one_holds"),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="version_state_known"),
        ]
        ordering = ["budget", "number"]

    def __str__(self) -> str:
        return f"{self.budget_id} v{self.number}: {self.state}"


class LineWords(models.Model):
    """What a plan says of a line, and the line keeps: whose it is, for what, and where its spend comes from.

    What it is tied to: the channel or campaign (and, within it, the region) whose cost feeds it, or on which its own
    spend counts as cost.
    """

    name = models.CharField(max_length=200)
    category = models.CharField(max_length=10, choices=Category.choices, default=Category.OTHER)
    core = models.BooleanField(default=True)
    pool = models.CharField(max_length=10, choices=Pool.choices, blank=True, default="")
    fed_by = models.CharField(max_length=10, choices=FedBy.choices, default=FedBy.ENTRIES)
    channel = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    region = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    conversions = models.DecimalField(
        max_digits=20,
        decimal_places=4,
        null=True,
        help_text="Expected of the whole line; none where nobody says.",
    )

    class Meta:
        abstract = True


class LineState(models.TextChoices):
    OPEN = "open", _("Open")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")


class Line(LineWords):
    """A line of an approved budget. Its node lies below the budget's. What it has is the sum of its entries."""

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="lines")
    node = models.OneToOneField(Node, on_delete=models.PROTECT, related_name="budget_line")
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.OPEN)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=LineState.values), name="line_state_known"),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="line_category_known"),
            models.CheckConstraint(condition=Q(pool__in=Pool.values), name="line_pool_known"),
            models.CheckConstraint(
                condition=~Q(fed_by="cost") | Q(channel__isnull=False, pool=""), name="line_fed_by_a_channel"
            ),
            models.UniqueConstraint(
                fields=["budget", "pool"], condition=~Q(pool=""), name="line_one_of_each_pool"
            ),
        ]
        ordering = ["budget", "position", "pk"]

    def __str__(self) -> str:
        return f"line {self.node_id}: {self.name}"


class PlanLine(LineWords):
    """A line as one version plans it; `line` is None while no approved version has had it.

    `months`: the first days of months, ascending, with `amounts`: what each has; the amounts add up to `amount` exactly.
    The first month may begin, and the last end, within the budget's days.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, null=True, related_name="planned")
    position = models.PositiveSmallIntegerField(default=0)
    shape = models.CharField(max_length=10, choices=Shape.choices, default=Shape.EQUAL)
    amount = money()
    months: Any = ArrayField(models.DateField())
    amounts: Any = ArrayField(money())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="plan_line_named_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="plan_line_not_negative"),
        ]
        ordering = ["version", "position", "pk"]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.name} {self.amount}"

    @property
    def pairs(self) -> list[tuple[date, Decimal]]:
        """Each month with its amount."""
        return list(zip(self.months, self.amounts, strict=True))


class BudgetSettings(models.Model):
    """The one row of shares and terms that the rules of budgets go by. Shares are parts of one."""

    warn_share = models.DecimalField(max_digits=6, decimal_places=4, default="0.8", help_text="Used; tier 1.")
    over_share = models.DecimalField(
        max_digits=6, decimal_places=4, default="0.2", help_text="Above expected; tier 2."
    )
    freeze_share = models.DecimalField(
        max_digits=6,
        decimal_places=4,
        default="0.1",
        help_text="Of the free part of lines that are not core.",
    )
    return_metric = models.CharField(max_length=60, default="roas")
    return_threshold = models.DecimalField(max_digits=12, decimal_places=4, default="1")
    enforce = models.BooleanField(default=False, help_text="Pauses at once instead of proposing it.")
    day_over = models.DecimalField(max_digits=6, decimal_places=4, default="0.3")
    line_over = models.DecimalField(max_digits=6, decimal_places=4, default="0.1")
    conversions_metric = models.CharField(max_length=60, default="orders")
    conversions_share = models.DecimalField(
        max_digits=6,
        decimal_places=4,
        default="0.5",
        help_text="Of the expected conversions, once warn_share is used.",
    )
    reserve_share = models.DecimalField(max_digits=6, decimal_places=4, default="0.15")
    emergency_share = models.DecimalField(max_digits=6, decimal_places=4, default="0.05")
    transfer_share = models.DecimalField(
        max_digits=6,
        decimal_places=4,
        default="0.15",
        help_text="Of a line, in or out within a month, without a special reason.",
    )
    plan_days = models.PositiveSmallIntegerField(default=3, help_text="Working days to plan the rest.")
    cause_days = models.PositiveSmallIntegerField(default=2, help_text="Working days to name a cause.")
    answer_days = models.PositiveSmallIntegerField(default=3, help_text="Working days to answer a question.")
    categories: Any = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="Usual percent of each category; empty as shipped."
    )
    policy = models.ForeignKey(
        Policy,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="By which steps the rules that budgets bring along find their owners; made when first needed.",
    )
    mild_policy = models.ForeignKey(
        Policy,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The same for a day or a line that is over: by the ways that each has chosen.",
    )
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="budget_settings_one_row")]

    def __str__(self) -> str:
        return "settings of budgets"
