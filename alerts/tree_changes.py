"""When nodes are merged or moved: which areas the rules cover."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from alerts.models import Rule, Spread
from alerts.services.evaluation import judge_new_areas
from alerts.services.rules import cover
from organization.hooks import Restated


class Coverage:
    """A rule on what was merged rests, its open alerts end as those of a changed rule do, and it goes on when the
    merge is undone. Rules for "each area directly below" follow the tree.
    """

    def before(self, change: Restated) -> None:
        """Nothing: what a rule covers is found in the tree as it will be."""

    def after(self, change: Restated) -> None:
        now, today = timezone.now(), timezone.localdate()
        found = _resting(change) | _spreading(change)
        for pk in found.order_by("pk").values_list("pk", flat=True):
            rule = Rule.objects.select_for_update(of=("self",)).select_related("metric", "scope").get(pk=pk)
            cover(rule=rule, now=now)
            judge_new_areas(rule=rule, now=now, today=today)

    def notes(self, change: Restated) -> list[str]:
        rules = _resting(change).count() if change.asleep else 0
        if not rules:
            return []
        words = ngettext(
            "%(n)s alert rule on just this area rests, and its open alerts end. Rules on the other area hold.",
            "%(n)s alert rules on just this area rest, and their open alerts end. Rules on the other area hold.",
            rules,
        )
        return [words % {"n": rules}]


def _resting(change: Restated) -> QuerySet[Rule]:
    return Rule.objects.filter(enabled=True, **{f"scope__{change.dimension}__in": list(change.asleep)})


def _spreading(change: Restated) -> QuerySet[Rule]:
    parent = Q(**{f"scope__{change.dimension}__in": [pk for pk in change.parents if pk is not None]})
    if None in change.parents:
        parent |= Q(**{f"scope__{change.dimension}__isnull": True})
    return Rule.objects.filter(parent, enabled=True, spread=Spread.CHILDREN, along=change.dimension)
