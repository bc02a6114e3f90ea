"""Which lines have cost to follow: marked where it changed, claimed and deleted by workers."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from budgets.models.plans import Line
from kpis.models.fields import DateMultiRangeField


class CostMark(models.Model):
    """The cost of what a line is tied to changed on these days. A trigger marks all days of a line that is newly tied."""

    line = models.OneToOneField(Line, on_delete=models.CASCADE, primary_key=True, related_name="+")
    days = DateMultiRangeField()
    marked_at = models.DateTimeField(db_default=Now())
