"""What to watch, how bad is bad, and whom to tell."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alerts.consequences import LONGEST_CODE
from alerts.models.connections import Connection
from alerts.models.policies import Policy
from alerts.models.ways import MESSAGE_WAYS
from kpis.models import Metric
from kpis.models.targets import GRAINS
from organization.models import Dimension, Scope

LEVEL_CODES = {1: "watch", 2: "warning", 3: "critical"}  # for programs, files and names of fields
LEVELS = [(1, _("Watch")), (2, _("Warning")), (3, _("Critical"))]


class Spread(models.TextChoices):
    ONE = "one", _("This area alone")
    CHILDREN = "children", _("Each area directly below")
    SUBTREE = "subtree", _("This area and all below")


class Schedule(models.TextChoices):
    CHANGES = "changes", _("Whenever its figures change")
    DAILY = "daily", _("Once a day")
    WORKING = "working", _("On working days")


class WithoutData(models.TextChoices):
    STAY = "stay", _("Nothing: alerts stay as they are")
    FIRE = "fire", _("It is an alert of the mildest level")
    TELL_OWNER = "tell-owner", _("The rule's owner is told")


class Rule(models.Model):
    """A metric to watch on a scope, on its children or its subtree. Each scope it covers has an `Instance`."""

    name = models.CharField(max_length=120)
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    spread = models.CharField(max_length=10, choices=Spread.choices, default=Spread.ONE)
    along = models.CharField(
        max_length=10,
        choices=Dimension.choices,
        blank=True,
        help_text="The tree in which children are looked for; empty where the rule watches its scope alone.",
    )
    grain = models.CharField(max_length=7, choices=GRAINS, default="month")
    margin = models.DecimalField(
        max_digits=6, decimal_places=4, default="0.02", help_text="How far past a threshold counts as better."
    )
    keep_periods = models.PositiveSmallIntegerField(
        default=1, help_text="For how many periods in a row it must be better before the alert ends."
    )
    schedule = models.CharField(
        max_length=10,
        choices=Schedule.choices,
        default=Schedule.CHANGES,
        help_text="When it looks; at a time of day in the company's zone.",
    )
    look_at = models.TimeField(null=True, help_text="The time of day, where it looks at one.")
    next_look_at = models.DateTimeField(
        null=True, help_text="When it looks next without a figure having changed; empty: it need not."
    )
    without_data = models.CharField(
        max_length=10,
        choices=WithoutData.choices,
        default=WithoutData.STAY,
        help_text="What missing data mean.",
    )
    enabled = models.BooleanField(default=True)
    anew_due = models.BooleanField(default=False, help_text="Edited since its areas were last judged.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(margin__gte=0, margin__lte=1), name="rule_margin_is_a_share"
            ),
            models.CheckConstraint(condition=models.Q(keep_periods__gte=1), name="rule_keeps_a_period"),
            models.CheckConstraint(
                condition=models.Q(schedule="changes", look_at__isnull=True)
                | (~models.Q(schedule="changes") & models.Q(look_at__isnull=False)),
                name="rule_schedule_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(spread="one", along="") | (~models.Q(spread="one") & ~models.Q(along="")),
                name="rule_spreads_along_a_tree",
            ),
        ]
        indexes = [
            models.Index(fields=["metric", "grain"], condition=models.Q(enabled=True), name="rule_by_metric"),
            models.Index(
                fields=["next_look_at"], condition=models.Q(next_look_at__isnull=False), name="rule_next_look"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def fires_without_data(self) -> bool:
        return self.without_data == WithoutData.FIRE

    @property
    def watcher(self) -> str:
        """The name under which the rule watches figures."""
        return f"alerts.rule:{self.pk}"


class Tier(models.Model):
    """A condition and how bad it is. `condition` is read by `alerts.conditions.parse`.

    That worse tiers ask for something worse spans rows, so `services.save_rule` checks it.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="tiers")
    level = models.PositiveSmallIntegerField(choices=LEVELS)
    condition = models.JSONField()
    for_periods = models.PositiveSmallIntegerField(
        default=1, help_text="For how many periods in a row the condition must hold."
    )
    out_of = models.PositiveSmallIntegerField(
        default=0, help_text="Where it is more than for_periods: for so many of the last out_of periods."
    )

    policy = models.ForeignKey(
        Policy,
        on_delete=models.PROTECT,
        null=True,
        related_name="tiers",
        help_text="By which steps it goes on, beside the people whom the rule names.",
    )
    consequences = ArrayField(
        models.CharField(max_length=LONGEST_CODE),
        default=list,
        help_text="Codes of what happens besides (`alerts.consequences`), each time an alert comes to this level.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "level"], name="tier_unique"),
            models.CheckConstraint(condition=models.Q(level__gte=1, level__lte=3), name="tier_level_known"),
            models.CheckConstraint(condition=models.Q(for_periods__gte=1), name="tier_holds_a_period"),
            models.CheckConstraint(
                condition=models.Q(condition__has_key="kind"), name="tier_condition_has_kind"
            ),
        ]
        ordering = ["level"]

    def __str__(self) -> str:
        return f"{self.rule_id}/{self.level}: {self.condition}"


class Recipient(models.Model):
    """Someone to tell by one way, from which tier on, or a connection; the same person may be named once for each way.

    `figures_granted` is receipt on record: figures that her grants do not cover.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="recipients")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    way = models.CharField(max_length=10, choices=MESSAGE_WAYS, default="email")
    from_level = models.PositiveSmallIntegerField(choices=LEVELS, default=1)
    figures_granted = models.BooleanField(default=False)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "person", "way"], name="recipient_unique"),
            models.UniqueConstraint(fields=["rule", "connection"], name="recipient_connection_unique"),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, connection__isnull=True)
                | models.Q(person__isnull=True, connection__isnull=False, figures_granted=False),
                name="recipient_is_one",
            ),
            models.CheckConstraint(
                condition=models.Q(from_level__gte=1, from_level__lte=3), name="recipient_level_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.connection_id} from {self.from_level}"

    @property
    def label(self) -> str:
        return self.person.label if self.person is not None else str(self.connection)
