"""What sources say of a whole period, where days do not add up to it: distinct customers, removal effects, medians."""

from __future__ import annotations

from django.db import models

from common.periods import Grain
from kpis.models.amounts import Source
from kpis.models.fields import NumericField
from organization.models import Scope

PUBLISHED_GRAINS = [(grain.value, grain.value) for grain in Grain]


class PublishedAmount(models.Model):
    """A *computed* measure of an area for a period. There is no value where none was published.

    `through` is the last day that counts in it: whoever looks from an earlier day does not see it.
    """

    pk = models.CompositePrimaryKey("scope", "grain", "start", "slot", "source")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, related_name="+", db_index=False)
    grain = models.CharField(max_length=7, choices=PUBLISHED_GRAINS)
    start = models.DateField()
    slot = models.PositiveSmallIntegerField()
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="published", db_index=False)
    through = models.DateField()
    amount = NumericField()

    class Meta:
        indexes = [models.Index(fields=["source", "grain", "start"], name="published_by_source")]

    def __str__(self) -> str:
        return f"{self.slot} {self.scope_id} {self.grain} {self.start}: {self.amount}"
