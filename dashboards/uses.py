"""What of this floor shows a metric: said before somebody puts it away."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboards.models import Board
from kpis.models import Metric
from kpis.uses import Use

NAMED = 10  # pages of teams


def pages_of(metric: Metric) -> list[Use]:
    """Pages of teams by their names; what people call pages of their own is theirs, so that those are counted."""
    showing = Board.objects.filter(panels__metric=metric).distinct()
    of_teams = list(showing.filter(team__isnull=False).select_related("team").order_by("name", "pk"))
    found = [
        Use(
            _("“%(name)s”, a page of %(team)s, shows it") % {"name": page.name, "team": page.team.label},
            reverse("dashboards:board", args=[page.pk]),
        )
        for page in of_teams[:NAMED]
        if page.team is not None
    ]
    more, own = len(of_teams) - len(found), showing.filter(team__isnull=True).count()
    if more:
        said = ngettext("%(n)s more page of teams shows it", "%(n)s more pages of teams show it", more)
        found.append(Use(said % {"n": more}))
    if own:
        said = ngettext("%(n)s page of somebody's own shows it", "%(n)s pages of people's own show it", own)
        found.append(Use(said % {"n": own}))
    return found
