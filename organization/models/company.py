"""The company's settings, and the audit trail."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now


class Company(models.Model):
    """The one row of settings that administrators edit; made by the first migration."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=200, default="Plumbline")
    name_zh = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    fiscal_year_start = models.PositiveSmallIntegerField(
        default=1, help_text="Month in which the fiscal year starts."
    )
    close_after_working_days = models.PositiveSmallIntegerField(
        default=5, help_text="A month closes this many working days after its end."
    )
    calibration_threshold = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        default=Decimal("0.15"),
        help_text="A month that closes so far off plan, either way, is to be explained.",
    )
    time_zone = models.CharField(
        max_length=64, default="Asia/Shanghai", help_text="Whose midnight begins the company's day."
    )
    second_factor_roles = ArrayField(
        models.CharField(max_length=10), default=list, help_text="Who has one of these needs a second factor."
    )
    invitation_days = models.PositiveSmallIntegerField(
        default=7, help_text="For how long the link of an invitation works."
    )
    session_hours = models.PositiveSmallIntegerField(
        default=336, help_text="How long after logging in somebody must log in again."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="company_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start__gte=1, fiscal_year_start__lte=12),
                name="fiscal_start_is_a_month",
            ),
            models.CheckConstraint(
                condition=models.Q(invitation_days__gte=1, invitation_days__lte=60),
                name="invitations_end",
            ),
            models.CheckConstraint(
                condition=models.Q(calibration_threshold__gt=0, calibration_threshold__lte=1),
                name="calibration_threshold_is_a_share",
            ),
            models.CheckConstraint(
                condition=models.Q(session_hours__gte=1, session_hours__lte=2160), name="sessions_end"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who changed what, and when. Written in the transaction of the change; never edited."""

    at = models.DateTimeField(db_default=Now())
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    action = models.CharField(max_length=60, help_text="A verb and its object: target.revise, import.undo.")
    subject = models.CharField(max_length=300, help_text="What was changed, as people write it.")
    details = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        # The list goes backwards by time and id, whatever it is narrowed by; a page is a range of one of these.
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["action", "-at", "-id"], name="audit_by_action_newest"),
            models.Index(fields=["person", "-at", "-id"], name="audit_by_person_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"
