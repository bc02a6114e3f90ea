"""Closed months are locked: what a person may no longer change, and in which words she is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from common.periods import Period
from kpis.services.targets import TargetEntry, TargetRefused, current_versions
from organization.selectors import closed_through, closing_day


class MonthsClosed(TargetRefused):
    """Periods that are closed; nothing was written. `words` by the place of the target in the list."""

    def __init__(self, words: Mapping[int, str]) -> None:
        super().__init__(next(iter(words.values())))
        self.words = words


def check_open(entries: Sequence[TargetEntry], *, today: date | None = None) -> None:
    """For what a person sets: raises MonthsClosed where a target of a closed period would be another than it is.

    Commands and imports of history are not asked: plans that are entered late can be looked back on. What stays as it
    is may be sent along. Two queries, three where any period is closed and four where one would change.
    """
    closed = closed_through(today or timezone.localdate())
    late = [(place, entry) for place, entry in enumerate(entries) if entry.period.end <= closed]
    if not late:
        return
    held = current_versions([entry for _place, entry in late])
    changed = [
        (place, entry)
        for place, entry in late
        if (held[entry.key].value if entry.key in held else None) != entry.value
    ]
    if changed:
        words = {period: closed_in_words(period) for period in {entry.period for _place, entry in changed}}
        raise MonthsClosed({place: words[entry.period] for place, entry in changed})


def closed_in_words(period: Period) -> str:
    """ "October 2026 closed on 6 November 2026, …" """
    language = get_language() or "en"
    words = {
        "period": formats.period(str(period), language),
        "day": formats.day(closing_day(period.end), language),
    }
    return (
        _(
            "%(period)s closed on %(day)s, so its target stays as it is. Change the months to come, or explain the"
            " month under Calibrations."
        )
        % words
    )
