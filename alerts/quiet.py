"""When somebody does not want to hear, and until when. Pure: the caller brings her zone and the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from organization.workdays import LONGEST_REST, Exceptions, is_working_day

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """Quiet from a time of day until another, which may lie in the next morning, and on days off where she says so.

    Twice the same time is no quiet at all.
    """

    zone: ZoneInfo
    quiet_from: time | None = None
    quiet_until: time | None = None
    days_off: bool = False

    def quiet_until_when(self, at: datetime, exceptions: Exceptions) -> datetime | None:
        """When the quiet ends in which `at` lies; None where it lies in none."""
        start = local = at.astimezone(self.zone).replace(tzinfo=None)
        for _day in range(LONGEST_REST):
            later = self._over(local, exceptions)
            if later is None:
                break
            local = later
        return local.replace(tzinfo=self.zone) if local > start else None

    def _over(self, local: datetime, exceptions: Exceptions) -> datetime | None:
        """The next moment at which the quiet that holds now might end; None where none holds."""
        if self.days_off and not is_working_day(local.date(), exceptions):
            return datetime.combine(local.date() + ONE_DAY, time())
        if self.quiet_from is None or self.quiet_until is None or self.quiet_from == self.quiet_until:
            return None
        now, begins, ends = local.time(), self.quiet_from, self.quiet_until
        if begins < ends:
            return datetime.combine(local.date(), ends) if begins <= now < ends else None
        if now >= begins:
            return datetime.combine(local.date() + ONE_DAY, ends)
        return datetime.combine(local.date(), ends) if now < ends else None
