"""Previews of break-downs that can be applied: signed, so that it is what was looked at which is set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core import signing

from common.periods import Period
from kpis.selectors.parts import BreakDown
from kpis.services.break_down import Part
from organization.models import Person

SALT = "kpis.break_down"
KEPT = 24 * 3600  # seconds for which a preview may be applied


@dataclass(frozen=True)
class Kept:
    """`asked` is the question as the page sent it; of a program's it is empty."""

    metric: str
    area: str
    parts: Sequence[Part]
    details: Mapping[str, Any]
    asked: Mapping[str, str]


def seal(found: BreakDown, person: Person, asked: Mapping[str, str]) -> str:
    aims = [[aim.area, str(aim.period), f"{aim.value:f}", aim.version] for aim in found.aims]
    kept = {
        "who": person.pk, "metric": found.metric.code, "area": found.scope.key, "aims": aims,
        "details": found.details(), "asked": dict(asked),
    }  # fmt: skip
    return signing.dumps(kept, salt=SALT, compress=True)


def unseal(sealed: str, person: Person, *, fiscal_start: int) -> Kept | None:
    """None where it is too old, another's, or no preview."""
    try:
        kept: dict[str, Any] = signing.loads(sealed, salt=SALT, max_age=KEPT)
    except (signing.BadSignature, ValueError):
        return None
    if kept["who"] != person.pk:
        return None
    parts = [
        Part(area, Period.parse(period, fiscal_start=fiscal_start), Decimal(value), version)
        for area, period, value, version in kept["aims"]
    ]
    return Kept(kept["metric"], kept["area"], parts, kept["details"], kept["asked"])
