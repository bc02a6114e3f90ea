from __future__ import annotations


class FileRefused(Exception):
    """The file as a whole cannot go in; nothing was changed. The message says what is wrong and what to do, for people."""


class ColumnsUnknown(FileRefused):
    """The file is a table, but nobody has said yet what its columns are."""
