"""What a policy's steps say, in words."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.models import WAYS, PolicyStep, StepTarget, TargetKind
from common.listing import listed

HOUR, DAY = 60, 24 * 60  # minutes


def span_words(minutes: int) -> str:
    """In the largest unit that has no rest: 2 days, 30 hours, 90 minutes."""
    if minutes and minutes % DAY == 0:
        return ngettext("%(n)s day", "%(n)s days", minutes // DAY) % {"n": minutes // DAY}
    if minutes and minutes % HOUR == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def when_words(step: PolicyStep) -> str:
    if not step.delay_minutes:
        return _("At once")
    return _("After %(time)s") % {"time": span_words(step.delay_minutes)}


def target_words(target: StepTarget, rotas: Collection[int]) -> str:
    """`rotas`: the ids of those whose names the reader may know."""
    match target.kind:
        case TargetKind.PERSON if target.person is not None:
            said = str(target.person.label)
        case TargetKind.DUTY:
            said = target.duty
        case TargetKind.ROTA if target.rota is not None and target.rota_id in rotas:
            said = _("The watch of “%(rota)s”") % {"rota": target.rota.name}
        case TargetKind.CONNECTION if target.connection is not None:
            said = str(target.connection.name)
        case _:
            said = str(target.get_kind_display())
    ways = [str(label) for way, label in WAYS if way in target.ways]
    return f"{said} ({listed(ways)})" if ways else said
