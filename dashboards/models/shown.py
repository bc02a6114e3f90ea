"""Pages shown where nobody logs in: on a wall, or inside a page of WeCom or DingTalk. Each is read with the rights of
whoever opened it, as they are at that moment; whoever leaves takes it along.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from dashboards.models.keeping import ADDRESS
from organization.models import Person


class Screen(models.Model):
    """A screen on a wall: it asks for a one-time code, somebody types the code and says what it shows.

    Neither the code nor the screen's own secret is kept, only their SHA-256. `person` NULL: not paired yet.
    """

    name = models.CharField(max_length=80, blank=True)
    code_hash = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - NULL once it was used
    code_until = models.DateTimeField(null=True)
    secret_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="screens")
    language = models.CharField(max_length=10, default="en")
    theme = models.CharField(max_length=5, default="dark")
    seconds = models.PositiveSmallIntegerField(default=30)  # each page is shown
    asked_at = models.DateTimeField(db_default=Now())
    paired_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]


class ScreenPage(models.Model):
    screen = models.ForeignKey(Screen, on_delete=models.CASCADE, related_name="pages")
    position = models.PositiveSmallIntegerField()
    address = models.CharField(max_length=ADDRESS)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["screen", "position"], name="screen_page_once")]


class Embed(models.Model):
    """One page for a frame elsewhere, until a day. Its link is signed, bound to this address and kept nowhere."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="embeds")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=ADDRESS)
    panel = models.CharField(max_length=80, blank=True)  # "" is the whole page
    origins = ArrayField(models.CharField(max_length=200))  # of the pages that may frame it: https://host
    language = models.CharField(max_length=10, default="en")
    key = models.UUIDField(unique=True)  # what the link signs: a new one makes old links stale
    made_at = models.DateTimeField(db_default=Now())
    until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)  # last, to the hour

    class Meta:
        ordering = ["name", "pk"]
