"""Roll-ups: what was published, by scope and day, with a slot per measure (NULL not reported, 0 zero).

Rows are derived: only `kpis.rollups` writes them, and it can write them again from the facts at any time. That is
why they carry no foreign-key constraints, which would cost more than the rows.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from kpis.models.fields import DateMultiRangeField, amounts_field
from kpis.models.metrics import Measure
from organization.models import Node, Scope


class Source(models.Model):
    """Who published an amount: an ad platform's report, a shop's own orders, a file layout."""

    code = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    facts = models.CharField(max_length=50, help_text="The registered table that holds its facts.")
    rank = models.PositiveSmallIntegerField(
        default=100, help_text="Lower counts first where sources overlap."
    )
    last_day = models.DateField(null=True, blank=True, help_text="The last day with data.")
    last_success_at = models.DateTimeField(null=True, blank=True)
    revision = models.BigIntegerField(default=0, help_text="Counts the changes of its facts.")
    slots = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Measures it has ever published."
    )

    def __str__(self) -> str:
        return self.name


class AmountDay(models.Model):
    """The company and every single node, with all that lies below it."""

    pk = models.CompositePrimaryKey("scope", "day", "source")
    scope = models.ForeignKey(
        Scope, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    day = models.DateField()
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    amounts = amounts_field()
    estimated = models.BooleanField(
        help_text="Made finer than the source is, as a week spread over its days."
    )


class BesideDay(models.Model):
    """Like AmountDay, of amounts that do not count, because another source counts for their measure and month."""

    pk = models.CompositePrimaryKey("scope", "day", "source")
    scope = models.ForeignKey(
        Scope, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    day = models.DateField()
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    amounts = amounts_field()
    estimated = models.BooleanField()


class CrossDay(models.Model):
    """Top channel × region × product line × day; 0 where a fact names none."""

    pk = models.CompositePrimaryKey("day", "channel_id", "region_id", "product_id", "source")
    day = models.DateField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    amounts = amounts_field()
    estimated = models.BooleanField()


class CrossMonth(models.Model):
    """Campaign × region × product line × month; 0 where a fact names none."""

    pk = models.CompositePrimaryKey("month", "channel_id", "region_id", "product_id", "source")
    month = models.DateField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    amounts = amounts_field()


class TopMonth(models.Model):
    """Top channel × top region × top product line × month, of CrossMonth; 0 where a fact names none."""

    pk = models.CompositePrimaryKey("month", "channel_id", "region_id", "product_id", "source")
    month = models.DateField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    amounts = amounts_field()


class Uncounted(models.Model):
    """The measures of a source that do not count for a top channel (0: none named) in a month: another source's do."""

    pk = models.CompositePrimaryKey("month", "source", "channel_id")
    month = models.DateField()
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    channel_id = models.IntegerField()
    slots = ArrayField(models.PositiveSmallIntegerField())


class SourceOrder(models.Model):
    """Which source counts first where several report the same: for a measure, a top channel, or one on the other.

    The more particular wins (measure and channel, measure, channel), and `Source.rank` holds for all the rest.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="orders")
    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    channel = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    rank = models.PositiveSmallIntegerField(help_text="Lower counts first.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "measure", "channel"], name="source_order_unique", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(measure__isnull=False) | models.Q(channel__isnull=False),
                name="source_order_is_particular",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.measure_id} {self.channel_id}: {self.rank}"


class ChangedDay(models.Model):
    """Facts of a source changed on these days of a month: roll-ups are due. Claimed, done and deleted in one go."""

    pk = models.CompositePrimaryKey("source", "month")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    days = DateMultiRangeField()
    marked_at = models.DateTimeField(db_default=Now())


class ChangedScope(models.Model):
    """Amounts or targets of a scope changed on these days: its figures are due. Claimed, done and deleted in one go."""

    scope = models.OneToOneField(Scope, on_delete=models.CASCADE, primary_key=True, related_name="+")
    days = DateMultiRangeField()
    metrics = ArrayField(
        models.BigIntegerField(), null=True, help_text="Metrics whose figures are due; empty: all of them."
    )
    marked_at = models.DateTimeField(db_default=Now())


class DayTurn(models.Model):
    """A day whose turn has marked the open periods, once, however many beats there are."""

    day = models.DateField(primary_key=True)


class Stamp(models.Model):
    """What pages show has changed: a row in the transaction of each such change, so that kept pages know they are old.

    Only added and, a day later, swept away: nobody waits for anybody, and no order of commits hides one.
    """

    at = models.DateTimeField(db_default=Now(), db_index=True)
