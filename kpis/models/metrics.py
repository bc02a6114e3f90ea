"""What sources publish (measures) and what people judge (metrics)."""

from __future__ import annotations

from typing import ClassVar, Self, TypeVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class OverTime(models.TextChoices):
    SUM = "sum", _("Adds up")
    LAST = "last", _("Last value counts")
    COMPUTED = "computed", _("Published for each period")


class Unit(models.TextChoices):
    COUNT = "count", _("Count")
    MONEY = "money", _("Money")
    PERCENT = "percent", _("Percent")
    RATIO = "ratio", _("Ratio")


class Direction(models.TextChoices):
    HIGHER = "higher", _("Higher is better")
    LOWER = "lower", _("Lower is better")
    BAND = "band", _("Inside a band is better")


class Kind(models.TextChoices):
    RESULT = "result", _("Result")
    PROCESS = "process", _("Process")


M = TypeVar("M", bound=models.Model)


class InUse(models.Manager[M]):
    """Rows of measures and metrics; `in_use` are those that nobody has put away."""

    def in_use(self) -> models.QuerySet[M]:
        return self.filter(archived_at__isnull=True)


class Measure(models.Model):
    """An amount that sources publish. `slot` is its place in every `amounts` array, counted from 1, for ever."""

    code = models.SlugField(max_length=50, unique=True, allow_unicode=True)
    slot = models.PositiveSmallIntegerField(unique=True)
    name = models.CharField(max_length=100)
    name_zh = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=10, choices=Unit.choices, default=Unit.COUNT)
    over_time = models.CharField(max_length=10, choices=OverTime.choices, default=OverTime.SUM)
    signed = models.BooleanField(default=False, help_text="May be negative, as a gross profit may.")
    shipped = models.BooleanField(default=False, help_text="Comes with Plumbline; pages build on it.")
    archived_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts edits, so that two people do not mix."
    )

    objects: ClassVar[InUse[Self]] = InUse()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(slot__gte=1), name="measure_slot_from_one")]
        ordering = ["slot"]

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        return self.name_zh if self.name_zh and (get_language() or "").startswith("zh") else self.name


class Metric(models.Model):
    """scale × (a linear combination of measures) ÷ (another, or 1). Sums first, division last.

    `numerator` and `denominator` map measure codes to coefficients written as strings; no denominator: a plain sum.
    """

    code = models.SlugField(max_length=50, unique=True, allow_unicode=True)
    name = models.CharField(max_length=100)
    name_zh = models.CharField(max_length=100, blank=True)
    numerator = models.JSONField()
    denominator = models.JSONField(null=True, blank=True)
    scale = models.DecimalField(max_digits=12, decimal_places=4, default=1)
    unit = models.CharField(max_length=10, choices=Unit.choices)
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.HIGHER)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.RESULT)
    band_low = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    band_high = models.DecimalField(max_digits=24, decimal_places=6, null=True, blank=True)
    green_from = models.DecimalField(max_digits=6, decimal_places=4, default=1)
    yellow_from = models.DecimalField(max_digits=6, decimal_places=4, default="0.85")
    least_base = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Where less than this stands below the line, it has its value and no light: too few to judge by.",
    )
    help_text = models.TextField(blank=True)
    help_text_zh = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    stock = models.BooleanField(
        default=False, help_text="A plain sum of stocks: the last value counts, and months do not add up."
    )
    shipped = models.BooleanField(default=False, help_text="Comes with Plumbline: its formula stays.")
    processes = models.ManyToManyField(
        "self",
        through="MetricProcess",
        through_fields=("result", "process"),
        symmetrical=False,
        related_name="results",
        help_text="What leads to it: while one of these is red, a green light of this one is at risk.",
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts edits, so that two people do not mix."
    )

    objects: ClassVar[InUse[Self]] = InUse()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(green_from__gte=models.F("yellow_from")), name="metric_bands_in_order"
            ),
            models.CheckConstraint(
                condition=~models.Q(direction="band")
                | models.Q(
                    band_low__isnull=False, band_high__isnull=False, band_low__lte=models.F("band_high")
                ),
                name="metric_band_has_edges",
            ),
        ]
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code

    @property
    def additive(self) -> bool:
        """Whether its months add up to a quarter, in values as in targets."""
        return self.denominator is None and not self.stock

    @property
    def label(self) -> str:
        return self.name_zh if self.name_zh and (get_language() or "").startswith("zh") else self.name

    @property
    def explanation(self) -> str:
        return (
            self.help_text_zh
            if self.help_text_zh and (get_language() or "").startswith("zh")
            else self.help_text
        )


class MetricProcess(models.Model):
    """A result names what leads to it. Services see to the kinds; the database to the rest."""

    result = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+")
    process = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["result", "process"], name="metric_process_unique"),
            models.CheckConstraint(
                condition=~models.Q(result=models.F("process")), name="metric_process_not_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.result_id} < {self.process_id}"
