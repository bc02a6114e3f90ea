"""For how long personal data is kept, and when it was last carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from customers.models import Customer, FieldClass, Retention, RetentionSettings


@dataclass(frozen=True)
class RetentionPage:
    """`days` by class of fields, None for ever; `with_contact` customers have a contact, `forgotten` were forgotten."""

    days: dict[str, int | None]
    version: int
    swept_on: date | None
    with_contact: int
    forgotten: int


def retention() -> dict[FieldClass, int | None]:
    """Days by class of fields; None is for ever. One query."""
    kept: dict[str, int | None] = dict(Retention.objects.values_list("field_class", "days"))
    return {field_class: kept.get(field_class) for field_class in FieldClass}


def retention_page() -> RetentionPage:
    """Four queries."""
    settings = RetentionSettings.objects.filter(pk=1).first() or RetentionSettings()
    return RetentionPage(
        {str(name): days for name, days in retention().items()},
        settings.version,
        settings.swept_on,
        Customer.objects.exclude(contact="", name="", phone="", email="").count(),
        Customer.objects.filter(forgotten_at__isnull=False).count(),
    )
