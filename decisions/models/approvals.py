"""Who approves what, by amount, within which time; and who does so in whose place."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from organization.models import Person, Role, Scope

APPROVERS = [
    (Role.MANAGER.value, _("Manager")),
    (Role.FINANCE.value, _("Finance")),
    (Role.ADMIN.value, _("Administrator")),
]


class Band(models.Model):
    """Up to an amount, somebody approves within a time. The narrowest band that holds the amount counts; several with
    one limit approve one after the other, by `position`. No limit is everything above, and what has no amount."""

    kind = models.CharField(max_length=60)
    up_to = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    position = models.PositiveSmallIntegerField(default=1)
    role = models.CharField(max_length=10, choices=APPROVERS, blank=True)
    duty = models.CharField(max_length=50, blank=True)
    working_hours = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1)], help_text="A working day has nine."
    )
    urgent_hours = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1)], help_text="For emergencies, by day and night."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "up_to", "position"], name="band_unique", nulls_distinct=False
            ),
            models.CheckConstraint(condition=models.Q(role="") ^ models.Q(duty=""), name="band_role_or_duty"),
            models.CheckConstraint(
                condition=models.Q(up_to__isnull=True) | models.Q(up_to__gt=Decimal(0)),
                name="band_above_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(working_hours__gte=1, urgent_hours__gte=1), name="band_gives_time"
            ),
        ]
        ordering = ["kind", models.F("up_to").asc(nulls_last=True), "position"]

    def __str__(self) -> str:
        return f"{self.kind} up to {self.up_to}: {self.role or self.duty}"


class Delegation(models.Model):
    """From a day to a day, another decides in somebody's place: what she may decide, in one area or everywhere.

    The other sees no more than before.
    """

    from_person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="delegations")
    to_person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="stands_in")
    first_day = models.DateField()
    last_day = models.DateField()
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day__gte=models.F("first_day")), name="delegation_days_in_order"
            ),
            models.CheckConstraint(
                condition=~models.Q(from_person=models.F("to_person")), name="delegation_to_another"
            ),
        ]
        indexes = [models.Index(fields=["to_person", "last_day"], name="delegation_by_stand_in")]

    def __str__(self) -> str:
        return f"{self.to_person_id} for {self.from_person_id}: {self.first_day} to {self.last_day}"
