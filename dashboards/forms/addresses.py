"""Addresses of pages that somebody copied from the address bar."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _

from dashboards.shareable import Address, NotShareable, address_of


def typed_address(text: str, *, site: str) -> Address:
    """`site`: where its own pages are, as a browser writes them. Raises ValidationError."""
    try:
        return address_of(text.strip().removeprefix(site.rstrip("/")))
    except NotShareable:
        said = _("“%(text)s” is no page with figures of this site. Copy it from the address bar.")
        raise forms.ValidationError(said % {"text": text.strip()[:80]}) from None
