"""What customers are worth, as the last run of the job found it: rows, so that no page computes. Replaced as a whole.

Areas are scopes: the company, and the nodes whose customers first ordered there. Amounts are in the company's currency.
"""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from organization.models import Scope


class ValueSettings(models.Model):
    """The one row of limits that somebody set; made when it is first asked for. All but `high_score` are in days or months."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    window_days = models.PositiveSmallIntegerField(default=365)
    new_days = models.PositiveSmallIntegerField(default=90)
    dormant_days = models.PositiveSmallIntegerField(default=180)
    high_score = models.PositiveSmallIntegerField(default=8)
    soon_days = models.PositiveSmallIntegerField(
        default=90, help_text="A second order within these activates."
    )
    horizon_months = models.PositiveSmallIntegerField(default=24)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="value_settings_one_row"),
            models.CheckConstraint(
                condition=models.Q(
                    window_days__gte=30,
                    window_days__lte=1096,
                    new_days__gte=1,
                    new_days__lte=models.F("window_days"),
                    dormant_days__gte=1,
                    dormant_days__lte=models.F("window_days"),
                ),
                name="value_limits_within_window",
            ),
            models.CheckConstraint(
                condition=models.Q(high_score__gte=2, high_score__lte=10), name="value_high_score_of_two"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    soon_days__gte=1, soon_days__lte=365, horizon_months__gte=1, horizon_months__lte=60
                ),
                name="value_soon_and_horizon",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"


class ValueRun(models.Model):
    """The last run. `inputs` says which orders and margins it read, `limits` the settings that it went by."""

    made_at = models.DateTimeField(db_default=Now())
    inputs = models.CharField(max_length=100)
    limits = models.JSONField(encoder=DjangoJSONEncoder)
    first_day = models.DateField()
    last_day = models.DateField()
    orders = models.BigIntegerField()
    customers = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M} {self.inputs}"


class Outlook(models.TextChoices):
    PREDICTED = "predicted", _("Predicted")
    TOO_LITTLE = "too_little", _("Not enough to predict from")
    NO_FIT = "no_fit", _("No model fits")
    MISSED = "missed", _("The model missed lately")


class AreaValue(models.Model):
    """An area's customers, by where they first ordered: what they brought, and what is expected of them.

    Expected amounts are sums over those `foretold`; empty where none is. `profit` and `lifetime` (in gross profit: so
    far, and expected) are empty where a margin is missing for any of them. `low` and `high` hold the mean of `ahead` per
    customer foretold four times in five. `steps` and `step_amounts`: acquired, activated, retained, valued (`funnel`).
    """

    run = models.ForeignKey(ValueRun, on_delete=models.CASCADE, related_name="areas")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    customers = models.BigIntegerField()
    orders = models.BigIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    profit = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    foretold = models.BigIntegerField(default=0)
    ahead = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    low = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    high = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    lifetime = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    outlook = models.CharField(
        max_length=10, choices=Outlook.choices, blank=True, help_text="Of a channel and the company."
    )
    check_weeks = models.PositiveSmallIntegerField(null=True)
    check_expected = models.FloatField(null=True)
    check_actual = models.BigIntegerField(null=True)
    parameters = models.JSONField(default=dict, help_text="r, alpha, a, b; p, q, gamma.")
    top_tenth = models.BigIntegerField(
        default=0, help_text="The best tenth of those who ordered within the window; see `TopCustomer`."
    )
    steps = models.JSONField(default=list)
    step_amounts = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "scope"], name="area_value_one_a_run"),
            models.CheckConstraint(
                condition=models.Q(foretold__lte=models.F("customers")),
                name="area_value_foretold_are_customers",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope_id}: {self.customers}"


class TopCustomer(models.Model):
    """One of the best of an area's top tenth (`tiers.top_tenth`), from place 1; scores are 1 to 5, the rest the window's."""

    run = models.ForeignKey(ValueRun, on_delete=models.CASCADE, related_name="top")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    tier = models.CharField(max_length=10)
    recency = models.PositiveSmallIntegerField()
    frequency = models.PositiveSmallIntegerField()
    money = models.PositiveSmallIntegerField()
    orders = models.BigIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    last_day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "scope", "place"], name="top_customer_one_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.scope_id} {self.place}: {self.customer_id}"


class TierMove(models.Model):
    """Customers who stood in a tier at a month's end (or the last day), and where they stood a month earlier.

    `came_from` is empty for those who were no customers then. Of a tier, all rows of a month add up to it.
    """

    run = models.ForeignKey(ValueRun, on_delete=models.CASCADE, related_name="moves")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    came_from = models.CharField(max_length=10, blank=True)
    tier = models.CharField(max_length=10)
    customers = models.BigIntegerField()
    amount = models.DecimalField(
        max_digits=20, decimal_places=4, help_text="Spent within the window, net of refunds."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "scope", "month", "came_from", "tier"], name="tier_move_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.came_from} → {self.tier}: {self.customers}"


class CohortMonth(models.Model):
    """Of the customers who first ordered in a month, those who ordered `later` months on; 0 is the month itself."""

    run = models.ForeignKey(ValueRun, on_delete=models.CASCADE, related_name="cohorts")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    later = models.PositiveSmallIntegerField()
    customers = models.BigIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=4)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "scope", "month", "later"], name="cohort_month_once")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} +{self.later}: {self.customers}"
