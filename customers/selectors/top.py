"""The best tenth of an area's customers, as the last run found them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from customers.customer_value.tiers import Tier
from customers.models import AreaValue, TopCustomer, ValueRun
from customers.selectors.people import MaskedContact, customer_label, masked_contacts
from customers.selectors.value import NAMES
from organization.gate import Action, scopes_where
from organization.models import Person, Scope


@dataclass(frozen=True)
class TopRow:
    customer: int
    label: str
    contact: MaskedContact
    tier: str
    row: TopCustomer


@dataclass(frozen=True)
class TopTenth:
    """`size` of the tenth, of which `rows` are the best; `run` None: nothing has been worked out yet. `areas` are those
    of hers that have a tenth."""

    run: ValueRun | None
    scope: Scope | None
    size: int
    rows: tuple[TopRow, ...]
    areas: tuple[Scope, ...]


def top_tenth_of(person: Person, needs: Action, *, scope: Scope | None, most: int = 50) -> TopTenth:
    """Of the area, else of the first of hers, on which she may do this. The area is the caller's to guard. Four queries."""
    run = ValueRun.objects.first()
    if run is None:
        return TopTenth(None, scope, 0, (), ())
    found = AreaValue.objects.filter(run=run, top_tenth__gt=0, scope__in=scopes_where(person, needs))
    areas = sorted(
        found.select_related("scope__channel", "scope__region", "scope__product"),
        key=lambda one: (not one.scope.is_company, -one.customers),
    )
    row = next((one for one in areas if scope is None or one.scope_id == scope.pk), None)
    if row is None:
        return TopTenth(run, scope, 0, (), tuple(one.scope for one in areas))
    best = TopCustomer.objects.filter(run=run, scope=row.scope).order_by("place")[:most]
    return TopTenth(run, row.scope, row.top_tenth, _rows(best), tuple(one.scope for one in areas))


def tier_of(customer_id: int) -> str:
    """The code of her tier by the last run; "" of who is in no tenth."""
    return TopCustomer.objects.filter(customer=customer_id).values_list("tier", flat=True).first() or ""


def _rows(best: Collection[TopCustomer]) -> tuple[TopRow, ...]:
    """Without those who were forgotten since."""
    contacts = masked_contacts([one.customer_id for one in best])
    return tuple(
        TopRow(
            one.customer_id,
            customer_label(one.customer_id, contacts[one.customer_id]),
            contacts[one.customer_id],
            str(NAMES[Tier(one.tier)]),
            one,
        )
        for one in best
        if one.customer_id in contacts and contacts[one.customer_id].key_known
    )


def tier_label(code: str) -> str:
    return next((str(label) for tier, label in NAMES.items() if tier == code), "")
