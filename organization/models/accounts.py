"""Mails about accounts (queued rows, sent by a worker), and invitations."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from organization.models.people import Person


class MailState(models.TextChoices):
    QUEUED = "queued", _("Waiting to be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")
    DROPPED = "dropped", _("Not sent: no longer wanted")


class AccountMail(models.Model):
    """A mail about an account. It may carry a link that opens the account, so its words are sealed, and wiped once
    it is sent or given up."""

    key = models.UUIDField(unique=True)
    kind = models.CharField(max_length=60)
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    address = models.CharField(max_length=320)
    sealed = models.TextField(blank=True)
    state = models.CharField(max_length=7, choices=MailState.choices, default=MailState.QUEUED)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="queued") | models.Q(sealed=""), name="account_mail_wiped_when_over"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(state="queued"),
                name="account_mail_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.address}: {self.state}"


class Invitation(models.Model):
    """A link with which somebody chooses her password, once. Only the digest of its secret is kept."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="invitation")
    digest = models.CharField(max_length=64, unique=True)
    mail = models.ForeignKey(AccountMail, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(help_text="When it was last written; sending again makes a new link.")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
                name="invitation_one_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: to {self.expires_at:%Y-%m-%d}"
