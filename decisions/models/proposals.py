"""What somebody proposes about a subject, and the steps by which others approve it."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from decisions.models.approvals import APPROVERS
from organization.models import Person, Scope


class ProposalState(models.TextChoices):
    OPEN = "open", _("Waiting for a decision")
    ASKED = "asked", _("Asked back")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")


class StepState(models.TextChoices):
    AHEAD = "ahead", _("Not yet")
    WAITING = "waiting", _("Waiting")
    ASKED = "asked", _("Asked back")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    DROPPED = "dropped", _("No longer needed")


UNDECIDED = (ProposalState.OPEN.value, ProposalState.ASKED.value)


class Proposal(models.Model):
    """At most one is undecided on a subject. `payload` is what the subject's own floor carries out once it is approved.

    `turn` counts what has happened to it, so that nobody decides about what she has not seen.
    """

    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    summary = models.CharField(max_length=300, help_text="What is proposed, in a line.")
    body = models.TextField(help_text="Why, in the author's words.")
    payload = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    amount = models.DecimalField(
        max_digits=20, decimal_places=4, null=True, help_text="Of the company's money; decides who approves."
    )
    urgent = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    turn = models.PositiveIntegerField(default=1)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    decision_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=Q(state__in=UNDECIDED),
                name="proposal_one_undecided",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "rejected")) | ~Q(decided_by=F("proposed_by")),
                name="proposal_not_by_its_author",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNDECIDED, decided_at__isnull=True)
                | (~Q(state__in=UNDECIDED) & Q(decided_at__isnull=False)),
                name="proposal_decided_has_time",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="proposal_amount_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "subject_id", "-id"], name="proposal_of_subject"),
            models.Index(fields=["proposed_by", "state"], name="proposal_of_author"),
            models.Index(fields=["scope"], condition=Q(state__in=UNDECIDED), name="proposal_undecided"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}: {self.state}"

    @property
    def undecided(self) -> bool:
        return self.state in UNDECIDED


class Step(models.Model):
    """One approval: by whoever has the role on the area, or the duty for it. One step waits at a time.

    `author` repeats who proposed, so that the database itself keeps her from approving, and anybody in her place.
    `remind_at` is when somebody must next be reminded: at half the time, then when it is over, then never. `up_role` or
    `up_duty` may decide as well from `raised_at` on: when the time was over.
    """

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=10, choices=APPROVERS, blank=True)
    duty = models.CharField(max_length=50, blank=True)
    hours = models.PositiveSmallIntegerField(help_text="Working hours; by day and night for what is urgent.")
    author = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.AHEAD)
    due_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="Since when the clock stands still.")
    remind_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    up_role = models.CharField(max_length=10, choices=APPROVERS, blank=True, default="")
    up_duty = models.CharField(max_length=50, blank=True, default="")
    raised_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    on_behalf_of = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    note = models.TextField(blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "position"], name="step_unique"),
            models.UniqueConstraint(
                fields=["proposal"], condition=Q(state__in=("waiting", "asked")), name="step_one_waits"
            ),
            models.CheckConstraint(condition=Q(role="") ^ Q(duty=""), name="step_role_or_duty"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("author")) & ~Q(on_behalf_of=F("author")),
                name="step_not_by_its_author",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=("approved", "rejected")) & Q(at__isnull=False))
                | (~Q(state__in=("approved", "rejected")) & Q(at__isnull=True)),
                name="step_decided_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("waiting", "asked")) | Q(due_at__isnull=False),
                name="step_waiting_has_clock",
            ),
            models.CheckConstraint(condition=Q(up_role="") | Q(up_duty=""), name="step_up_role_or_duty"),
            models.CheckConstraint(
                condition=Q(raised_at__isnull=True) | ~Q(up_role="") | ~Q(up_duty=""),
                name="step_raised_to_somebody",
            ),
        ]
        indexes = [
            models.Index(fields=["remind_at"], condition=Q(remind_at__isnull=False), name="step_to_remind"),
            models.Index(fields=["proposal"], condition=Q(state="waiting"), name="step_waiting"),
        ]
        ordering = ["proposal", "position"]

    def __str__(self) -> str:
        return f"{self.proposal_id}/{self.position} {self.role or self.duty}: {self.state}"
