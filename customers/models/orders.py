"""Orders as files told them, how they stood before corrections, and what they publish by the day.

Written by set-based SQL alone (`customers.services.orders`). A million orders carry no foreign-key constraints, which
would cost more than the rows; customers without orders go, and nodes are never deleted.
"""

from __future__ import annotations

from django.db import models

from customers.models.customer import Customer
from ingest.models import Import
from kpis.models.fields import NumericField, amounts_field

KEY = ("day", "source_id", "product_id", "detail")


class Bought(models.Model):
    """What a file says of an order and one product line on a day: what was bought, or what was given back.

    `detail` is a hash of the order's number, or, without one, of customer, channel and region; what was given back
    hashes otherwise, so that a refund of the same day stands beside its order. Lines of the same key add up.
    """

    day = models.DateField()
    source_id = models.IntegerField()
    product_id = models.IntegerField(help_text="0: no product line is named.")
    detail = models.BigIntegerField()
    channel_id = models.IntegerField(help_text="0: no channel is named.")
    region_id = models.IntegerField(help_text="0: no region is named.")
    number = models.BigIntegerField(null=True, help_text="Hash of the order's number, where it has one.")
    lines = models.IntegerField(help_text="Lines that were bought; 0 for a refund.")
    amount = NumericField(help_text="In the company's currency; below zero for a refund.")
    currency = models.CharField(max_length=3, blank=True, db_default="", help_text="Empty: the company's.")
    rate = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    original = NumericField(null=True, help_text="The amount in that currency.")

    class Meta:
        abstract = True


class Order(Bought):
    """How it stands now. An order's lines on several product lines are several rows, of which one counts it.

    `orders` and `acquired` follow from all of the customer's rows, and change with them.
    """

    pk = models.CompositePrimaryKey(*KEY)
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="orders"
    )
    batch = models.ForeignKey(
        Import, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    orders = models.IntegerField(
        db_default=0, help_text="How many orders this row counts: each number once, on its first day."
    )
    acquired = models.BooleanField(db_default=False, help_text="The customer's first order.")

    class Meta:
        indexes = [models.Index(fields=["customer", "day"], name="order_by_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}: {self.amount}"


class OrderBefore(Bought):
    """How an order stood after an earlier import, kept with that import so that undoing is exact."""

    pk = models.CompositePrimaryKey(*KEY, "batch")
    customer = models.ForeignKey(Customer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    batch = models.ForeignKey(Import, on_delete=models.PROTECT, db_constraint=False, related_name="+")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}: {self.amount}"


class OrderDay(models.Model):
    """What orders publish of a day and its nodes (`kpis.facts`): a slot per measure, written anew where orders change."""

    pk = models.CompositePrimaryKey("day", "source_id", "channel_id", "region_id", "product_id")
    day = models.DateField()
    source_id = models.IntegerField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    estimated = models.BooleanField()
    amounts = amounts_field()

    def __str__(self) -> str:
        return f"{self.day} {self.amounts}"
