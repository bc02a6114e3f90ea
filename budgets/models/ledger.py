"""The ledger: rows are added and never changed, and every figure of a budget is a sum of them.

Triggers (the first migration) keep the sums: `Balance` of each line, `LineDay` of each line and day, `LineMonth` of each
line and month. They refuse what takes more than is free (SQLSTATE `PL001`; also for two requests in one instant, since
the balance's row is locked), any change of a row that stands (`PL002`), a commitment on a line that is paused, and
anything on one that is closed (`PL003`).
`manage.py verify_ledger` adds all entries up anew and says whether the sums agree.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from budgets.models.fields import money
from budgets.models.plans import Line, Version
from ingest.models import Import
from kpis.models.fields import DateMultiRangeField, amounts_field
from organization.models import Person


class EntryKind(models.TextChoices):
    PLAN = "plan", _("Plan")
    TRANSFER = "transfer", _("Transfer")
    COMMITMENT = "commitment", _("Commitment")
    SPEND = "spend", _("Spend")
    FREEZE = "freeze", _("Frozen")
    RELEASE = "release", _("Released")


class Origin(models.TextChoices):
    PLAN = "plan", _("An approved plan")
    TRANSFER = "transfer", _("A transfer")
    FORM = "form", _("Entered")
    API = "api", _("Sent by a program")
    FILE = "file", _("From a file")
    COST = "cost", _("Cost of its channel")
    RULE = "rule", _("A rule")


class Entry(models.Model):
    """One movement. `amount` is signed: what is planned, moved in, committed, spent or frozen more, or less.

    `day` is when it counts: a plan's entries stand on the first day that the month has within the budget. Spend that
    fulfils a commitment comes with an entry that takes as much off what is committed (`commitment` points to what it
    draws on). A correction is an entry of its own that `corrects` another. `key` says once: a form, a line of cost.
    """

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    amount = money()
    day = models.DateField()
    at = models.DateTimeField(db_default=Now())
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    reference = models.CharField(
        max_length=100, blank=True, help_text="Number of the invoice, contract or order."
    )
    note = models.TextField(blank=True)
    currency = models.CharField(max_length=3, blank=True)
    original = money(null=True, help_text="In `currency`, where it is not the company's.")
    rate = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    batch = models.ForeignKey(Import, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, null=True, related_name="+")
    transfer = models.ForeignKey(
        "budgets.Transfer", on_delete=models.PROTECT, null=True, related_name="entries"
    )
    hold = models.ForeignKey("budgets.Hold", on_delete=models.PROTECT, null=True, related_name="entries")
    commitment = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="drawn")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    flagged = models.BooleanField(
        default=False, help_text="Said twice with different amounts: somebody should look."
    )
    key = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001  (NULL is not unique)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="entry_kind_known"),
            models.CheckConstraint(condition=~Q(amount=0), name="entry_moves_something"),
            models.CheckConstraint(condition=~Q(kind="freeze") | Q(amount__gt=0), name="entry_freeze_adds"),
            models.CheckConstraint(
                condition=~Q(kind="release") | Q(amount__lt=0), name="entry_release_takes"
            ),
            models.CheckConstraint(
                condition=Q(currency="", original__isnull=True, rate__isnull=True)
                | (~Q(currency="") & Q(original__isnull=False, rate__isnull=False)),
                name="entry_foreign_money_whole",
            ),
            models.CheckConstraint(condition=~Q(corrects=F("id")), name="entry_not_of_itself"),
            # The same number a second time corrects the first.
            models.UniqueConstraint(
                fields=["line", "kind", "reference"],
                condition=~Q(reference="")
                & Q(corrects__isnull=True, commitment__isnull=True, kind__in=("spend", "commitment")),
                name="entry_numbered_once",
            ),
        ]
        indexes = [
            models.Index(fields=["line", "-id"], name="entry_of_line"),
            models.Index(fields=["line", "day"], name="entry_of_line_day"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="entry_of_import"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.day} {self.kind} {self.amount}"


class Balance(models.Model):
    """The sums of a line's entries, kept by a trigger. Free is what may still be committed."""

    line = models.OneToOneField(Line, on_delete=models.CASCADE, primary_key=True, related_name="balance")
    planned = money(db_default=0)
    transferred = money(db_default=0)
    committed = money(db_default=0)
    spent = money(db_default=0)
    frozen = money(db_default=0)
    entries = models.IntegerField(db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(frozen__gte=0), name="balance_frozen_not_negative"),
            models.CheckConstraint(condition=Q(committed__gte=0), name="balance_committed_not_negative"),
            models.CheckConstraint(
                condition=Q(planned__gte=-F("transferred")), name="balance_has_no_negative_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.total} - {self.committed} - {self.spent} - {self.frozen}"

    @property
    def total(self) -> Decimal:
        amount: Decimal = self.planned + self.transferred
        return amount

    @property
    def free(self) -> Decimal:
        amount: Decimal = self.total - self.committed - self.spent - self.frozen
        return amount


class LineDay(models.Model):
    """What a line spent and committed on a day (net, signed), kept by a trigger."""

    pk = models.CompositePrimaryKey("line", "day")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    spent = money(db_default=0)
    committed = money(db_default=0)

    class Meta:
        indexes = [models.Index(fields=["day"], name="line_days_of_day")]


class LineMonth(models.Model):
    """What a line's plan has for a month (`month` its first day), with what was moved in and out, and what its days spent
    and committed (net, signed); kept by a trigger.
    """

    pk = models.CompositePrimaryKey("line", "month")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="months")
    month = models.DateField()
    planned = money(db_default=0)
    transferred = money(db_default=0)
    spent = money(db_default=0)
    committed = money(db_default=0)


class DirtyLine(models.Model):
    """A line whose figures on the spine are due; written by the trigger with every entry, claimed and deleted by workers.

    `days` are those that the entries stand on; of what is planned or moved, the whole month.
    """

    line = models.OneToOneField(Line, on_delete=models.CASCADE, primary_key=True)
    days = DateMultiRangeField(db_default=Value("{}"))
    marked_at = models.DateTimeField(db_default=Now())


class DayTurn(models.Model):
    """A day whose turn has marked the lines of budgets that run, once, however many beats there are."""

    day = models.DateField(primary_key=True)


class CostDay(models.Model):
    """What entry-fed lines publish as cost of their channel and region (`kpis.facts`), by line and day."""

    pk = models.CompositePrimaryKey("day", "source_id", "line_id")
    day = models.DateField()
    source_id = models.IntegerField()
    line_id = models.BigIntegerField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    estimated = models.BooleanField(db_default=False)
    amounts = amounts_field()

    class Meta:
        indexes = [models.Index(fields=["line_id", "day"], name="cost_of_line")]

    def __str__(self) -> str:
        return f"{self.day} {self.line_id}: {self.amounts}"


class Receipt(models.Model):
    """A file that belongs to an entry. Receipts are added, never changed."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="receipts")
    name = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=100)
    kind = models.CharField(max_length=100, help_text="Its content type, found from its bytes.")
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "digest"], name="receipt_once")]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.name}"
