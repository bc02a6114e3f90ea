"""What services of this floor say when they do not do as asked, besides `Refused`."""

from __future__ import annotations

from organization.services import Refused


class Settled(Refused):
    """Somebody was quicker: what it was about is over, or has moved on since she looked."""
