"""What is proposed for a channel, in the reader's language: its figures, and what became of it the last time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from channels.asked_words import asked_in_words
from channels.before_after import USUAL
from channels.changes import LABELS, Change
from channels.selectors.actions import Effect, effects_of, last_before
from common import formats
from decisions.models import Proposal
from kpis.models import Metric
from organization.models import Node
from organization.selectors import company
from organization.selectors.rates import currency_sign


def titles_of(ids: Collection[int]) -> Mapping[int, str]:
    return {one.pk: one.label for one in Node.objects.filter(pk__in=ids)}


def details_of(proposal: Proposal) -> Sequence[tuple[str, str]]:
    """Six queries at most."""
    payload, today = proposal.payload, timezone.localdate()
    last = last_before(proposal)
    effects = effects_of([one for one in (proposal, last) if one], days=USUAL, today=today)
    metric = Metric.objects.filter(code=payload.get("metric", "")).first()
    found = asked_in_words(payload, metric, fiscal_start=company().fiscal_year_start)
    if payload.get("spent") is not None:
        found.append((_("Spent in the 30 days before"), _money(Decimal(payload["spent"]))))
    found.append(
        (
            _("The last time"),
            _last(last, effects.get(last.pk)) if last else _("Nothing was decided about it before."),
        )
    )
    own = effects.get(proposal.pk)
    if own is not None:
        found.append((_("Before and after"), effect_words(own)))
    return found


def effect_words(effect: Effect) -> str:
    """ "ROAS ×0.62 → ×1.10 (+77.4%); 28 days before and after" """
    language = get_language() or "en"
    if effect.windows is None:
        return _("too early to say; from %(day)s on") % {"day": formats.day(effect.known_from, language)}
    parts = []
    for one in effect.compared:
        before, after = (
            formats.tile(value, one.metric, language, currency_sign()) for value in (one.before, one.after)
        )
        parts.append(
            _("%(figure)s %(before)s → %(after)s (%(change)s)")
            % {
                "figure": one.metric.label,
                "before": before,
                "after": after,
                "change": formats.change(one.change, one.metric, language),
            }
        )
    days = effect.windows.days
    parts.append(ngettext("%(n)s day before and after", "%(n)s days before and after", days) % {"n": days})
    return ("；" if formats.is_chinese(language) else "; ").join(parts)


def _last(proposal: Proposal, effect: Effect | None) -> str:
    language = get_language() or "en"
    decided = timezone.localdate(proposal.decided_at) if proposal.decided_at else None
    said = _("%(change)s, %(state)s on %(day)s") % {
        "change": LABELS[Change(proposal.payload["change"])],
        "state": str(proposal.get_state_display()).lower(),
        "day": formats.day(decided, language),
    }
    return _("%(said)s: %(more)s") % {"said": said, "more": effect_words(effect)} if effect else said


def _money(amount: Decimal) -> str:
    return f"{currency_sign()}{formats.number(amount)}"
