"""The customer as one record: known by a keyed hash, named nowhere in clear."""

from __future__ import annotations

from django.db import models


class Customer(models.Model):
    """Somebody who bought or wrote, by the keyed hash of what files and programs call her (`customers.keys`).

    `name`, `phone`, `email` and `contact` are sealed (`common.secrets`), and empty where nobody gave them. Who was
    forgotten has a random hash and no texts: what she bought still counts, and nothing new is linked to her.
    """

    key_hash = models.BinaryField(max_length=16, unique=True)
    contact = models.TextField(
        blank=True,
        db_default="",
        help_text="Sealed; what a file of orders gave: a phone number or an address.",
    )
    name = models.TextField(blank=True, db_default="", help_text="Sealed.")
    phone = models.TextField(blank=True, db_default="", help_text="Sealed.")
    email = models.TextField(blank=True, db_default="", help_text="Sealed.")
    contact_at = models.DateTimeField(null=True, help_text="When one of these four was last given.")
    first_order_day = models.DateField(
        null=True, help_text="Of her orders as they stand; empty where she only has refunds."
    )
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["first_order_day"], name="customer_by_first_order"),
            models.Index(
                fields=["id"],
                name="customer_with_contact",
                condition=~models.Q(contact="", name="", phone="", email=""),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(forgotten_at__isnull=True)
                | models.Q(contact="", name="", phone="", email=""),
                name="customer_forgotten_wholly",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
