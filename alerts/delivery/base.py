from __future__ import annotations


class TransportError(Exception):
    """The message did not go out. `permanent`: it will not on another try either."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent
