"""What the last run found of drivers, for an area and a customer type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedback.models import DriverResult
from feedback.selectors.areas import Area
from feedback.services.analysis import DRIVERS
from organization.models import JobState, Person
from organization.selectors.jobs import JobSeen, job_seen, latest_job


@dataclass(frozen=True)
class DriversPage:
    """`results`: a row a driver in use, empty where the area or customer type has too few answers, or is none that is
    looked at. `newest`: a row of any area, for what the run looked at. `segments`: those that have results here."""

    area: Area
    segment: str
    results: tuple[DriverResult, ...]
    newest: DriverResult | None
    segments: tuple[str, ...]
    job: JobSeen | None

    @property
    def found(self) -> tuple[DriverResult, ...]:
        """Those with an effect."""
        return tuple(one for one in self.results if one.effect is not None)

    @property
    def looked_at(self) -> bool:
        """The company, and single areas near the top, are."""
        nodes = self.area.nodes.values()
        return len(nodes) < 2 and self.area.counted and all(node.depth <= 2 for node in nodes)


def drivers_page(area: Area, person: Person, *, segment: str, now: datetime) -> DriversPage:
    """At most six queries. `segment`: "" is all."""
    rows: list[DriverResult] = []
    if area.scope.pk is not None:
        kept = DriverResult.objects.filter(scope=area.scope, driver__archived_at__isnull=True)
        rows = list(kept.select_related("driver").order_by("driver__position", "driver__code"))
    chosen = tuple(one for one in rows if one.segment == segment)
    job = latest_job(kind=DRIVERS)
    shown = job is not None and (
        (job.is_open and job.state == JobState.RUNNING) or job.state == JobState.FAILED
    )
    return DriversPage(
        area=area,
        segment=segment,
        results=chosen,
        newest=chosen[0] if chosen else DriverResult.objects.order_by("-made_at").first(),
        segments=tuple(sorted({one.segment for one in rows if one.segment})),
        job=job_seen(job=job, person=person, now=now) if shown else None,
    )
