"""What a content piece is: its format and platform, when it came out, and what it was tagged with."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from organization.models import Node

LONGEST_TAG = 40
MOST_TAGS = 10  # of one kind on a piece
LONGEST_PLATFORM = 40


class Format(models.TextChoices):
    VIDEO = "video", _("Video")
    LIVE = "live", _("Live stream")
    IMAGE = "image", _("Pictures")
    ARTICLE = "article", _("Article")
    AUDIO = "audio", _("Audio")
    OTHER = "other", _("Other format")


def _tags() -> ArrayField[list[str], list[str]]:
    return ArrayField(models.CharField(max_length=LONGEST_TAG), default=list, blank=True, size=MOST_TAGS)


class Piece(models.Model):
    """What somebody said of a content piece (a node below a campaign). A piece without a row is not tagged yet.

    Tags are kept as they were first written; those that differ by case or width alone are one.
    """

    node = models.OneToOneField(Node, on_delete=models.PROTECT, primary_key=True, related_name="piece")
    format = models.CharField(max_length=10, choices=Format.choices, blank=True)
    platform = models.CharField(
        max_length=LONGEST_PLATFORM, blank=True, help_text="Where it was shown; empty: on its channel."
    )
    published_on = models.DateField(null=True, blank=True)
    scenes = _tags()
    audiences = _tags()
    products = _tags()
    revision = models.PositiveIntegerField(
        default=1, help_text="Counts edits, so that two people do not mix."
    )

    def __str__(self) -> str:
        return f"piece {self.node_id}"
