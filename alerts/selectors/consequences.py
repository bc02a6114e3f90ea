"""What an alert has done besides telling people, and what it is still to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.consequences import consequence_of
from alerts.models import ConsequenceRun, Episode, EpisodeEvent, RunState


@dataclass(frozen=True)
class Deed:
    """`words`: how it went, or why the last try failed. `url` leads to what came of it, where something did.
    `again_at`: when one that failed is tried again.
    """

    label: str
    event: EpisodeEvent
    state: str
    state_label: str
    at: datetime
    words: str
    url: str
    again_at: datetime | None

    @property
    def sign(self) -> str:
        """For `decisions/_state.html`, in whose words what failed is rejected."""
        return "rejected" if self.state == RunState.FAILED else self.state


def deeds_of(episode: Episode) -> tuple[Deed, ...]:
    """The newest first, in the reader's language. One query."""
    runs = ConsequenceRun.objects.filter(event__episode=episode).select_related("event")
    return tuple(_deed(run) for run in runs.order_by("-event__number", "pk"))


def labels_of(codes: list[str]) -> list[str]:
    """What people call them; those that nothing can do any more by their codes."""
    return [str(found.label) if (found := consequence_of(code)) else code for code in codes]


def _deed(run: ConsequenceRun) -> Deed:
    found = consequence_of(run.code)
    url = ""
    if found is not None and found.url_of is not None and run.subject_id is not None:
        url = found.url_of(run.subject_id)
    return Deed(
        label=labels_of([run.code])[0],
        event=run.event,
        state=run.state,
        state_label=str(RunState(run.state).label),
        at=run.at or run.event.at,
        words=run.words,
        url=url,
        again_at=run.next_try_at if run.words else None,
    )
