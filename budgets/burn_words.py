"""What a budget or a line says in a line or two, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from budgets.burn import Burn
from budgets.models import Budget, Line, LineState, Pool
from budgets.selectors.pages import BudgetPage, Overview, Row
from common import formats
from organization.selectors.rates import currency_sign


@dataclass(frozen=True)
class Unit:
    unit: str
    code: str = ""


MONEY = Unit("money")
FEW = Decimal("0.005")  # a variance that reads 0%


def language() -> str:
    return get_language() or "en"


def amount(value: Decimal) -> str:
    """At most three digits."""
    return formats.tile(value, MONEY, language(), currency_sign())


def percent(share: Decimal) -> str:
    return f"{formats.sign(share)}{formats.plain(abs(share) * 100, most=0 if abs(share) >= 1 else 1)}%"


def day(value: date) -> str:
    return formats.day(value, language())


def budget_name(budget: Budget) -> str:
    return budget.node.label


def period(first: date, last: date) -> str:
    return f"{day(first)} – {day(last)}"


def used(burn: Burn) -> str:
    """How much is used, and how that stands to what was expected."""
    said = {"planned": amount(burn.total), "day": day(burn.by)}
    if burn.total <= 0 and burn.used == 0:
        return _("No money is planned here.")
    if burn.by < burn.first and burn.used == 0:
        return _("Begins on %(day)s with %(planned)s.") % {**said, "day": day(burn.first)}
    if burn.consumed is None:
        return _("%(used)s is used, and nothing is planned.") % {"used": amount(burn.used)}
    said["share"] = percent(burn.consumed)
    part = _("%(share)s of %(planned)s is used.") % said
    if burn.variance is None:
        return part
    said["variance"] = percent(abs(burn.variance))
    if abs(burn.variance) < FEW:
        return part + space() + _("By %(day)s spend is as expected.") % said
    if burn.variance > 0:
        return part + space() + _("By %(day)s spend is %(variance)s over what was expected.") % said
    return part + space() + _("By %(day)s spend is %(variance)s under what was expected.") % said


def ahead(burn: Burn) -> str:
    """What the end will be; nothing where nobody can say, or it is over."""
    if burn.days_left <= 0 or burn.forecast is None or burn.total <= 0:
        return ""
    if burn.run_out is not None and burn.run_out < burn.last:
        early = (burn.last - burn.run_out).days
        return ngettext(
            "At this rate the money runs out on %(day)s, %(n)s day early.",
            "At this rate the money runs out on %(day)s, %(n)s days early.",
            early,
        ) % {"day": day(burn.run_out), "n": formats.number(early)}
    rest = burn.total - burn.forecast.mean
    if rest < 0:
        return _("At this rate it ends %(amount)s over plan.") % {"amount": amount(-rest)}
    return _("At this rate %(amount)s is left at the end.") % {"amount": amount(rest)}


def line_said(line: Line, burn: Burn) -> str:
    if line.state == LineState.CLOSED:
        return _("Closed: %(spent)s was spent of %(planned)s.") % {
            "spent": amount(burn.spent),
            "planned": amount(burn.total),
        }
    if line.pool == Pool.RESERVE:
        return _("%(free)s of the reserve is free for transfers.") % {"free": amount(burn.free)}
    if line.pool == Pool.EMERGENCY:
        return _("%(free)s is free for emergencies; finance signs for it.") % {"free": amount(burn.free)}
    said = [used(burn), ahead(burn)]
    if line.state == LineState.PAUSED:
        said.append(_("It is paused: nothing can be committed."))
    elif burn.frozen > 0:
        said.append(_("%(frozen)s is frozen.") % {"frozen": amount(burn.frozen)})
    return space().join(one for one in said if one)


def budget_said(page: BudgetPage) -> str:
    said = [used(page.burn), ahead(page.burn)]
    if page.over and page.attention:
        worst = page.attention[0].line  # those that burn too fast come first
        said.append(
            ngettext(
                "%(n)s line is over what was expected: %(name)s.",
                "%(n)s lines are over what was expected, most of all %(name)s.",
                page.over,
            )
            % {"n": page.over, "name": worst.name if worst else ""}
        )
    return space().join(one for one in said if one)


def overview_said(page: Overview, *, today: date) -> str:
    if not page.open:
        return _("What is planned, used and left, and what the rest of the time will bring.")
    running = [row for row in page.open if row.burn.first <= today <= row.burn.last]
    over = [row for row in running if row.burn.light.reason == "over"]
    if over:
        worst = max(over, key=lambda row: row.burn.over)
        return ngettext(
            "%(n)s of %(all)s budgets under way is over what was expected: %(name)s by %(amount)s.",
            "%(n)s of %(all)s budgets under way are over what was expected, most of all %(name)s by %(amount)s.",
            len(over),
        ) % {"n": len(over), "all": len(running), "name": _name(worst), "amount": amount(worst.burn.over)}
    if not running:
        return _("No budget is under way.")
    free = sum((row.burn.free for row in running), Decimal(0))
    return ngettext(
        "The budget under way is not over what was expected; %(free)s is free.",
        "None of the %(n)s budgets under way is over what was expected; %(free)s is free.",
        len(running),
    ) % {"n": len(running), "free": amount(free)}


def _name(row: Row) -> str:
    return budget_name(row.budget) if row.budget else ""


def space() -> str:
    """Chinese sentences stand close together."""
    return "" if formats.is_chinese(language()) else " "


def course_title(burn: Burn) -> str:
    if burn.variance is None:
        return _("What is planned until the end")
    if abs(burn.variance) < FEW:
        return _("Spend runs as planned")
    if burn.variance > 0:
        return _("Spend runs %(share)s ahead of plan") % {"share": percent(burn.variance)}
    return _("Spend runs %(share)s behind plan") % {"share": percent(-burn.variance)}


def left_title(burn: Burn) -> str:
    if burn.free < 0:
        return _("%(amount)s more is used than there is") % {"amount": amount(-burn.free)}
    return _("%(left)s of %(planned)s is left") % {"left": amount(burn.free), "planned": amount(burn.total)}
