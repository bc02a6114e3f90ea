"""The learnt shape of a year: how a target falls on the days."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kpis.models.metrics import Metric
from organization.models import Scope


class PaceBasis(models.TextChoices):
    OWN = "own", _("from its own history")
    PARENT = "parent", _("from the history of a larger area")
    EQUAL = "equal", _("by equal days")


class PaceYear(models.Model):
    """How an additive metric's year falls on its days, on a scope with targets. Learnt once and kept (`kpis.pacing`),
    so that what is expected does not change under anybody's feet: see `kpis.services.pacing`.

    `months` and `lent_months`: so many months of history it rests on, its own and the lender's; `borrowed`: the
    calendar months that its own history has not seen.
    """

    pk = models.CompositePrimaryKey("scope", "metric", "start")
    scope = models.ForeignKey(Scope, on_delete=models.CASCADE, db_index=False, related_name="+")
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, db_index=False, related_name="+")
    start = models.DateField(help_text="The first day of the fiscal year.")
    cumulative = ArrayField(
        models.IntegerField(),
        help_text="Parts of the year up to the end of each day, the last being all of it. Small enough to stay in the row.",
    )
    basis = models.CharField(max_length=6, choices=PaceBasis.choices)
    lender = models.ForeignKey(Scope, on_delete=models.SET_NULL, null=True, db_index=False, related_name="+")
    years = ArrayField(models.SmallIntegerField(), help_text="The fiscal years that it was learnt from.")
    borrowed = ArrayField(models.SmallIntegerField())
    months = models.SmallIntegerField()
    lent_months = models.SmallIntegerField()
    through = models.DateField(null=True, help_text="The last day of the history that it was learnt from.")
    learnt_on = models.DateField()
    looked_on = models.DateField(help_text="When somebody last looked whether there is more to learn from.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(basis__in=["own", "parent", "equal"]), name="pace_basis_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric_id} {self.scope_id} {self.start}: {self.basis}"
