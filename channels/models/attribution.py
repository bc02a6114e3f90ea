"""Touches of customers as files told them, what somebody set for attribution, and what the last run found.

Touches are kept by import: which of several tellings of a touch holds is found when they are read (the newest), so that
undoing an import is taking its rows away. Results are rows, written by the job and shown by the page.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

from ingest.models import Import
from kpis.models.fields import amounts_field
from organization.models import Node


class Touch(models.Model):
    """A customer met a channel at a moment, and perhaps converted. No foreign-key constraints: see `facts`."""

    pk = models.CompositePrimaryKey("batch", "line")
    batch = models.ForeignKey(
        Import, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    line = models.BigIntegerField()
    key = models.BinaryField(max_length=16, help_text="The keyed hash of the customer.")
    day = models.DateField()
    second = models.IntegerField(help_text="Of the day; 0 where the file has days alone.")
    channel_id = models.IntegerField(help_text="0: a conversion of which no touch is told.")
    conversions = models.IntegerField()
    value = models.DecimalField(max_digits=20, decimal_places=4)

    class Meta:
        indexes = [BrinIndex(fields=["day"], name="touch_by_day")]


class AttributionSettings(models.Model):
    """The one row of what somebody set; made when it is first asked for."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    shown = ArrayField(models.CharField(max_length=20), default=list)
    published = ArrayField(models.CharField(max_length=20), default=list)
    half_life_hours = models.DecimalField(max_digits=8, decimal_places=2, default=168)
    order = models.PositiveSmallIntegerField(default=1)
    look_back_days = models.PositiveSmallIntegerField(default=90)
    direct = models.ForeignKey(Node, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="attribution_settings_one_row"),
            models.CheckConstraint(
                condition=models.Q(half_life_hours__gt=0), name="attribution_half_life_above_zero"
            ),
            models.CheckConstraint(condition=models.Q(order__in=[1, 2, 3]), name="attribution_order_known"),
            models.CheckConstraint(
                condition=models.Q(look_back_days__gte=1, look_back_days__lte=730),
                name="attribution_look_back_in_days",
            ),
        ]


class PathUpload(models.Model):
    """A file of paths with counts that somebody sent to be divided; its bytes are kept, so that it can be done again."""

    name = models.CharField(max_length=255)
    content = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class AttributionRun(models.Model):
    """The last run over all touches (`upload` empty) or over a file of paths. Replaced as a whole by the next one."""

    upload = models.ForeignKey(PathUpload, on_delete=models.CASCADE, null=True, related_name="runs")
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    inputs_version = models.BigIntegerField(
        help_text="Counts the changes of touches: another one makes it old."
    )
    settings_version = models.PositiveIntegerField()
    chosen: Any = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="The settings that it was made with."
    )
    touches = models.BigIntegerField(default=0)
    paths = models.BigIntegerField(default=0)
    conversions = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    value = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    odd: Any = models.JSONField(default=dict, help_text="How many of each oddity; see `Oddities`.")
    refused: Any = models.JSONField(default=list, help_text="List of {model, month, why}.")
    seconds = models.DecimalField(max_digits=10, decimal_places=3, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload"], name="attribution_one_run_each", nulls_distinct=False)
        ]


class Credit(models.Model):
    """What a channel gets by a model, of a month or of everything; of an upload channels are known by name alone."""

    run = models.ForeignKey(AttributionRun, on_delete=models.CASCADE, related_name="credits")
    model = models.CharField(max_length=20)
    month = models.DateField(null=True, help_text="Its first day; empty: everything.")
    node = models.ForeignKey(Node, on_delete=models.CASCADE, null=True, db_constraint=False, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    conversions = models.DecimalField(max_digits=24, decimal_places=4)
    value = models.DecimalField(max_digits=24, decimal_places=4, default=0)
    error = models.FloatField(null=True, help_text="Standard error of conversions, where they are estimated.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "model", "month", "node", "name"],
                name="credit_once",
                nulls_distinct=False,
            )
        ]


class AttributedFact(models.Model):
    """The credits of published rules by the conversion's day, as facts (`kpis.facts`) of the source "attribution"."""

    pk = models.CompositePrimaryKey("day", "source_id", "channel_id")
    day = models.DateField()
    source_id = models.IntegerField()
    channel_id = models.IntegerField()
    estimated = models.BooleanField(default=False)
    amounts = amounts_field()

    class Meta:
        db_table = "channels_attributed"
