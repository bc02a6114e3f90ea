"""What services say when they do not do as asked."""

from __future__ import annotations


class Refused(ValueError):
    """The rules do not allow it. The message is a sentence for the person who asked, in her language."""
