"""Pictures and printed pages that somebody asked for: drawn by a worker, fetched by the one who asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from dashboards.models.keeping import ADDRESS
from organization.models import Person


class Picture(models.Model):
    """A page as PNG or PDF. A row is work until it is `done` or `failed`; the file goes a day later.

    `panel` "" is the whole page, else the id of the one element of it that is wanted.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=ADDRESS)
    panel = models.CharField(max_length=80, blank=True)
    form = models.CharField(max_length=3, choices=[("png", "PNG"), ("pdf", "PDF")])
    language = models.CharField(max_length=10)
    theme = models.CharField(max_length=5, default="light")
    width = models.PositiveSmallIntegerField(default=1440)  # px
    state = models.CharField(
        max_length=7,
        default="waiting",
        choices=[("waiting", "waiting"), ("done", "done"), ("failed", "failed")],
    )
    reason = models.CharField(max_length=10, blank=True)  # why it failed, a code; worded where it is shown
    title = models.CharField(max_length=200, blank=True)  # of the page that was drawn
    content = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(db_default=Now())
    made_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(form__in=["png", "pdf"]), name="picture_form"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(content__isnull=False), name="picture_done_has_content"
            ),
        ]
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(state="waiting"), name="picture_waiting"),
            models.Index(fields=["asked_at"], name="picture_asked"),
        ]
