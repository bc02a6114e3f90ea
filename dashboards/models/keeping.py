"""Addresses that people come back to. An address is a path and a query of this site (`dashboards.shareable`)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from organization.models import Person

ADDRESS = 2000  # characters


class SavedView(models.Model):
    """A page as it was turned, under a name. `shared`: everybody finds it; each sees of it what she may see."""

    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=ADDRESS)
    shared = models.BooleanField(default=False)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_once")]


class StartPage(models.Model):
    """What somebody sees first after logging in. Without a row: the overview."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="start_page")
    address = models.CharField(max_length=ADDRESS)
