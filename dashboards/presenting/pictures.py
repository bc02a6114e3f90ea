"""What is said about pictures and files of pages."""

from __future__ import annotations

import re
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboards.models import Picture
from dashboards.pieces import Progress

LONGEST = 100  # characters of a file's name, without its end
FAILED: dict[str, str | Promise] = {
    "missing": gettext_lazy(
        "Pictures are not available here: the program that draws them (Chromium) is not installed. Your administrator can"
        " change that; the figures can be had as XLSX and CSV."
    ),
    "slow": gettext_lazy(
        "The page could not be drawn in time, three times over. Turn it to less (a shorter period, one area), or try again later."
    ),
    "broken": gettext_lazy(
        "The drawing broke off three times. Try again later; if it goes on, tell your administrator."
    ),
    "panel": gettext_lazy("That part of the page is not there. Choose the whole page, or another part."),
    "gone": gettext_lazy("The page is not there any more, or it is not yours to see."),
    "left": gettext_lazy("This account is closed."),
    "factor": gettext_lazy("Your role asks for a second step at login. Set it up, then try again."),
}


def why_failed(picture: Picture) -> str:
    return str(FAILED.get(picture.reason, FAILED["broken"]))


def progress_of(picture: Picture, url: str) -> Progress:
    words = _("Drawing the page for printing") if picture.form == "pdf" else _("Drawing the picture")
    if picture.state == "failed":
        return Progress(words, "failed", error=why_failed(picture))
    # How much of it is done, nobody knows; it takes some seconds.
    return Progress(words, "waiting" if picture.tries == 0 else "running", url=url)


def file_name(title: str, day: date, end: str) -> str:
    """`East China 2026-11-22.png`: with every letter and sign that file systems take."""
    plain = " ".join(
        re.sub(r'[\\/:*?"<>|\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]', " ", title).split()
    ).strip(". ")
    return f"{plain[:LONGEST].strip() or 'Plumbline'} {day.isoformat()}.{end}"
