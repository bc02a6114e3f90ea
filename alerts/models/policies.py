"""Who is told of an alert one after the other, until somebody answers; and who has the watch when."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from alerts.models.connections import Connection
from alerts.models.ways import WAYS
from organization.models import Scope

LONGEST_DELAY = 30 * 24 * 60  # minutes


class Rota(models.Model):
    """People who have the watch by turns of so many days each, from `first_day` at `hands_over_at`, company's time."""

    name = models.CharField(max_length=80)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    hands_over_at = models.TimeField()
    turn_days = models.PositiveSmallIntegerField(default=7)
    version = models.PositiveIntegerField(default=1, help_text="Counts edits: the later of two sees it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="rota_name_unique"),
            models.CheckConstraint(condition=Q(turn_days__gte=1, turn_days__lte=366), name="rota_turns_end"),
        ]

    def __str__(self) -> str:
        return self.name


class RotaPlace(models.Model):
    """A place in the round; the same person may have several."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="places")
    position = models.PositiveSmallIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rota", "position"], name="rota_place_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.rota_id}/{self.position}: {self.person_id}"


class RotaSwap(models.Model):
    """For a time another has the watch, whoever's turn it is; of two that overlap the later made counts."""

    rota = models.ForeignKey(Rota, on_delete=models.CASCADE, related_name="swaps")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="swap_ends_after_it_begins")
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.rota_id}: {self.person_id} from {self.starts_at:%Y-%m-%d %H:%M}"


class Policy(models.Model):
    """Steps by which an alert finds somebody who answers. A tier of a rule names one."""

    name = models.CharField(max_length=80)
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    repeat_minutes = models.PositiveIntegerField(
        null=True, help_text="How often those told are reminded while nobody answers; empty: never."
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, help_text="Counts edits: the later of two sees it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="policy_name_unique"),
            models.CheckConstraint(
                condition=Q(repeat_minutes__isnull=True)
                | Q(repeat_minutes__gte=15, repeat_minutes__lte=LONGEST_DELAY),
                name="policy_reminds_now_and_then",
            ),
        ]
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name


class PolicyStep(models.Model):
    """Reached when nobody has answered for `delay_minutes` since the alert came to the tier."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    delay_minutes = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="policy_step_once"),
            models.CheckConstraint(condition=Q(delay_minutes__lte=LONGEST_DELAY), name="policy_step_comes"),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.policy_id}/{self.position} after {self.delay_minutes}"


class TargetKind(models.TextChoices):
    PERSON = "person", _("A person")
    OWNER = "owner", _("Whoever is responsible for the area")
    ABOVE = "above", _("The lead above")
    DUTY = "duty", _("Whoever has a duty")
    ROTA = "rota", _("Whoever has the watch")
    CONNECTION = "connection", _("A connection")


class StepTarget(models.Model):
    """Whom a step tells. Without `ways` each person is told by the ways that she chose for the level."""

    step = models.ForeignKey(PolicyStep, on_delete=models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=10, choices=TargetKind.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    duty = models.CharField(max_length=50, blank=True)
    rota = models.ForeignKey(Rota, on_delete=models.PROTECT, null=True, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True, related_name="+")
    ways = ArrayField(models.CharField(max_length=10, choices=WAYS), default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(kind="person", person__isnull=False) | Q(~Q(kind="person"), person__isnull=True))
                & (Q(Q(kind="duty"), ~Q(duty="")) | Q(~Q(kind="duty"), duty=""))
                & (Q(kind="rota", rota__isnull=False) | Q(~Q(kind="rota"), rota__isnull=True))
                & (
                    Q(kind="connection", connection__isnull=False)
                    | Q(~Q(kind="connection"), connection__isnull=True)
                ),
                name="step_target_is_one",
            )
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.kind}"
