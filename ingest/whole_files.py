"""Files that are taken over as a whole or not at all, and bring no amounts of areas: a budget's plan.

The floor that owns what such a file says registers its reader at start-up; `manage.py import_file` asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from organization.models import Person


@dataclass(frozen=True)
class Taken:
    """What became of a file. With `wrong` lines (number, why) nothing was changed.

    `told` is what else its owner says of it, `hint` a sentence on what comes next.
    """

    rows: int
    wrong: Sequence[tuple[int, str]] = ()
    told: Mapping[str, Any] = field(default_factory=dict)
    hint: str = ""


@dataclass(frozen=True)
class Approval:
    """How what a file plans comes into force: `by` somebody, by nobody (at the console), or it stays a `draft`."""

    by: Person | None = None
    draft: bool = False


# A file, how it is approved, the moment. Raises FileRefused, and Refused.
Reader = Callable[[Path, Approval, datetime], Taken]
_readers: dict[str, Reader] = {}


def register_whole_file(code: str, reader: Reader) -> None:
    _readers[code] = reader


def reader_of(code: str) -> Reader | None:
    """None for a preset whose lines are imported one by one."""
    return _readers.get(code)
