"""Amounts that people enter by hand, with their versions; and stocks, which are kept by the place that said them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from common.periods import Grain
from kpis.models.amounts import Source
from kpis.models.fields import NumericField, amounts_field
from kpis.models.metrics import Measure
from kpis.models.targets import GRAINS
from organization.models import Scope


class EnteredValue(models.Model):
    """What somebody entered for an area and a day or month. Versions are kept; the one not superseded is current."""

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="entered")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="entered")
    grain = models.CharField(max_length=7, choices=[one for one in GRAINS if one[0] in ("day", "month")])
    start = models.DateField()
    value = models.DecimalField(
        max_digits=20, decimal_places=4, null=True, help_text="Empty in a version that takes the value away."
    )
    note = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField()
    entered_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "scope", "grain", "start", "version"], name="entered_version_unique"
            ),
            models.UniqueConstraint(
                fields=["measure", "scope", "grain", "start"],
                condition=models.Q(superseded_at__isnull=True),
                name="entered_one_current",
            ),
            models.CheckConstraint(
                condition=models.Q(grain__in=["day", "month"]), name="entered_grain_known"
            ),
        ]
        indexes = [models.Index(fields=["scope", "measure", "start"], name="entered_by_scope")]

    def __str__(self) -> str:
        return f"{self.measure_id} {self.scope_id} {self.start}: {self.value}"

    @property
    def period(self) -> str:
        return f"{self.start:%Y-%m}" if self.grain == Grain.MONTH else self.start.isoformat()


class EnteredFact(models.Model):
    """The current entered values as facts (`kpis.facts`): a row a value and day, 0 where no node is named."""

    day = models.DateField()
    source_id = models.IntegerField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    value = models.ForeignKey(EnteredValue, on_delete=models.CASCADE, related_name="facts")
    estimated = models.BooleanField()
    amounts = amounts_field()

    class Meta:
        indexes = [models.Index(fields=["source_id", "day"], name="enteredfact_by_day")]

    def __str__(self) -> str:
        return f"{self.value_id} {self.day}"


class StockDay(models.Model):
    """Stocks (measures whose last value counts) as each place said them; 0 where no node is named.

    Roll-ups by scope would not do: of two channels that report on different days, the day's sum forgets one.
    """

    pk = models.CompositePrimaryKey("slot", "day", "channel_id", "region_id", "product_id", "source")
    slot = models.PositiveSmallIntegerField()
    day = models.DateField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    amount = NumericField()
    estimated = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["source", "day"], name="stockday_by_source")]
