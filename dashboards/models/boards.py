"""Pages that people make themselves: panels chosen from the catalogue, in an order, each so wide."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kpis.models import Metric
from organization.models import Node, Person, Scope

MOST_PANELS = 24  # of one page


class ChartKind(models.TextChoices):
    """How a panel shows its figure; what each needs, `dashboards.catalogue` says."""

    NUMBER = "number", pgettext_lazy("chart", "Number")
    BULLET = "bullet", _("Bar with target")
    GAUGE = "gauge", _("Gauge")
    TREND = "trend", _("Line over time")
    BARS = "bars", _("Bars by part")
    HEAT = "heat", _("Heat map")
    FUNNEL = "funnel", _("Funnel")
    TABLE = "table", _("Table by part")


class Width(models.IntegerChoices):
    """Of twelve columns on a wide screen; a phone has one."""

    SMALL = 3, _("Small")
    MEDIUM = 6, _("Half")
    WIDE = 12, pgettext_lazy("width", "Whole")


class Board(models.Model):
    """A page of panels: its owner's alone, or of a team, whose leads may change it and whose people find it."""

    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="boards")
    team = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")  # of dimension team
    name = models.CharField(max_length=80)
    revision = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="board_name_once")]


class Panel(models.Model):
    """One figure as one chart. `scope` NULL: the reader's own area; `period` as in addresses, "" the newest month;
    `by`: the dimension of bars and tables.
    """

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="panels")
    position = models.PositiveSmallIntegerField()
    width = models.PositiveSmallIntegerField(choices=Width.choices, default=Width.MEDIUM)
    chart = models.CharField(max_length=10, choices=ChartKind.choices)
    metric = models.ForeignKey(Metric, on_delete=models.SET_NULL, null=True, related_name="+")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, null=True, related_name="+")
    period = models.CharField(max_length=20, blank=True)
    by = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["board", "position"],
                name="panel_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(width__in=Width.values), name="panel_width"),
            models.CheckConstraint(condition=Q(chart__in=ChartKind.values), name="panel_chart"),
        ]
