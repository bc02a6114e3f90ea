"""Proof that an address is its owner's, and signs of life of the background."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from organization.models.people import Person


class AddressKind(models.TextChoices):
    EMAIL = "email", _("Email")
    PHONE = "phone", _("Phone")


class AddressCode(models.Model):
    """A code (and, in a mail, a link) sent to an address to have it confirmed. Neither is kept, only their digests."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="address_codes")
    kind = models.CharField(max_length=5, choices=AddressKind.choices)
    address = models.CharField(max_length=320)
    code_digest = models.CharField(max_length=64)
    link_digest = models.CharField(max_length=64, unique=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(help_text="Of the code; the link lives longer.")
    used_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["person", "kind", "-created_at"], name="address_code_newest"),
            models.Index(fields=["address", "-created_at"], name="address_code_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.created_at:%Y-%m-%d %H:%M}"


class Pulse(models.Model):
    """When something that must never stop (the sweep) was last seen at it; one row each."""

    name = models.CharField(max_length=50, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.seen_at:%Y-%m-%d %H:%M:%S}"
