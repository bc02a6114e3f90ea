"""Answers as files, programs and forms brought them, and what they publish.

Answers of files are written by set-based SQL alone, and carry no foreign keys to nodes, customers and imports: 0 is no
node, and nodes are never deleted. `FeedbackDay` and `ScoreMonth` follow from answers, invitations and complaints
(`feedback.services.publishing`) for the days that `DirtyDay` names.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from feedback.models.surveys import SEGMENT, Driver, Invitation, Survey
from ingest.models import Import
from kpis.models.fields import amounts_field

COMMENT = 4000  # letters; what is longer is cut, and said so
KEY = ("source_id", "day", "detail")
NODES = ("channel_id", "region_id", "product_id")


class Origin(models.TextChoices):
    FILE = "file", _("File")
    API = "api", _("Program")
    FORM = "form", _("Form")


class Said(models.Model):
    """What one person said on a day. At least one of the three scores; drivers stand in `ratings` by their codes.

    `detail` tells answers of the same source and day apart: a hash of the answer's own number where it has one, else of
    customer, channel, region and product, else of all that it says and which of the same it is in its file.
    """

    day = models.DateField()
    source_id = models.IntegerField()
    detail = models.BigIntegerField()
    channel_id = models.IntegerField(db_default=0)
    region_id = models.IntegerField(db_default=0)
    product_id = models.IntegerField(db_default=0)
    segment = models.CharField(max_length=SEGMENT, blank=True, db_default="")
    nps = models.SmallIntegerField(null=True, help_text="0 to 10.")
    csat = models.SmallIntegerField(null=True, help_text="1 to 5.")
    ces = models.SmallIntegerField(null=True, help_text="1 to 7: how easy it was.")
    ratings = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), help_text="Driver's code → 1 to 5."
    )
    comment = models.TextField(blank=True, db_default="")
    language = models.CharField(
        max_length=2, blank=True, db_default="", help_text="Of the comment: zh or en."
    )

    class Meta:
        abstract = True


class Answer(Said):
    """How it stands now."""

    at = models.DateTimeField(null=True, help_text="When it was sent, by form or program.")
    origin = models.CharField(max_length=4, choices=Origin.choices)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    batch = models.ForeignKey(
        Import, on_delete=models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    invitation = models.OneToOneField(Invitation, on_delete=models.PROTECT, null=True, related_name="answer")
    nonce = models.UUIDField(null=True, unique=True, help_text="Of the form that was sent: once.")
    key = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001  (NULL is not unique)
    complaint_due = models.BooleanField(
        null=True, help_text="True: it is to become a complaint. Taken away by who sees to that."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=KEY, name="answer_once"),
            models.CheckConstraint(
                condition=Q(nps__isnull=False) | Q(csat__isnull=False) | Q(ces__isnull=False),
                name="answer_has_a_score",
            ),
            models.CheckConstraint(
                condition=Q(nps__isnull=True) | Q(nps__range=(0, 10)), name="answer_nps_range"
            ),
            models.CheckConstraint(
                condition=Q(csat__isnull=True) | Q(csat__range=(1, 5)), name="answer_csat_range"
            ),
            models.CheckConstraint(
                condition=Q(ces__isnull=True) | Q(ces__range=(1, 7)), name="answer_ces_range"
            ),
        ]
        indexes = [
            models.Index(fields=["-day", "-id"], name="answer_newest"),
            models.Index(fields=["id"], condition=Q(complaint_due=True), name="answer_complaint_due"),
            models.Index(
                fields=["customer", "day"], condition=Q(customer__isnull=False), name="answer_by_customer"
            ),
            models.Index(
                fields=["survey", "day"], condition=Q(survey__isnull=False), name="answer_by_survey"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.nps}"


class AnswerBefore(Said):
    """How an answer stood after an earlier import, kept with that import so that undoing is exact."""

    pk = models.CompositePrimaryKey(*KEY, "batch")
    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    batch = models.ForeignKey(Import, on_delete=models.PROTECT, db_constraint=False, related_name="+")

    def __str__(self) -> str:
        return f"{self.day}: {self.nps}"


class DirtyDay(models.Model):
    """A day of a source whose published figures are due: claimed and deleted, with their results, by who publishes."""

    source_id = models.IntegerField()
    day = models.DateField()
    marked_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.source_id} {self.day}"


class FeedbackDay(models.Model):
    """What a day of a source says of its nodes (`kpis.facts`): a slot per measure."""

    pk = models.CompositePrimaryKey("day", "source_id", *NODES)
    day = models.DateField()
    source_id = models.IntegerField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    estimated = models.BooleanField()
    amounts = amounts_field()

    def __str__(self) -> str:
        return f"{self.day} {self.amounts}"


class ScoreMonth(models.Model):
    """Answers of a month counted by nodes and customer type, for the pages of scores: they never read answers."""

    pk = models.CompositePrimaryKey("month", "source_id", *NODES, "segment")
    month = models.DateField(help_text="Its first day.")
    source_id = models.IntegerField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    segment = models.CharField(max_length=SEGMENT, blank=True)
    promoters = models.IntegerField()
    passives = models.IntegerField()
    detractors = models.IntegerField()
    nps_counts = ArrayField(
        models.IntegerField(),
        size=11,
        db_default=models.Value([0] * 11, ArrayField(models.IntegerField())),
        help_text="Answers of 0, 1, … 10.",
    )
    csat_counts = ArrayField(models.IntegerField(), size=5, help_text="Answers of 1, 2, 3, 4 and 5.")
    ces_counts = ArrayField(models.IntegerField(), size=7, help_text="Answers of 1 to 7.")
    comments = models.IntegerField(help_text="Answers with a comment.")

    def __str__(self) -> str:
        return f"{self.month} {self.segment}"


class DriverResult(models.Model):
    """How far the score goes with a driver, in an area and of a customer type ("" is all), over the last year's answers.

    Points of the score (0 to 10, or satisfaction from 1 to 5) a point of the driver, the other drivers equal, with its 95%
    interval; empty where there is none, with `why`. Company, not cause: the page says so.
    """

    scope = models.ForeignKey("organization.Scope", on_delete=models.CASCADE, related_name="+")
    segment = models.CharField(max_length=SEGMENT, blank=True)
    driver = models.ForeignKey(Driver, on_delete=models.CASCADE, related_name="results")
    score = models.CharField(max_length=4, help_text="nps or csat.")
    answers = models.IntegerField(help_text="That rated all drivers, and gave the score.")
    mean = models.DecimalField(
        max_digits=8, decimal_places=4, null=True, help_text="Of its ratings: performance."
    )
    effect = models.DecimalField(max_digits=8, decimal_places=4, null=True, help_text="Importance.")
    low = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    high = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    why = models.CharField(
        max_length=200, blank=True, help_text="`feedback.drivers.Reason`, and behind it what it names."
    )
    first_day = models.DateField()
    last_day = models.DateField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "segment", "driver"], name="driver_result_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.scope_id} {self.driver_id}: {self.effect}"
