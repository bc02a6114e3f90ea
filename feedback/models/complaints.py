"""Complaints: what came in, whose it is, its clocks, what was said and done, and why it happened."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Least, Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from decisions.models import Task
from feedback.models.answers import Answer
from feedback.models.surveys import AssignBy, in_language
from ingest.models import Import
from organization.models import Person, Scope

TEXT = 8000  # letters of a complaint or a message
DEEPEST = 5  # whys


class Severity(models.IntegerChoices):
    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")
    CRITICAL = 4, _("Critical")


class Category(models.Model):
    """What a complaint is about, before anybody knows why."""

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


class ServiceLevel(models.Model):
    """How soon complaints of a severity are answered and solved; a row a severity, made by a migration."""

    severity = models.PositiveSmallIntegerField(primary_key=True, choices=Severity.choices)
    answer_minutes = models.PositiveIntegerField(default=60, help_text="Working minutes to the first answer.")
    answer_hours_at_most = models.PositiveIntegerField(
        default=48, help_text="Hours by the calendar to the first answer, at the very most."
    )
    solve_minutes = models.PositiveIntegerField(default=24 * 60, help_text="Working minutes to the solution.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer_minutes__gte=1, answer_hours_at_most__gte=1, solve_minutes__gte=1),
                name="service_level_has_time",
            ),
        ]
        ordering = ["-severity"]

    def __str__(self) -> str:
        return f"{self.severity}: {self.answer_minutes} / {self.solve_minutes}"


class AssignmentRule(models.Model):
    """Who gets a complaint: the first rule, by position, that matches in all that it names, and finds somebody."""

    name = models.CharField(max_length=100, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    scope = models.ForeignKey(
        Scope,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Complaints of this area and all below it.",
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="+")
    least_severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.LOW)
    assigns_by = models.CharField(max_length=10, choices=AssignBy.choices, default=AssignBy.DUTY)
    duty = models.CharField(max_length=50, blank=True, help_text="Of these the one with the least to do.")
    people = models.ManyToManyField(Person, related_name="+")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(assigns_by="people", duty="") | Q(assigns_by="duty") & ~Q(duty=""),
                name="assignment_names_somebody",
            ),
        ]
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Cause(models.Model):
    """A node of the tree of whys: `parent` is what it explains. At most five deep; the last is the root cause."""

    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="deeper")
    depth = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=200)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    archived_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="merged",
        help_text="Who names it means that one.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], nulls_distinct=False, name="cause_named_once"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(archived_at__isnull=False),
                name="cause_merged_is_put_away",
            ),
            models.CheckConstraint(condition=Q(depth__gte=1, depth__lte=DEEPEST), name="cause_not_too_deep"),
            models.CheckConstraint(
                condition=Q(depth=1, parent__isnull=True) | Q(depth__gt=1, parent__isnull=False),
                name="cause_top_has_no_parent",
            ),
        ]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class State(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("In progress")
    WAITING = "waiting", _("Waiting for the customer")
    SOLVED = "solved", _("Solved")
    CLOSED = "closed", _("Confirmed")


class Came(models.TextChoices):
    FORM = "form", _("Form")
    API = "api", _("Program")
    FILE = "file", _("File")
    ANSWER = "answer", _("Survey answer")


def next_due() -> Least:
    """When the next clock that runs is over: the first answer's until it is given, and the solution's.

    Written once, since an index stands on it: a query must say it in the same words.
    """
    return Least(Case(When(answered_at__isnull=True, then=F("answer_due_at"))), F("solve_due_at"))


class Complaint(models.Model):
    """One customer's trouble, from its coming in until she confirms that it stayed solved.

    `scope` is its area (channel, region, product line, any of them); the gate asks about it. `solve_due_at` is empty
    while the customer is waited for; the times of a clock that was stopped stay as they were then, so that in time is
    what was done by them. `look_at` is when the sweep must look next: a warning, a breach or a follow-up.
    """

    OPEN = (State.NEW, State.OPEN, State.WAITING)

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(help_text="On which it came in, in the company's time zone.")
    received_at = models.DateTimeField()
    came = models.CharField(max_length=6, choices=Came.choices)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.NORMAL)
    text = models.TextField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    segment = models.CharField(max_length=60, blank=True)
    answer = models.OneToOneField(Answer, on_delete=models.SET_NULL, null=True, related_name="complaint")
    key = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001  (NULL is not unique)
    batch = models.ForeignKey(
        Import, on_delete=models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)

    assigned_to = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    assigned_why = models.CharField(
        max_length=200, blank=True, help_text="English; goes through gettext where shown."
    )
    assigned_at = models.DateTimeField(
        null=True, help_text="Of those with as much to do, who waited longest."
    )
    level = models.PositiveSmallIntegerField(default=0, help_text="How often it was escalated.")

    answer_warn_at = models.DateTimeField(null=True)
    answer_due_at = models.DateTimeField(null=True)
    answer_warned_at = models.DateTimeField(null=True)
    answer_breached_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="The first answer to the customer.")
    solve_warn_at = models.DateTimeField(null=True)
    solve_due_at = models.DateTimeField(null=True)
    solve_warned_at = models.DateTimeField(null=True)
    solve_breached_at = models.DateTimeField(null=True)
    solved_at = models.DateTimeField(null=True, help_text="The last time, while it is solved.")
    answer_minutes_taken = models.PositiveIntegerField(
        null=True, help_text="Working minutes from its coming in to the first answer."
    )
    solve_minutes_taken = models.PositiveIntegerField(
        null=True, help_text="Working minutes that the clock of the solution ran, pauses left out."
    )
    look_at = models.DateTimeField(null=True)

    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, related_name="complaints")
    solution = models.TextField(blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    reopened_at = models.DateTimeField(
        null=True, help_text="The last time: the clock of the solution began anew."
    )
    repeat_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="repeats")
    follow_up_at = models.DateTimeField(
        null=True, help_text="When the customer is asked whether it stayed solved."
    )
    followed_up_at = models.DateTimeField(null=True)
    follow_up_hash = models.BinaryField(
        max_length=32, null=True, unique=True, help_text="Of the token she answers with."
    )
    stayed_solved = models.BooleanField(null=True)
    task = models.ForeignKey(
        Task, on_delete=models.SET_NULL, null=True, related_name="+", help_text="To follow up."
    )
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts changes, so that two people do not mix."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="new", answered_at__isnull=True) | ~Q(state="new"),
                name="complaint_new_unanswered",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["solved", "closed"], solved_at__isnull=False)
                | (~Q(state__in=["solved", "closed"]) & Q(solved_at__isnull=True)),
                name="complaint_solved_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="complaint_due"),
            models.Index(
                fields=["assigned_to"],
                condition=Q(state__in=["new", "open", "waiting"]),
                name="complaint_load",
            ),
            models.Index(fields=["assigned_to", "-assigned_at"], name="complaint_last_given"),
            models.Index(fields=["day"], name="complaint_by_day"),
            models.Index(
                fields=["customer", "day"], condition=Q(customer__isnull=False), name="complaint_by_customer"
            ),
            models.Index(fields=["-received_at", "-id"], name="complaint_newest"),
            models.Index(
                F("severity").desc(),
                next_due(),
                F("id"),
                condition=Q(state__in=["new", "open", "waiting"]),
                name="complaint_queue",
            ),
            models.Index(
                fields=["-solved_at", "-id"], condition=Q(solved_at__isnull=False), name="complaint_solved"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.state}"


class Pause(models.Model):
    """While the customer is waited for, the clock of the solution stands. One at a time runs."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="pauses")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(ended_at__isnull=True), name="pause_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("began_at")),
                name="pause_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id}: {self.began_at} - {self.ended_at}"


class Happened(models.TextChoices):
    RECEIVED = "received", _("Received")
    ASSIGNED = "assigned", _("Assigned")
    SEVERITY = "severity", _("Severity changed")
    AREA = "area", _("Area or category changed")
    ANSWERED = "answered", _("First answer")
    MESSAGE = "message", _("Message to the customer")
    HEARD = "heard", _("Message from the customer")
    NOTE = "note", _("Note")
    WAITING = "waiting", _("Waiting for the customer")
    RESUMED = "resumed", _("Taken up again")
    WARNED = "warned", _("Time is running out")
    BREACHED = "breached", _("Out of time")
    ESCALATED = "escalated", _("Taken up a level")
    SOLVED = "solved", _("Solved")
    REOPENED = "reopened", _("Opened again")
    REPEAT = "repeat", _("Found to be a repeat")
    ASKED = "asked", _("Asked whether it stayed solved")
    CONFIRMED = "confirmed", _("Confirmed: it stayed solved")


class ComplaintEvent(models.Model):
    """What happened to a complaint, in order: also its conversation and notes. Never edited; texts go when forgotten."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Happened.choices)
    at = models.DateTimeField()
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField(blank=True, help_text="What somebody wrote.")
    values: Any = models.JSONField(
        default=dict, help_text="What else it says: clock, before, after, whom, why."
    )

    class Meta:
        indexes = [models.Index(fields=["complaint", "id"], name="complaint_event_of")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind}"
