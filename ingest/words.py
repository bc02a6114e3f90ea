"""Words of this floor for people: sources, layouts, letters, phases, and what became of a file."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from common import formats
from ingest.layouts import PRESETS
from ingest.models import Import, State
from kpis.models import Source

# By the code of the preset, which is also its source's.
LAYOUTS: dict[str, str | Promise] = {
    "table": gettext_lazy("A line a day: date, channel, region, product and amounts"),
    "ad-report": gettext_lazy("Ad report: a line an ad and day"),
    "media-weekly": gettext_lazy("Weekly media by region: a group of columns a channel"),
}
_SOURCES: dict[str, str | Promise] = {
    "files": gettext_lazy("Files"),
    "ad-report": gettext_lazy("Ad report"),
    "media-weekly": gettext_lazy("Weekly media by region"),
    "entered": gettext_lazy("Entered by hand"),
    # Those that floors above make for what they work out.
    "attribution": gettext_lazy("Attribution"),
    "response-curves": gettext_lazy("Response curves"),
    "budgets": gettext_lazy("Budgets"),
}
# What a column can be, beside the measures.
ROLES: dict[str, str | Promise] = {
    "day": gettext_lazy("Day"),
    "channel": gettext_lazy("Channel"),
    "campaign": gettext_lazy("Campaign"),
    "content": gettext_lazy("Content piece"),
    "region": gettext_lazy("Region"),
    "province": gettext_lazy("Province"),
    "city": gettext_lazy("City"),
    "store": gettext_lazy("Store"),
    "product": gettext_lazy("Product line"),
    "key": gettext_lazy("Key: tells lines of one day and place apart"),
    "currency": gettext_lazy("Currency"),
}
_LETTERS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GB18030",
    "xlsx": "Excel (XLSX)",
}


def layout_label(code: str) -> str:
    """Of a layout that ships. Raises KeyError on another code."""
    return str(LAYOUTS[code] if code in LAYOUTS else PRESETS[code].label)


def source_name(source: Source | None) -> str:
    """A source in the reader's language; sources that users named keep their name."""
    if source is None:
        return formats.NO_VALUE
    if source.code in _SOURCES:
        return str(_SOURCES[source.code])
    registered = {preset.source_code: preset.source for preset in PRESETS.values() if preset.source_code}
    return str(registered.get(source.code, source.name))


def letters(encoding: str) -> str:
    return _LETTERS.get(encoding, encoding.upper()) or formats.NO_VALUE


def phase(batch: Import) -> str:
    """What is being done now, for an import in work."""
    if batch.state == State.QUEUED:
        return _("Waiting for its turn")
    if batch.state == State.UNDOING:
        return _("Taking back")
    words = {"checking": _("Checking"), "writing": _("Writing")}
    return words.get(batch.phase, _("Reading"))


def outcome(batch: Import) -> str:
    """What became of the file, in one sentence; empty while it is in work or where it failed."""
    if batch.state == State.UNDONE:
        return _("This import was taken back: what it wrote is gone, what it had replaced is back.")
    if batch.state != State.DONE:
        return ""
    if batch.accepted == 0:
        return ngettext(
            "No line went in: %(n)s was rejected.",
            "No line went in: all %(n)s were rejected.",
            batch.rejected,
        ) % {"n": formats.number(batch.rejected)}
    if batch.unchanged == batch.accepted and batch.gone:
        said = ngettext(
            "%(n)s line says what was known already",
            "%(n)s lines say what was known already",
            batch.accepted,
        ) % {"n": formats.number(batch.accepted)}
    elif batch.unchanged == batch.accepted:
        said = ngettext(
            "Nothing changed: the one line says what was known already",
            "Nothing changed: %(n)s lines say what was known already",
            batch.accepted,
        ) % {"n": formats.number(batch.accepted)}
    else:
        said = ngettext("%(n)s line went in: %(parts)s", "%(n)s lines went in: %(parts)s", batch.accepted) % {
            "n": formats.number(batch.accepted),
            "parts": _parts(batch),
        }
    if batch.gone:
        said += ngettext(
            "; %(n)s figure of these days, no longer named, is gone",
            "; %(n)s figures of these days, no longer named, are gone",
            batch.gone,
        ) % {"n": formats.number(batch.gone)}
    if batch.rejected:
        said += ngettext("; %(n)s was rejected", "; %(n)s were rejected", batch.rejected) % {
            "n": formats.number(batch.rejected)
        }
    return said + _(".")


def _chinese() -> bool:
    return formats.is_chinese(get_language() or "en")


def _parts(batch: Import) -> str:
    new = batch.accepted - batch.unchanged - batch.corrected
    parts = [
        words % {"n": formats.number(n)}
        for words, n in (
            (_("%(n)s new"), new),
            (_("%(n)s unchanged"), batch.unchanged),
            (_("%(n)s corrected"), batch.corrected),
        )
        if n
    ]
    return ("，" if _chinese() else ", ").join(parts)


def would_do(*, accepted: int, rejected: int, added_up: int) -> str:
    """What would become of the lines that were looked at."""
    said = ngettext("%(n)s line would go in", "%(n)s lines would go in", accepted) % {
        "n": formats.number(accepted)
    }
    if added_up:
        said += ngettext(
            "; %(n)s is added to a line before it", "; %(n)s are added to lines before them", added_up
        ) % {"n": formats.number(added_up)}
    if rejected:
        said += ngettext("; %(n)s would be rejected", "; %(n)s would be rejected", rejected) % {
            "n": formats.number(rejected)
        }
    return said + _(".")


def what_undo_does(batch: Import) -> str:
    new = batch.accepted - batch.unchanged - batch.corrected
    said = []
    if new:
        said.append(ngettext("%(n)s new line goes.", "%(n)s new lines go.", new) % {"n": formats.number(new)})
    if batch.corrected:
        said.append(
            ngettext(
                "%(n)s corrected line says again what it said before.",
                "%(n)s corrected lines say again what they said before.",
                batch.corrected,
            )
            % {"n": formats.number(batch.corrected)}
        )
    if batch.gone:
        said.append(
            ngettext(
                "%(n)s figure that it took away comes back.",
                "%(n)s figures that it took away come back.",
                batch.gone,
            )
            % {"n": formats.number(batch.gone)}
        )
    said.append(
        _(
            "What other imports brought stays. The figures follow by themselves, and the file can be sent again."
        )
    )
    return ("" if _chinese() else " ").join(said)


def undo_words(batch: Import) -> str:
    """On the button: lines that changed something."""
    changed = batch.accepted - batch.unchanged
    if not changed:
        return _("Take this import back")
    return ngettext("Take back %(n)s line", "Take back %(n)s lines", changed) % {"n": formats.number(changed)}
