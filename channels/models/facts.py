"""Facts of channels at full grain, and what newer imports replaced.

`channels_fact` is partitioned by month, which Django cannot declare: the first migration makes it in SQL, new months
are made by `channels.services`. Facts carry no foreign-key constraints: a million of them would cost more than the
facts, and nodes are never deleted. Ids in keys are plain integers: the index is a good part of the whole.
"""

from __future__ import annotations

from django.db import models

from ingest.models import Import
from kpis.models.fields import amounts_field

KEY = ("day", "source_id", "channel_id", "region_id", "product_id", "detail")


class Fact(models.Model):
    """What one source said of a day and its nodes (0: none named): a slot per measure, NULL not reported.

    `detail` tells lines of the same nodes apart (a hash of the preset's own key columns, 0 without).
    """

    pk = models.CompositePrimaryKey(*KEY)
    day = models.DateField()
    source_id = models.IntegerField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    detail = models.BigIntegerField()
    batch_id = models.BigIntegerField(help_text="The import that said it last.")
    estimated = models.BooleanField()
    amounts = amounts_field()

    class Meta:
        managed = False
        db_table = "channels_fact"


class Superseded(models.Model):
    """How a fact stood after an earlier import, kept with that import so that undoing is exact."""

    pk = models.CompositePrimaryKey(*KEY, "batch")
    day = models.DateField()
    source_id = models.IntegerField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    detail = models.BigIntegerField()
    batch = models.ForeignKey(Import, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    estimated = models.BooleanField()
    amounts = amounts_field()


class Original(models.Model):
    """What an import's facts said in foreign money: the amounts as they stood, and the rate they were taken at.

    Written for foreign lines alone, under the import that wrote the fact, and gone with it. Counts are NULL here.
    """

    pk = models.CompositePrimaryKey(*KEY, "batch", "currency")
    day = models.DateField()
    source_id = models.IntegerField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    detail = models.BigIntegerField()
    batch = models.ForeignKey(Import, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    currency = models.CharField(max_length=3)
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    amounts = amounts_field()
