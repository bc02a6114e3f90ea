"""What speaks against a target, in a sentence that names the figure and its source."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from kpis.models import Metric, TargetWarning, Unit
from kpis.smart import Doubt
from organization.selectors.rates import currency_sign


class _Money:
    code, unit = "cost", Unit.MONEY


def sentence(warning: TargetWarning, metric: Metric) -> str:
    """In the reader's language."""
    figures: Mapping[str, str] = warning.figures
    match warning.code:
        case Doubt.GROWTH:
            return _("The same month of last year brought %(amount)s; this is %(growth)s.") % {
                "amount": _amount(figures["last_year"], metric),
                "growth": _percent(figures["growth"]),
            }
        case Doubt.BENCHMARK if "growth" in figures:
            return _("The benchmark grows by %(benchmark)s (%(source)s); this is %(growth)s.") % {
                "benchmark": _percent(figures["benchmark"]),
                "source": figures["source"],
                "growth": _percent(figures["growth"]),
            }
        case Doubt.BENCHMARK:
            return _("The benchmark is %(benchmark)s (%(source)s).") % {
                "benchmark": _amount(figures["benchmark"], metric),
                "source": figures["source"],
            }
        case Doubt.BUDGET:
            return _(
                "At the return of the last twelve months (%(return)s for each 1 spent) it needs %(needed)s;"
                " %(planned)s is planned as cost."
            ) % {
                "return": formats.plain(Decimal(figures["return"]), most=2),
                "needed": _money(figures["needed"]),
                "planned": _money(figures["planned"]),
            }
        case _:
            return _("The best month of the last two years brought %(amount)s (%(month)s).") % {
                "amount": _amount(figures["best"], metric),
                "month": formats.period(figures["month"], get_language() or "en"),
            }


def _amount(text: str, metric: Metric) -> str:
    return formats.exact(Decimal(text), metric, get_language() or "en", currency_sign())


def _money(text: str) -> str:
    return formats.exact(Decimal(text), _Money, get_language() or "en", currency_sign())


def _percent(text: str) -> str:
    """+67%, −12%."""
    value = Decimal(text) * 100
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{formats.plain(abs(value), most=0)}%"
