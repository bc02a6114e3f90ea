"""Who supports whom: links within a quarter, that never come back to where they began."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from kpis import okr
from kpis.models.okr import KeyResult, Objective
from kpis.services.okr.errors import ObjectiveRefused
from organization.gate import visible_scopes
from organization.models import Person

_LOCK = 7409  # names our advisory lock
FIELD = "supports"


def hold_links() -> None:
    """Nobody else links anything to the end of the transaction: two links may be a ring that neither is alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])


def check_link(
    *,
    objective: Objective,
    to_objective: Objective | None,
    to_key_result: KeyResult | None,
    person: Person | None,
) -> None:
    """Raises ObjectiveRefused where the link cannot be. Needs `hold_links`; an objective that is being made has no pk.

    The sentence about a ring names those of its objectives that she may see.
    """
    if to_objective is not None and to_key_result is not None:
        raise ObjectiveRefused(_("It supports an objective or a key result, not both."), FIELD)
    above = to_key_result.objective if to_key_result is not None else to_objective
    if above is None:
        return
    if to_key_result is not None and to_key_result.removed_at is not None:
        raise ObjectiveRefused(_("This key result was removed meanwhile. Choose another."), FIELD)
    if above.start != objective.start:
        raise ObjectiveRefused(_("It can only support what is set for the same quarter."), FIELD)
    if objective.pk is None:
        return
    if above.pk == objective.pk:
        raise ObjectiveRefused(_("An objective cannot support itself."), FIELD)
    way = okr.ring(objective.pk, above.pk, links_of(objective))
    if way:
        raise ObjectiveRefused(_said(objective, way, person), FIELD)


def links_of(objective: Objective) -> dict[int, int | None]:
    """What each objective of its quarter supports, by ids. One query."""
    rows = Objective.objects.filter(start=objective.start).values_list(
        "pk", "supports_objective_id", "supports_key_result__objective_id"
    )
    return {pk: directly or by_result for pk, directly, by_result in rows}


def _said(objective: Objective, way: Sequence[int], person: Person | None) -> str:
    """`way` leads from what is to be supported up to the objective itself."""
    hers = Objective.objects.filter(pk__in=way)
    if person is not None:
        hers = hers.filter(scope__in=visible_scopes(person))
    titles = dict(hers.values_list("pk", "title"))
    hidden = _("an objective that you may not see")
    names = [_("“%(title)s”") % {"title": titles[pk]} if pk in titles else hidden for pk in way]
    begin = _("“%(title)s”") % {"title": objective.title}
    return _("That would be a ring: %(ring)s. Choose something above it instead.") % {
        "ring": " → ".join([begin, *names])
    }
