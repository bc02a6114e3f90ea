"""What is left of a product line's or a channel's revenue, from a day on."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from organization.models import Node


class Margin(models.Model):
    """Gross profit as percent of revenue, from a day until the next one of the same node.

    The nearest above an order holds; a product line's comes before a channel's.
    """

    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="margins")
    first_day = models.DateField()
    percent = models.DecimalField(max_digits=7, decimal_places=3)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "first_day"], name="margin_one_a_day"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=-1000, percent__lte=100), name="margin_up_to_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node_id} {self.first_day}: {self.percent}"
