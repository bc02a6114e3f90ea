"""The customer as one record: known by a keyed hash, named nowhere."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):
    """Somebody who bought, by the keyed hash of what files call her (`customers.keys`)."""

    key_hash = models.BinaryField(max_length=16, unique=True)
    contact = models.TextField(
        blank=True, db_default="", help_text="Sealed (common.secrets), and only where a file gave one."
    )
    first_order_day = models.DateField(
        null=True, help_text="Of her orders as they stand; empty where she only has refunds."
    )

    class Meta:
        indexes = [models.Index(fields=["first_order_day"], name="customer_by_first_order")]

    def __str__(self) -> str:
        return str(self.pk)
