"""Kinds of long work. The floor that does it registers its kind at start-up; `organization.services.jobs` runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from organization.models import Job, Person


class JobCancelled(Exception):
    """Somebody cancelled it; what it did since its last commit is rolled back."""


class JobLost(Exception):
    """Somebody else does it now."""


@dataclass
class Progress:
    """What those who wait see, and what the work asks between its pieces."""

    percent: int = 0
    phase: str = ""
    rows: int = 0
    broken_off: Event = field(default_factory=Event)
    hold: Callable[[], None] | None = None

    def at(self, percent: float, phase: str = "", *, rows: int | None = None) -> None:
        """How far it is (0 to 100). Call it often: raises JobCancelled where the work is to end."""
        if self.broken_off.is_set():
            raise JobCancelled
        self.percent = max(0, min(99, int(percent)))
        self.phase = phase or self.phase
        self.rows = self.rows if rows is None else rows

    def still_ours(self) -> None:
        """Holds the job's row to the end of the transaction in which results are written: call it first there.

        Raises JobCancelled and JobLost.
        """
        if self.broken_off.is_set():
            raise JobCancelled
        if self.hold is not None:
            self.hold()


@dataclass(frozen=True)
class JobKind:
    """`run` does the work: reads, computes, and writes its results in one transaction that begins with
    `progress.still_ours()`. It may run twice (after a crash), so what it writes replaces. What it raises as `Refused` is
    told to whoever waits; anything else is tried again some times.

    `may_see` and `may_cancel` are asked about a job before a person is shown it.
    """

    code: str
    label: str | Promise
    run: Callable[[Job, Progress], None]
    may_see: Callable[[Person, Job], bool]
    may_cancel: Callable[[Person, Job], bool]


_kinds: dict[str, JobKind] = {}


def register_job_kind(kind: JobKind) -> None:
    _kinds[kind.code] = kind


def find_job_kind(code: str) -> JobKind | None:
    """None where nobody has registered it."""
    return _kinds.get(code)
