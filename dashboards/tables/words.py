"""What files of a page say besides, in the reader's language."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from common import formats
from dashboards.tables import files, page
from dashboards.tables.values import DAYS, POINTS
from dashboards.templatetags.numbers import language, moment
from organization.models import Person


def page_words() -> page.Words:
    return page.Words(
        key_figures=_("Key figures"),
        name=_("Name"),
        value=_("Value"),
        light=_("Light"),
        of_plan=_("Of plan"),
        more=_("Details"),
    )


def file_words(*, seen: page.SeenPage, person: Person, at: datetime, address: str) -> files.Words:
    """`address`: with the site's name, so that whoever gets the file finds the page."""
    about = [
        (_("Page"), seen.title),
        (_("It says"), seen.lead),
        (_("As seen by"), person.label),
        (_("As of"), moment(at)),
        (_("Address"), address),
    ]
    chinese = formats.is_chinese(language())
    return files.Words(
        about=tuple((name, text) for name, text in about if text),
        unit=_("unit"),
        note=_("note"),
        units={POINTS: "个百分点", DAYS: "天"} if chinese else {POINTS: "pp", DAYS: "days"},
    )
