"""The company's settings."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from organization.currencies import currencies
from organization.in_use import money_is_kept
from organization.models import Company, Person
from organization.selectors.rates import forget_currency
from organization.services.audit import record
from organization.services.errors import Refused

LEAST_THRESHOLD = Decimal("0.0001")


@transaction.atomic
def update_company(
    *,
    name: str,
    name_zh: str,
    currency: str,
    fiscal_year_start: int,
    close_after_working_days: int,
    calibration_threshold: Decimal | None = None,
    sure: bool = False,
    person: Person | None,
) -> Company:
    """Changes the settings. `currency` is an ISO 4217 code, `fiscal_year_start` a month, closing days 1 to 60;
    `calibration_threshold` a share (0.15: a month 15% off plan is to be explained), None leaves it as it is.

    Another currency converts nothing: where amounts are kept already, it takes `sure`.
    Raises Refused for a value outside these.
    """
    currency = currency.strip().upper()
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Refused(_("A currency has three letters, such as CNY."))
    if not 1 <= fiscal_year_start <= 12:
        raise Refused(_("The fiscal year starts in a month from 1 to 12."))
    if not 1 <= close_after_working_days <= 60:
        raise Refused(_("A month closes 1 to 60 working days after its end."))
    if calibration_threshold is not None and not LEAST_THRESHOLD <= calibration_threshold <= 1:
        raise Refused(_("A month is to be explained from 0.01% to 100% off plan."))
    company = Company.objects.select_for_update().get(pk=1)
    if currency != company.currency:
        if currency not in currencies():
            raise Refused(_("“%(code)s” is not a currency.") % {"code": currency})
        if not sure and money_is_kept():
            raise Refused(
                _(
                    "Amounts in %(old)s are kept already. Showing them in %(new)s converts nothing: 100 %(old)s would"
                    " read as 100 %(new)s. Say below that this is what you want, or leave the currency as it is."
                )
                % {"old": company.currency, "new": currency}
            )
        transaction.on_commit(forget_currency)
    new = {
        "name": name.strip(),
        "name_zh": name_zh.strip(),
        "currency": currency,
        "fiscal_year_start": fiscal_year_start,
        "close_after_working_days": close_after_working_days,
        "calibration_threshold": company.calibration_threshold
        if calibration_threshold is None
        else round(calibration_threshold, 4),
    }
    changed = sorted(field for field, value in new.items() if getattr(company, field) != value)
    if not changed:
        return company
    old = {field: getattr(company, field) for field in changed}
    for field in changed:
        setattr(company, field, new[field])
    company.save(update_fields=changed)
    record(
        action="company.update",
        subject=company.name,
        person=person,
        old={field: _told(value) for field, value in old.items()},
        new={field: _told(new[field]) for field in changed},
    )
    return company


def _told(value: object) -> object:
    """A share as people write it."""
    return f"{(value * 100).normalize():f}%" if isinstance(value, Decimal) else value
