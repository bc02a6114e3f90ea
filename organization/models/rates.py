"""What foreign money was worth, day by day."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Rate(models.Model):
    """One unit of `currency` = `rate` units of `against`, from `first_day` on, until the next one begins.

    `against` is the company's currency when it was written: should the company change its own, old rates say nothing.
    """

    currency = models.CharField(max_length=3)
    against = models.CharField(max_length=3)
    first_day = models.DateField()
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["currency", "-first_day"]
        constraints = [
            models.UniqueConstraint(fields=["against", "currency", "first_day"], name="rate_once_a_day"),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="rate_above_zero"),
            models.CheckConstraint(condition=~models.Q(currency=models.F("against")), name="rate_is_foreign"),
        ]

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.rate.normalize():f} {self.against} from {self.first_day}"
