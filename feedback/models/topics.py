"""What comments are about: topics that people keep, keywords that were found, and what is done about them.

Counted by `feedback.topics` (a job): by topic or keyword, month, nodes and customer type. Scores are those of whoever
wrote the comment; no feeling is read out of words. What was counted is written by set-based SQL alone, and carries no
foreign keys: hundreds of thousands of rows would each ask for their topic.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from decisions.models import Task
from feedback.models.answers import NODES, Answer
from feedback.models.complaints import Cause
from feedback.models.surveys import SEGMENT, in_language
from organization.models import Person, Scope


class Topic(models.Model):
    """A comment is about it where it has one of its words. Words in Chinese and English, lower case."""

    name = models.CharField(max_length=100, unique=True)
    name_zh = models.CharField(max_length=100, blank=True)
    words = ArrayField(models.CharField(max_length=40))
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_zh)


class AnswerTopic(models.Model):
    """That a comment is about a topic: the comments behind a figure, and their scores by day, for what came before and
    after an action. As of the last run; an answer that is gone since is left out by joining."""

    pk = models.CompositePrimaryKey("topic", "answer")
    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    answer = models.ForeignKey(Answer, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    day = models.DateField()
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    score = models.SmallIntegerField(null=True, help_text="0 to 10.")

    class Meta:
        indexes = [models.Index(fields=["topic", "day"], name="answer_topic_by_day")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.answer_id}"


class _Counted(models.Model):
    month = models.DateField(help_text="Its first day.")
    channel_id = models.IntegerField()
    region_id = models.IntegerField()
    product_id = models.IntegerField()
    segment = models.CharField(max_length=SEGMENT, blank=True)
    comments = models.IntegerField()
    scored = models.IntegerField(help_text="Of them, with a score of 0 to 10.")
    score_sum = models.BigIntegerField()
    score_squares = models.BigIntegerField(help_text="Sum of the squared scores, for intervals.")
    promoters = models.IntegerField()
    detractors = models.IntegerField()

    class Meta:
        abstract = True


class TopicMonth(_Counted):
    pk = models.CompositePrimaryKey("topic", "month", *NODES, "segment")
    topic = models.ForeignKey(
        Topic, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["month"], name="topic_by_month")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.month}"


class TopicRun(models.Model):
    """The one row that says of what topics and keywords were last counted. `inputs` is a hash of it: the same comments
    and words are not counted twice."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    inputs = models.CharField(max_length=64)
    first_day = models.DateField(help_text="Comments of this day and later were read.")
    last_day = models.DateField(null=True, help_text="Of the newest comment.")
    comments = models.IntegerField()
    segments = ArrayField(
        models.CharField(max_length=SEGMENT),
        default=list,
        help_text="Customer types among them, to choose from.",
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="topic_run_is_one_row")]

    def __str__(self) -> str:
        return f"{self.comments} comments, {self.made_at:%Y-%m-%d %H:%M}"


class Keyword(models.Model):
    """A word that comments have often. `cluster` brings words together that occur together; "" is none."""

    word = models.CharField(max_length=40, unique=True)
    language = models.CharField(max_length=2)
    comments = models.IntegerField()
    cluster = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.word


class KeywordMonth(_Counted):
    pk = models.CompositePrimaryKey("keyword", "month", *NODES, "segment")
    keyword = models.ForeignKey(
        Keyword, on_delete=models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["month"], name="keyword_by_month")]

    def __str__(self) -> str:
        return f"{self.keyword_id} {self.month}"


class FeedbackAction(models.Model):
    """What is done about a topic or a cause, by whom (its task), and how it stood when it began.

    What the score does afterwards is read from `TopicMonth`, or from complaints of the cause.
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, null=True, related_name="actions")
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, related_name="actions")
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    task = models.OneToOneField(Task, on_delete=models.SET_NULL, null=True, related_name="+")
    begun_on = models.DateField()
    due_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    result = models.TextField(blank=True)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__isnull=False, cause__isnull=True)
                | Q(topic__isnull=True, cause__isnull=False),
                name="feedback_action_is_about_one",
            ),
        ]

    def __str__(self) -> str:
        return self.title
