from __future__ import annotations


class TransportError(Exception):
    """The message did not go out. `permanent`: it will not on another try either; `address`: nor will any other to it."""

    def __init__(self, reason: str, *, permanent: bool, address: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent
        self.address = address


def passing(reason: str) -> TransportError:
    """Perhaps later."""
    return TransportError(reason, permanent=False)


def for_good(reason: str) -> TransportError:
    """Not this message."""
    return TransportError(reason, permanent=True)


def bad_address(reason: str) -> TransportError:
    """Nothing to this address."""
    return TransportError(reason, permanent=True, address=True)
