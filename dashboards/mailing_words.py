"""How a page did by mail, in words: why somebody did not get it."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Problem(StrEnum):
    """As a parcel keeps it."""

    NOTHING = "nothing"
    PAGE = "page"
    AWAY = "away"
    FACTOR = "factor"
    ADDRESS = "address"
    NOT_WANTED = "not-wanted"
    LATE = "late"
    BROKEN = "broken"


WORDS: dict[str, str | Promise] = {
    Problem.NOTHING: _("May see nothing of this page, so nothing was sent."),
    Problem.PAGE: _("The page is gone."),
    Problem.AWAY: _("Is not active any more."),
    Problem.FACTOR: _("Has yet to set up a second factor before figures are sent."),
    Problem.ADDRESS: _("Has no email address, or has not confirmed it."),
    Problem.NOT_WANTED: _("Wants it no more."),
    Problem.LATE: _("Left out: it could not be sent within a day."),
    Problem.BROKEN: _("The page could not be read, in five tries."),
}
