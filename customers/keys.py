"""How a customer is known without being named: the keyed hash of what files call her.

HMAC-SHA-256 (RFC 2104), its first 16 bytes. The key is drawn from `CUSTOMER_KEY`, or from `SECRET_KEY` without it:
whoever has the database alone can try no telephone numbers. Another key means other customers, so it is set once.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from functools import lru_cache

from django.conf import settings

PURPOSE = b"plumbline customers"
LENGTH = 16  # bytes


def hash_key(text: str) -> bytes:
    """The hash of a customer's key as a file writes it; case, width of letters and spaces at the ends do not matter.

    Raises ValueError where nothing is left of it.
    """
    plain = normal(text)
    if not plain:
        raise ValueError("a customer without a key")
    return hmac.new(
        _key(settings.CUSTOMER_KEY or settings.SECRET_KEY), plain.encode(), hashlib.sha256
    ).digest()[:LENGTH]


def normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hmac.new(PURPOSE, secret.encode(), hashlib.sha256).digest()
