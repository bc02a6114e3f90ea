"""Kinds of values as the API writes and reads them, and the questions that lists take."""

from __future__ import annotations

from datetime import UTC, date
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.listing import listed
from organization.api.errors import Fault, invalid
from organization.api.paging import LIMIT, MOST

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)


def digits(value: Decimal) -> str:
    """All digits of a number, without an exponent and without zeros at its end: no float ever comes between."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "example": "1234.5"})
class AmountField(serializers.Field[Decimal, Any, str, Any]):
    """A number as text, with all its digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Decimal) -> str:
        return digits(value)


class MomentField(serializers.DateTimeField):
    """A moment, in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, default_timezone=UTC, **kwargs)


class DayField(serializers.DateField):
    """A day from 1990 to 2100, as in `2026-11-01`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def to_internal_value(self, value: Any) -> date:
        day = super().to_internal_value(value)
        if not FIRST_DAY <= day <= LAST_DAY:
            raise serializers.ValidationError(_("Days from 1990 to 2100 are known here."))
        return day


@extend_schema_field({"type": "string", "maxLength": 1000})
class CodesField(serializers.Field[list[str], str, Any, Any]):
    """Codes, separated by commas."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def to_internal_value(self, data: str) -> list[str]:
        text = serializers.CharField(max_length=1000, allow_blank=True).run_validation(data)
        return [part.strip() for part in text.split(",") if part.strip()]


class Question(serializers.Serializer[Any]):
    """What a list may be asked. A name that it does not know is an error: a mistyped filter must not show everything."""

    def __init__(self, *args: Any, params: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._params = params

    def check(self) -> None:
        """Raises Problem."""
        faults = []
        known = self.fields
        for name in self._params or {}:
            if name not in known:
                said = _("There is no such filter here. There are: %(names)s.") % {"names": listed(known)}
                faults.append(Fault(f"?{name[:80]}", said))
            elif len((self._params or QueryDict()).getlist(name)) > 1:
                faults.append(Fault(f"?{name}", _("Say this once; several codes go in one, by commas.")))
        if not self.is_valid():
            for name, reasons in self.errors.items():
                faults += [Fault(f"?{name}", str(reason)) for reason in reasons]
        if faults:
            raise invalid(faults)

    def __getitem__(self, name: str) -> Any:
        """The value, None where it was not asked."""
        return self.validated_data.get(name)


class PagedQuestion(Question):
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, default=LIMIT, help_text="Rows a page."
    )
    cursor = serializers.CharField(
        required=False, max_length=2000, default="", allow_blank=True,
        help_text="Where the next page begins: follow `next` of the page before.",
    )  # fmt: skip


class AreaQuestion(PagedQuestion):
    """Lists of what belongs to areas: one area, or one with all below it."""

    scope = serializers.CharField(
        required=False, max_length=2000,
        help_text="Of this area alone: `company`, `channel:google-ads`, `region:华东+channel:抖音直播`.",
    )  # fmt: skip
    within = serializers.CharField(
        required=False, max_length=2000, help_text="Of this area and all below it."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("scope") and attrs.get("within"):
            raise serializers.ValidationError({"within": gettext_lazy("Take `scope` or `within`, not both.")})
        return attrs


class SpanMixin(serializers.Serializer[Any]):
    """`from` and `to`, which Python would not take as names of a class."""

    def get_fields(self) -> dict[str, Any]:
        first = DayField(required=False, help_text="Periods that begin on this day or later.")
        last = DayField(required=False, help_text="Periods that begin on this day or earlier.")
        return {**super().get_fields(), "from": first, "to": last}


class FaultSerializer(serializers.Serializer[Any]):
    pointer = serializers.CharField(
        help_text="Where: a JSON pointer into the body (`#/rows/3/cost`), `?from`, or `Idempotency-Key:`."
    )
    reason = serializers.CharField(help_text="Why, in your language.")
