"""Money that moves between lines, money that is held back, what owners are asked to say, and questions in the open."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from budgets.models.fields import money
from budgets.models.plans import Line
from decisions.models import Proposal, Task
from organization.models import Person


class TransferState(models.TextChoices):
    WAITING = "waiting", _("Waiting for approval")
    DONE = "done", _("Done")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Transfer(models.Model):
    """Money from one line (or pool) to another. Approved, it is two entries; before, nothing has moved."""

    KIND = "budgets.transfer"
    EMERGENCY_KIND = "budgets.emergency"  # money from the emergency pool, which finance signs

    from_line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="transfers_out")
    to_line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="transfers_in")
    amount = money()
    day = models.DateField(help_text="When it counts; its month decides which month's plan changes.")
    why = models.TextField()
    special = models.TextField(blank=True, help_text="The special reason, beyond the share that needs none.")
    urgent = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=TransferState.choices, default=TransferState.WAITING)
    proposal = models.ForeignKey(Proposal, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_for = models.CharField(
        max_length=200,
        blank=True,
        help_text="What it came from: proposal:ID of a channel's change, or empty.",
    )
    asked_at = models.DateTimeField(db_default=Now())
    asked_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001  (NULL is not unique)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(from_line=F("to_line")), name="transfer_to_another"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_moves_something"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False)
                | (~Q(state="done") & Q(done_at__isnull=True)),
                name="transfer_done_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["from_line", "-id"], name="transfer_out_of_line"),
            models.Index(fields=["to_line", "-id"], name="transfer_into_line"),
        ]

    def __str__(self) -> str:
        return f"{self.from_line_id} → {self.to_line_id}: {self.amount} {self.state}"


class HoldKind(models.TextChoices):
    FREEZE = "freeze", _("Frozen")
    PAUSE = "pause", _("Paused")


class Hold(models.Model):
    """Money of a line that was frozen, or a line that was paused; by a rule or by somebody, until it is lifted.

    `why` goes through gettext where it is shown, with `values`. `proposal` is the decision that a pause followed from.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=10, choices=HoldKind.choices)
    amount = money(default=0, help_text="What is frozen; for a pause, what was free.")
    why = models.CharField(max_length=300)
    values: Any = models.JSONField(default=dict)
    episode = models.BigIntegerField(null=True, help_text="The alert that brought it about.")
    proposal = models.ForeignKey(Proposal, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    lifted_why = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line", "kind"], condition=Q(lifted_at__isnull=True), name="hold_one_of_a_kind"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="hold_not_negative"),
        ]
        indexes = [models.Index(fields=["line", "-id"], name="hold_of_line")]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.kind} {self.amount}"


class AskedFor(models.TextChoices):
    REST = "rest", _("A plan for the rest")
    DAY_CAUSE = "day", _("Why a day cost more than planned")
    LINE_CAUSE = "line", _("Why the line is over its plan")


class Statement(models.Model):
    """What a line's owner was asked to say, and said. One of a kind a line and `day` (the day, or when it was asked)."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="statements")
    asked_for = models.CharField(max_length=10, choices=AskedFor.choices)
    day = models.DateField()
    values: Any = models.JSONField(default=dict, help_text="The figures that it was asked for.")
    asked_at = models.DateTimeField(db_default=Now())
    due_on = models.DateField()
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")
    episode = models.BigIntegerField(null=True)
    text = models.TextField(blank=True)
    said_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    said_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "asked_for", "day"], name="statement_once"),
            models.CheckConstraint(
                condition=Q(text="", said_at__isnull=True) | (~Q(text="") & Q(said_at__isnull=False)),
                name="statement_said_has_time",
            ),
        ]
        indexes = [models.Index(fields=["line", "-id"], name="statement_of_line")]

    def __str__(self) -> str:
        return f"{self.line_id} {self.asked_for} {self.day}"


class Question(models.Model):
    """Anybody who sees a line may ask; its owner answers on record, else the manager is asked."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField()
    asked_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField()
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True, related_name="+")
    raised_at = models.DateTimeField(null=True, help_text="When it went to the manager.")
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="question_answered_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["line", "-id"], name="question_of_line"),
            models.Index(
                fields=["due_at"],
                condition=Q(answered_at__isnull=True, raised_at__isnull=True),
                name="question_to_raise",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.text[:40]}"
