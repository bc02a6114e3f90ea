"""Where a request comes from, as something to count by."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


def hashed_address(request: HttpRequest, *, salt: str) -> str:
    """A hash: which addresses people ask from is nobody's business. Behind proxies as for logging in."""
    try:
        address = str(get_adapter(request).get_client_ip(request))
    except (PermissionDenied, ImproperlyConfigured):  # no address, or fewer proxies than were announced
        address = str(request.META.get("REMOTE_ADDR", ""))
    return salted_hmac(salt, address).hexdigest()[:32]
