"""The foot of each printed page. Chromium reads it apart from the page, without its styles, so it brings its own."""

from __future__ import annotations

from datetime import datetime

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dashboards.templatetags.numbers import moment
from organization.models import Person

LINE = (
    "display:flex;justify-content:space-between;gap:8mm;width:100%;padding:0 10mm;"
    "font:7.5pt Inter,'Noto Sans SC','Noto Sans CJK SC',sans-serif;color:#56616e"
)
PLACES = {"page": '<span class="pageNumber"></span>', "pages": '<span class="totalPages"></span>'}


def paper_foot(*, person: Person, at: datetime, title: str) -> SafeString:
    """Whose view it is and as of when, and which page of how many; `title` where it is a part of a page."""
    said = _("As %(person)s saw it on %(at)s") % {"person": person.label, "at": moment(at)}
    words = " · ".join(part for part in ("Plumbline", title, said) if part)
    numbers = mark_safe(escape(_("Page %(page)s of %(pages)s")) % PLACES)  # noqa: S308 - the places are ours
    return format_html('<div style="{}"><span>{}</span><span>{}</span></div>', LINE, words, numbers)
