"""Sealing what is kept only to be used again: passwords of gateways, keys of platforms. No ORM.

`SECRETS_KEYS` (by commas; the first seals, all unseal) makes changing keys possible; without it, a key is drawn from
`SECRET_KEY`, which always stays the last that is tried.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"plumbline sealed values"


class SecretLost(Exception):
    """Sealed under a key that is gone: it must be typed again."""


def seal(text: str) -> str:
    """Encrypted and signed, as ASCII; no two seals of one text are the same."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text. Raises SecretLost where no key that we have fits, or somebody changed it."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise SecretLost from None


def opened(sealed: str) -> str:
    """The text; "" where nothing was sealed, or its key is gone."""
    try:
        return unseal(sealed) if sealed else ""
    except SecretLost:
        return ""


def reseal(sealed: str) -> str:
    """The same under the first key, for after keys were changed. Raises SecretLost."""
    return seal(unseal(sealed))


def is_current(sealed: str) -> bool:
    """Whether it is sealed under the first key."""
    try:
        _ring(_texts()[:1]).decrypt(sealed.encode())
    except (InvalidToken, UnicodeError):
        return False
    return True


def _keys() -> MultiFernet:
    return _ring(_texts())


def _texts() -> tuple[str, ...]:
    return (*settings.SECRETS_KEYS, settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _ring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_draw(key)) for key in keys])


def _draw(key: str) -> bytes:
    drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return urlsafe_b64encode(drawn)
