"""Where a rule stands on each scope (instances), and its troubles from first sign to recovery (episodes)."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from alerts.models.rules import LEVELS, Rule
from kpis.models import Metric
from kpis.models.fields import NumericField
from kpis.models.targets import GRAINS
from organization.models import Scope

STATES = [
    ("normal", _("On plan")),
    ("pending", _("Watched: not yet for long enough")),
    ("firing", _("Alert")),
    ("recovering", _("Getting better")),
    ("settled", _("Closed by a person, and not clear yet")),
    ("no-data", _("No data")),
    ("error", _("Broken rule")),
]
CHANGES = [
    ("first", _("Began")),
    ("raised", _("Got worse")),
    ("lowered", _("Got better")),
    ("reminder", _("Reminder")),
    ("escalated", _("Passed on")),
    ("recovered", _("Recovered")),
    ("closed", _("Closed")),
    ("acknowledged", _("Acknowledged")),
    ("handed-over", _("Handed over")),
]
REASONS = [
    ("breached", _("The figure crossed a threshold.")),
    ("worse", _("The figure crossed a worse threshold.")),
    ("better", _("The figure came back past a threshold.")),
    ("clear-again", _("The figure is back past all thresholds.")),
    ("rule-changed", _("The rule was changed and no longer asks for it.")),
    ("closed-by-hand", _("Somebody closed it.")),
    ("unanswered", _("Nobody has answered.")),
    ("answered", _("Somebody has taken it.")),
]


class CloseReason(models.TextChoices):
    RECOVERED = "recovered", _("Recovered")
    RULE_CHANGED = "rule-changed", _("Rule changed")
    BY_HAND = "by-hand", _("Closed by a person")


class Instance(models.Model):
    """A rule on one scope. State is written by `alerts.services.apply` alone.

    The columns from `state` to `flapping` are `alerts.lifecycle.Snapshot`; `outcome` and `reason` say how the last
    look went.
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="instances")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    covered = models.BooleanField(default=True, help_text="Whether the rule, as it is now, asks for it.")
    state = models.CharField(max_length=10, choices=STATES, default="normal")
    tier = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(null=True)
    period = models.DateField(null=True, help_text="First day of the period that was looked at last.")
    streaks = ArrayField(models.PositiveSmallIntegerField(), size=4, default=list)
    settled_tier = models.PositiveSmallIntegerField(
        default=0, help_text="The level at which a person closed its alert, until it is clear."
    )
    recent = models.PositiveIntegerField(
        default=0,
        help_text="A bit for each of the last 20 evaluations, the newest lowest: whether something changed.",
    )
    flapping = models.BooleanField(
        default=False, help_text="Changes so often that one is told of it in the digest."
    )
    outcome = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=20, blank=True)
    looked_at = models.DateTimeField(
        null=True, help_text="When the last look that changed something took place."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "scope", "metric"], name="instance_unique"),
            models.CheckConstraint(condition=models.Q(tier__lte=3), name="instance_tier_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=["firing", "recovering"], tier__gte=1)
                | models.Q(state__in=["normal", "pending", "settled"], tier=0)
                | models.Q(state__in=["no-data", "error"]),
                name="instance_state_fits_tier",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_tier=0) & ~models.Q(state="settled")
                | models.Q(
                    settled_tier__gte=1,
                    settled_tier__lte=3,
                    tier=0,
                    state__in=["settled", "no-data", "error"],
                ),
                name="instance_settled_is_not_open",
            ),
        ]
        indexes = [
            models.Index(fields=["metric", "scope"], condition=models.Q(covered=True), name="instance_match")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.scope_id}: {self.state} {self.tier}"


class LearntBand(models.Model):
    """What was usual for a figure in a period, as it was first learnt from the periods before; kept, so that later
    corrections do not change what an alert was held against. Empty where there was too little history.
    """

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+", db_index=False)
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+")
    grain = models.CharField(max_length=7, choices=GRAINS)
    start = models.DateField()
    one_in = models.PositiveSmallIntegerField(help_text="A false alarm in so many periods.")
    direction = models.CharField(max_length=4, choices=[(one, one) for one in ("both", "low", "high")])
    low = NumericField(null=True)
    expected = NumericField(null=True)
    high = NumericField(null=True)
    known = models.PositiveIntegerField(help_text="Periods that it was learnt from.")
    learnt_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "metric", "grain", "start", "one_in", "direction"], name="band_learnt_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.scope_id} {self.start}: {self.low} to {self.high}"


class Episode(models.Model):
    """One trouble, from first sign to recovery; what people call an alert."""

    instance = models.ForeignKey(Instance, on_delete=models.PROTECT, related_name="episodes")
    tier = models.PositiveSmallIntegerField(choices=LEVELS)
    peak_tier = models.PositiveSmallIntegerField(choices=LEVELS)
    events_count = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=20, choices=CloseReason.choices, blank=True)
    close_cause = models.CharField(max_length=500, blank=True, help_text="Of one that a person closed.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    acknowledged_until = models.DateTimeField(
        null=True, help_text="From then on it is as if nobody had answered; empty: until it gets worse."
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Who sees to it.",
    )
    next_step = models.PositiveSmallIntegerField(
        default=0, help_text="Position of the policy's step that comes next."
    )
    next_step_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["instance"], condition=models.Q(closed_at__isnull=True), name="episode_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, close_reason="")
                | (models.Q(closed_at__isnull=False) & ~models.Q(close_reason="")),
                name="episode_closed_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(tier__gte=1, peak_tier__gte=models.F("tier"), peak_tier__lte=3),
                name="episode_tiers_fit",
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at"], name="episode_newest"),
            models.Index(
                fields=["next_step_at"],
                condition=models.Q(next_step_at__isnull=False),
                name="episode_next_step",
            ),
            models.Index(
                fields=["remind_at"], condition=models.Q(remind_at__isnull=False), name="episode_reminder"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instance_id} from {self.opened_at:%Y-%m-%d}: {self.tier}"


class EpisodeEvent(models.Model):
    """A step in an episode, with the figure, the target and the threshold as they were."""

    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=15, choices=CHANGES)
    tier = models.PositiveSmallIntegerField(choices=LEVELS)
    reason = models.CharField(max_length=20, choices=REASONS)
    at = models.DateTimeField(db_default=Now())
    grain = models.CharField(max_length=7, choices=GRAINS)
    start = models.DateField(null=True)
    through = models.DateField(null=True)
    value = NumericField(null=True)
    target = NumericField(null=True)
    expected = NumericField(null=True)
    attainment = NumericField(null=True)
    status = models.CharField(max_length=6, default="grey")
    condition = models.JSONField(
        null=True, help_text="Of the tier, as it was held against the figure (`Condition.as_seen`)."
    )
    step = models.PositiveSmallIntegerField(
        null=True, help_text="Position of the policy's step that an escalation came to."
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Who did it, where somebody did.",
    )
    to_person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Who got it.",
    )
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["episode", "number"], name="event_numbered_once")]
        ordering = ["episode", "number"]

    def __str__(self) -> str:
        return f"{self.episode_id}#{self.number} {self.kind} {self.tier}"
