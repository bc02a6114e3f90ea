"""What is asked: surveys with their drivers, the links under which they stand, and who was invited."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from organization.models import Node, Person

SEGMENT = 60  # letters of a customer type


def in_language(english: str, chinese: str) -> str:
    return chinese if chinese and (get_language() or "").startswith("zh") else english


class Driver(models.Model):
    """Something that is rated from 1 to 5 beside the score: delivery, price. `code` is what files and programs say."""

    code = models.SlugField(max_length=50, unique=True, allow_unicode=True)
    name = models.CharField(max_length=100)
    name_zh = models.CharField(max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_zh)


class Survey(models.Model):
    """Which scores it asks for, which drivers, and whether a comment. Texts in both languages; empty: the usual one."""

    name = models.CharField(max_length=100, unique=True)
    asks_nps = models.BooleanField(default=True)
    asks_csat = models.BooleanField(default=False)
    asks_ces = models.BooleanField(default=False)
    asks_comment = models.BooleanField(default=True)
    asks_contact = models.BooleanField(
        default=True, help_text="Offers to leave a name, phone or mail, with consent."
    )
    title = models.CharField(max_length=200, blank=True)
    title_zh = models.CharField(max_length=200, blank=True)
    thanks = models.CharField(max_length=300, blank=True)
    thanks_zh = models.CharField(max_length=300, blank=True)
    drivers = models.ManyToManyField(Driver, related_name="surveys")
    open = models.BooleanField(default=True)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts edits, so that two people do not mix."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(asks_nps=True) | Q(asks_csat=True) | Q(asks_ces=True), name="survey_asks_a_score"
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def headline(self) -> str:
        """Empty where the usual question is the headline."""
        return in_language(self.title, self.title_zh)

    @property
    def farewell(self) -> str:
        return in_language(self.thanks, self.thanks_zh)


class SurveyLink(models.Model):
    """An address, or QR code, under which a survey stands: for one channel, region, product line and customer type.

    `slug` is random and public. Whoever opens it gets a form that can be sent once. One is open a place: what came from
    it is told by the place that its answers carry.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="links")
    slug = models.CharField(max_length=32, unique=True)
    channel = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    region = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    product = models.ForeignKey(Node, on_delete=models.PROTECT, null=True, related_name="+")
    segment = models.CharField(max_length=SEGMENT, blank=True)
    open = models.BooleanField(default=True)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "channel", "region", "product", "segment"],
                condition=Q(open=True),
                nulls_distinct=False,
                name="survey_link_one_a_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.slug}"


class Invitation(models.Model):
    """One person's own address for a survey: answered once, and what the response rate is of.

    Only a hash of its token is kept: whoever has the database cannot answer in somebody's name.
    """

    link = models.ForeignKey(SurveyLink, on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.BinaryField(max_length=32, unique=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, related_name="+", db_index=True
    )
    day = models.DateField(help_text="When she was invited.")
    made_at = models.DateTimeField(db_default=Now())
    answered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["day"], name="invitation_by_day")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.day}"


class AssignBy(models.TextChoices):
    DUTY = "duty", _("A duty, nearest to the area")
    PEOPLE = "people", _("People, whoever has the least to do")


class FeedbackSettings(models.Model):
    """The one row that managers edit; made by a migration."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    opens = models.TimeField(default="09:00")
    closes = models.TimeField(default="17:00")
    complaint_up_to = models.PositiveSmallIntegerField(
        default=6, help_text="An answer that would recommend at most so much becomes a complaint."
    )
    complaints_from_answers = models.BooleanField(default=True)
    warn_percent = models.PositiveSmallIntegerField(default=75)
    small_sample = models.PositiveSmallIntegerField(
        default=30, help_text="Fewer answers than this are shown in grey, and by another interval."
    )
    follow_up_days = models.PositiveSmallIntegerField(default=30)
    repeat_days = models.PositiveSmallIntegerField(
        default=90, help_text="So long after one, another by the same customer of the same cause is a repeat."
    )
    calendar_stamp = models.CharField(
        max_length=64, blank=True, help_text="Of the working days and hours that clocks were last set by."
    )
    stop_words = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="Words that are no keywords here.",
    )
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="feedback_settings_is_one_row"),
            models.CheckConstraint(condition=Q(closes__gt=models.F("opens")), name="feedback_hours_in_order"),
            models.CheckConstraint(condition=Q(complaint_up_to__lte=10), name="feedback_complaint_is_score"),
            models.CheckConstraint(
                condition=Q(warn_percent__gte=1, warn_percent__lte=99), name="feedback_warns_before"
            ),
            models.CheckConstraint(condition=Q(small_sample__gte=2), name="feedback_small_sample_some"),
            models.CheckConstraint(condition=Q(follow_up_days__gte=1), name="feedback_follows_up_later"),
            models.CheckConstraint(condition=Q(repeat_days__gte=1), name="feedback_repeats_in_time"),
        ]

    def __str__(self) -> str:
        return f"{self.opens}-{self.closes}"
