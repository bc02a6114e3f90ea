"""Files that came in, and the rows of them that could not."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from kpis.models import Source


class State(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Working")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not imported")
    UNDOING = "undoing", _("Undoing")
    UNDONE = "undone", _("Undone")
    ASKS = "asks", _("Asks for columns")


class Import(models.Model):
    """One file on its way in. The row is the work: whoever holds its lease does it, anyone may when the lease ends."""

    file_name = models.CharField(max_length=255)
    stored_as = models.CharField(max_length=255, help_text="Path below the uploads folder; the file is kept.")
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    preset = models.CharField(max_length=50, blank=True, help_text="Empty: recognised from the headings.")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="imports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    phase = models.CharField(max_length=20, blank=True)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    error = models.TextField(blank=True)
    headings = ArrayField(models.TextField(), default=list)
    encoding = models.CharField(max_length=20, blank=True)
    slots = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Measures that the file reports."
    )
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    corrected = models.BigIntegerField(default=0)
    gone = models.BigIntegerField(
        default=0, help_text="Facts of the days covered that the file no longer names."
    )
    stamp = models.CharField(
        max_length=100,
        blank=True,
        help_text="The saved layout's version and the rates that it was read with.",
    )
    seconds = models.DecimalField(max_digits=10, decimal_places=3, null=True)
    revision = models.BigIntegerField(
        null=True, help_text="The source's revision that this import made: its turn."
    )
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["id"],
                name="import_queue",
                condition=models.Q(state__in=["queued", "running", "undoing"]),
            ),
            models.Index(fields=["source", "revision"], name="import_by_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.file_name}"

    @property
    def in_work(self) -> bool:
        return self.state in {State.QUEUED, State.RUNNING, State.UNDOING}


class Repeats(models.TextChoices):
    REJECT = "reject", _("Reject them where they differ")
    SUM = "sum", _("Add them up")


class Covered(models.TextChoices):
    UPSERT = "upsert", _("Keep what this file does not name")
    REPLACE = "replace", _("Replace the days covered")


class SavedLayout(models.Model):
    """What the columns of a sort of file mean, as somebody said once. Known by its headings from then on."""

    code = models.SlugField(max_length=50, unique=True, allow_unicode=True)
    name = models.CharField(max_length=100)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="layouts")
    columns = models.JSONField(help_text="List of {heading, role, factor}, in the order of the file.")
    fixed = models.JSONField(default=dict, help_text="Name by dimension, where the whole file is about it.")
    repeats = models.CharField(max_length=10, choices=Repeats.choices, default=Repeats.REJECT)
    covered = models.CharField(max_length=10, choices=Covered.choices, default=Covered.UPSERT)
    days = models.PositiveSmallIntegerField(default=1, help_text="1, or 7: a week is spread over its days.")
    currency = models.CharField(max_length=3, blank=True, help_text="Empty: the company's, or a column says.")
    strict = models.BooleanField(default=False, help_text="Unknown names are rejected, not made.")
    automatic = models.BooleanField(default=True, help_text="Files with these headings go in by themselves.")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    put_away_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], name="layout_name_unique", condition=models.Q(put_away_at__isnull=True)
            ),
            models.CheckConstraint(condition=models.Q(days__in=[1, 7]), name="layout_day_or_week"),
        ]

    def __str__(self) -> str:
        return self.name


class Reject(models.Model):
    """A line that could not go in: what it said, and why, in plain words."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rejects")
    line = models.BigIntegerField()
    cells = ArrayField(models.TextField())
    reasons = models.JSONField(help_text="List of {code, ...}: worded for the reader when shown.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "line"], name="reject_once_a_line")]
        ordering = ["line"]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.line}"


class SentOnce(models.Model):
    """A program's Idempotency-Key: the same request again is answered from its import. Made in its transaction."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the body.")
    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="sent_once_a_key")]

    def __str__(self) -> str:
        return f"{self.key} → {self.batch_id}"


class Shape(models.TextChoices):
    TABLE = "table", _("CSV or XLSX")
    JSON = "json", _("JSON")


class Paging(models.TextChoices):
    NONE = "none", _("All in one answer")
    PAGE = "page", _("A page number")
    OFFSET = "offset", _("An offset")
    CURSOR = "cursor", _("A cursor in the answer")
    NEXT = "next", _("The next page's address in the answer")
    LINK = "link", _("A Link header")


class SinceKind(models.TextChoices):
    NONE = "none", _("Everything each time")
    DAY = "day", _("Since the last day with data")
    FIELD = "field", _("Since the highest value of a field")


class DayFormat(models.TextChoices):
    ISO = "iso", "2025-08-31"
    COMPACT = "compact", "20250831"
    SECONDS = "seconds", _("Seconds since 1970")
    MILLISECONDS = "milliseconds", _("Milliseconds since 1970")


LEAST_MINUTES = 15
MOST_PAGES = 1000


class Pull(models.Model):
    """An address that is asked at set times. What it answers becomes an ordinary import of `source`."""

    name = models.CharField(max_length=100, unique=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="pulls")
    preset = models.CharField(max_length=50, blank=True, help_text="Empty: recognised from the headings.")
    url = models.TextField()
    headers = models.JSONField(default=list, help_text="List of [name, sealed value].")
    query = models.JSONField(default=list, help_text="List of [name, value].")
    secret_query = models.JSONField(default=list, help_text="List of [name, sealed value].")
    shape = models.CharField(max_length=10, choices=Shape.choices, default=Shape.TABLE)
    records_path = models.CharField(max_length=200, blank=True, help_text="data.items; empty: found.")
    paging = models.CharField(max_length=10, choices=Paging.choices, default=Paging.NONE)
    page_parameter = models.CharField(max_length=60, blank=True)
    page_start = models.PositiveIntegerField(default=1)
    size_parameter = models.CharField(max_length=60, blank=True)
    page_size = models.PositiveIntegerField(default=100)
    cursor_path = models.CharField(max_length=200, blank=True)
    most_pages = models.PositiveIntegerField(default=100)
    since_kind = models.CharField(max_length=10, choices=SinceKind.choices, default=SinceKind.NONE)
    since_parameter = models.CharField(max_length=60, blank=True)
    until_parameter = models.CharField(
        max_length=60, blank=True, help_text="Filled with today, where they ask."
    )
    since_field = models.CharField(max_length=200, blank=True)
    since_first = models.CharField(
        max_length=100, blank=True, help_text="What is sent before there is a marker."
    )
    day_format = models.CharField(max_length=12, choices=DayFormat.choices, default=DayFormat.ISO)
    overlap_days = models.PositiveSmallIntegerField(default=3)
    every_minutes = models.PositiveIntegerField(default=60)
    paused_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(db_default=Now(), help_text="The slot that is due next.")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(every_minutes__gte=LEAST_MINUTES, every_minutes__lte=31 * 24 * 60),
                name="pull_not_too_often",
            ),
            models.CheckConstraint(
                condition=models.Q(most_pages__gte=1, most_pages__lte=MOST_PAGES), name="pull_pages_bounded"
            ),
            models.CheckConstraint(condition=models.Q(page_size__gte=1), name="pull_page_has_size"),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="pull_due", condition=models.Q(paused_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name


class PullState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    FETCHING = "fetching", _("Fetching")
    WAITING = "waiting", _("Trying again soon")
    DONE = "done", _("Fetched")
    FAILED = "failed", _("Failed")


class PullKind(models.TextChoices):
    SCHEDULED = "scheduled", _("On schedule")
    MANUAL = "manual", _("By hand")
    NIGHTLY = "nightly", _("Nightly check")


class PullRun(models.Model):
    """One time that a pull was due: made once a slot however many beats there are, then claimed like an import.

    The marker of a pull is not kept: it follows from its runs whose imports are done.
    """

    OPEN = (PullState.QUEUED, PullState.FETCHING, PullState.WAITING)

    pull = models.ForeignKey(Pull, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=10, choices=PullKind.choices, default=PullKind.SCHEDULED)
    slot = models.DateTimeField()
    state = models.CharField(max_length=10, choices=PullState.choices, default=PullState.QUEUED)
    not_before = models.DateTimeField(db_default=Now())
    give_up_at = models.DateTimeField(help_text="No further try after this.")
    tries = models.PositiveSmallIntegerField(default=0)
    since = models.CharField(max_length=200, blank=True, help_text="The marker that was sent.")
    marker = models.CharField(max_length=200, blank=True, help_text="The highest value of its field.")
    pages = models.PositiveIntegerField(default=0)
    records = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    batch = models.OneToOneField(Import, on_delete=models.SET_NULL, null=True, related_name="pull_run")
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["pull", "slot"], name="pull_run_once_a_slot"),
            models.UniqueConstraint(
                fields=["pull"],
                condition=models.Q(state__in=["queued", "fetching", "waiting"]),
                name="pull_run_one_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="pull_run_queue",
                condition=models.Q(state__in=["queued", "fetching", "waiting"]),
            ),
            models.Index(fields=["pull", "-id"], name="pull_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.pull_id} {self.slot}"
