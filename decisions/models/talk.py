"""What somebody must do about a subject, and what people say about it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from organization.models import Person, Scope


class TaskState(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    DROPPED = "dropped", _("Dropped")


class Task(models.Model):
    """`assigned_to` empty means whoever is responsible for the area. `opened_for` keeps it from being opened twice."""

    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=300)
    what = models.TextField(blank=True)
    assigned_to = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    due_on = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.OPEN)
    opened_at = models.DateTimeField(db_default=Now())
    opened_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    opened_for = models.CharField(max_length=200, unique=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", done_at__isnull=True)
                | (~Q(state="open") & Q(done_at__isnull=False)),
                name="task_done_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "subject_id"], name="task_of_subject"),
            models.Index(fields=["assigned_to", "scope"], condition=Q(state="open"), name="task_open"),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.state}"


class CommentKind(models.TextChoices):
    COMMENT = "comment", _("Comment")
    QUESTION = "question", _("Question")
    ANSWER = "answer", _("Answer")


class Comment(models.Model):
    """What somebody said about a subject. Questions and answers belong to a proposal."""

    kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())
    says = models.CharField(max_length=10, choices=CommentKind.choices, default=CommentKind.COMMENT)
    proposal = models.ForeignKey(
        "decisions.Proposal", on_delete=models.CASCADE, null=True, related_name="talk"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(says="comment") | Q(proposal__isnull=False), name="question_is_about_a_proposal"
            ),
        ]
        indexes = [models.Index(fields=["kind", "subject_id", "id"], name="comment_of_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}: {self.text[:40]}"
