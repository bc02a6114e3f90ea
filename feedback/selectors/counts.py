"""Answers counted one by one, as they stand this moment; pages read `ScoreMonth` instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Count, Q

from feedback.models import Answer
from feedback.models.answers import NODES
from feedback.scores import DETRACTOR, PROMOTER, Counts
from organization.models import Node, NodeAncestor


def counted(*, nodes: Mapping[str, Node], first: date, last: date, segment: str | None = None) -> Counts:
    """Of an area, given by its nodes, and all below it; of all customer types where none is named. One query."""
    columns = {name.removesuffix("_id"): name for name in NODES}
    if not nodes.keys() <= columns.keys():  # of a team, say: answers know of none
        return Counts()
    rows = Answer.objects.filter(day__range=(first, last), nps__isnull=False)
    for dimension, node in nodes.items():
        below = NodeAncestor.objects.filter(ancestor=node).values("node_id")
        rows = rows.filter(**{f"{columns[dimension]}__in": below})
    if segment is not None:
        rows = rows.filter(segment=segment)
    found = rows.aggregate(
        promoters=Count("pk", filter=Q(nps__gte=PROMOTER)),
        passives=Count("pk", filter=Q(nps__gt=DETRACTOR, nps__lt=PROMOTER)),
        detractors=Count("pk", filter=Q(nps__lte=DETRACTOR)),
    )
    return Counts(**found)
