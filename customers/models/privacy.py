"""For how long personal data is kept."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class FieldClass(models.TextChoices):
    CONTACT = "contact", _("Contacts of customers")
    COMMENT = "comment", _("Comments of survey answers")
    CONVERSATION = "conversation", _("Complaints and their conversations")
    INTERVIEW = "interview", _("Notes and quotes of interviews")


class Retention(models.Model):
    """A row a class of fields, made by a migration. `days` after it was last needed it is erased; empty: never."""

    field_class = models.CharField(max_length=12, primary_key=True, choices=FieldClass.choices)
    days = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(days__gte=30), name="retention_a_month_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.field_class}: {self.days}"


class RetentionSettings(models.Model):
    """The one row: which version of the rows above holds, and on which day they were last carried out."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.PositiveIntegerField(default=1)
    swept_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="retention_settings_one_row"),
        ]

    def __str__(self) -> str:
        return f"version {self.version}"
