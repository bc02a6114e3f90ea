"""What programs send as a body, read by a serializer: every fault with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from common.listing import listed
from organization.api.errors import Fault, invalid
from organization.api.reading_json import SaidTwice


def read_body(of: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The body, checked. Raises Problem with a pointer to each fault; a name that is not known is one, for a mistyped
    name must not be passed over.
    """
    body = request.data
    sent = of(data=body)
    known = list(sent.fields)
    if not isinstance(body, dict):
        raise invalid([Fault("#/", _("Send an object."))])
    said = _("There is no such field. There are: %(names)s.") % {"names": listed(known)}
    faults = [Fault(f"#/{pointer_part(name)}", said) for name in body if name not in known]
    if isinstance(body, SaidTwice):
        names = listed(map(pointer_part, body.names))
        faults.append(Fault("#/", _("A name stands twice in it: %(names)s.") % {"names": names}))
    if not sent.is_valid():
        faults += faults_in(sent.errors)
    if faults:
        raise invalid(faults)
    data: dict[str, Any] = sent.validated_data
    return data


def faults_in(errors: Any, at: str = "#") -> Iterator[Fault]:
    """What a serializer found wrong, each with its pointer: of a field they are a list of texts; of an object by names, of a list by places or one for each of its items."""
    if isinstance(errors, dict):
        for name, inner in errors.items():
            yield from faults_in(
                inner, at if name == "non_field_errors" else f"{at}/{pointer_part(str(name))}"
            )
        return
    for place, inner in enumerate(errors):
        if isinstance(inner, dict):
            yield from faults_in(inner, f"{at}/{place}")
        else:
            yield Fault(at, str(inner))


def pointer_part(name: str) -> str:
    """A name as a part of a JSON pointer; what cannot be written is replaced."""
    plain = name[:80].encode("utf-8", "replace").decode()
    return plain.replace("~", "~0").replace("/", "~1")
