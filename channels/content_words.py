"""What the content page says in sentences. Texts alone: figures come from `channels.kinds`."""

from __future__ import annotations

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from channels.kinds import Kinds
from channels.shrinkage import ENOUGH_PIECES
from common import formats

STEP_NAMES: dict[str, str | Promise] = {
    "interaction": gettext_lazy("Interactions per impression"),
    "conversion": gettext_lazy("Orders per interaction"),
    "repurchase": gettext_lazy("Repeat orders per order"),
}
BY_NAMES: dict[str, str | Promise] = {
    "scenes": gettext_lazy("Scene"),
    "audiences": gettext_lazy("Audience"),
    "products": gettext_lazy("Product"),
    "format": gettext_lazy("Format"),
}


class _Percent:
    unit = "percent"


def rate(value: float | Decimal | None) -> str:
    """A fraction as a percentage of three digits."""
    return formats.tile(None if value is None else Decimal(str(value)), _Percent(), get_language() or "en")


def headline(found: Kinds, step: str, *, pieces: int) -> str:
    """The page's one line."""
    if not pieces:
        return str(_("No content piece of this area has figures in these days."))
    if found.best is not None:
        (tag, platform), likely = found.best
        facts = {
            "kind": f"{tag} × {platform}" if platform else tag,
            "rate": rate(likely.rate),
            "low": rate(likely.low),
            "n": likely.pieces,
        }
        return _best(step, likely.pieces) % facts
    if not found.rows:
        return str(_("No piece can be judged by this: tag more of them, or look at another step."))
    if not found.enough:
        return str(
            _("No two kinds have %(n)s pieces yet, so none can be called better.") % {"n": ENOUGH_PIECES}
        )
    return str(_("No kind stands out: they differ no more than chance would have it."))


def _best(step: str, pieces: int) -> str:
    if step == "interaction":
        return ngettext(
            "%(kind)s gets the most interactions: likely %(rate)s of impressions, at least %(low)s, by %(n)s piece.",
            "%(kind)s gets the most interactions: likely %(rate)s of impressions, at least %(low)s, by %(n)s pieces.",
            pieces,
        )
    if step == "conversion":
        return ngettext(
            "%(kind)s sells best: likely %(rate)s of interactions become orders, at least %(low)s, by %(n)s piece.",
            "%(kind)s sells best: likely %(rate)s of interactions become orders, at least %(low)s, by %(n)s pieces.",
            pieces,
        )
    return ngettext(
        "%(kind)s brings customers back: likely %(rate)s of orders are repeat orders, at least %(low)s, by %(n)s piece.",
        "%(kind)s brings customers back: likely %(rate)s of orders are repeat orders, at least %(low)s, by %(n)s pieces.",
        pieces,
    )


def left_out(found: Kinds) -> list[str]:
    """What was not judged, and why."""
    notes = []
    if found.untagged:
        notes.append(
            ngettext(
                "%(n)s piece has no tag of this kind.",
                "%(n)s pieces have no tag of this kind.",
                found.untagged,
            )
            % {"n": formats.number(found.untagged)}
        )
    if found.unreported:
        notes.append(
            ngettext(
                "Of %(n)s piece this step is not reported; it is left out and not counted as zero.",
                "Of %(n)s pieces this step is not reported; they are left out and not counted as zero.",
                found.unreported,
            )
            % {"n": formats.number(found.unreported)}
        )
    if found.impossible:
        notes.append(
            ngettext(
                "%(n)s piece reports more going on than came, which cannot be; it is left out. Look at its file.",
                "%(n)s pieces report more going on than came, which cannot be; they are left out. Look at their files.",
                found.impossible,
            )
            % {"n": formats.number(found.impossible)}
        )
    hidden = found.hidden_rows + found.hidden_columns
    if hidden:
        notes.append(
            ngettext(
                "%(n)s smaller row or column is not shown.",
                "%(n)s smaller rows and columns are not shown.",
                hidden,
            )
            % {"n": formats.number(hidden)}
        )
    return notes
