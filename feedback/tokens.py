"""Tokens of forms: an open link's, good for one answer, and an invitation's, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from base64 import urlsafe_b64encode

from django.core import signing

_SALT = "feedback.form"
GOOD_FOR = 24 * 3600  # seconds; after that the form comes again with a new one, and with all that was typed
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BYTES = 18  # 144 bits of a token: nobody guesses one
_PURPOSE = b"plumbline invitations"


class Old(Exception):
    """The form was opened too long ago, or its token is of another form, or made up."""


def new_nonce(link: int) -> str:
    """For one sending of a link's form: signed, and with the moment at which the form was opened."""
    return signing.dumps([link, uuid.uuid4().hex], salt=_SALT)


def read_nonce(text: str, *, link: int) -> uuid.UUID:
    """Raises Old."""
    try:
        of, drawn = signing.loads(text[:400], salt=_SALT, max_age=GOOD_FOR)
        if of != link:
            raise Old
        return uuid.UUID(drawn)
    except (signing.BadSignature, ValueError, TypeError):
        raise Old from None


def invitation_token(secret: str, batch: uuid.UUID, number: int) -> str:
    """The same for the same batch and number, so that a batch asked for twice is one; without the secret, random."""
    key = hmac.new(_PURPOSE, secret.encode(), hashlib.sha256).digest()
    drawn = hmac.new(key, batch.bytes + number.to_bytes(4, "big"), hashlib.sha256).digest()[:_BYTES]
    return urlsafe_b64encode(drawn).decode()


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
