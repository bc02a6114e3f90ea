"""Areas with a plan, and files that say how they did yesterday: what workers make anew, they make of facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from django.utils import timezone

from alerts.conditions import Attainment
from alerts.models import Connection
from alerts.services import RecipientDraft, TierDraft, save_rule
from alerts.services.policies import PolicyDraft, StepDraft, TargetDraft, save_policy
from common.periods import Grain, Period
from ingest.models import State
from ingest.services import import_path
from kpis.models import Metric
from kpis.services import TargetEntry, ensure_source, set_targets
from organization.models import Responsibility, Scope
from tests.alerts.builders import draft
from tests.alerts.connections import webhook_at
from tests.ingest.files import text_of
from tests.people import ada, charlie, person, scope

PLAN = 100_000  # of a month's revenue


def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


def open_areas(count: int) -> list[Scope]:
    ensure_source(code="files", name="Files", facts="channels", rank=1)
    areas = [scope(f"region:r{number}") for number in range(count)]
    revenue, month = Metric.objects.get(code="revenue"), Period.containing(yesterday(), Grain.MONTH)
    set_targets(entries=[TargetEntry(revenue, area, month, Decimal(PLAN)) for area in areas], person=None)
    return areas


def watched(url: str, *, areas: int, rules: int, leads: int) -> tuple[list[Scope], Connection]:
    """Each rule has an alert for each area, of which the area's owner (of so many, in turn) hears by mail, and Charlie, and
    a program at that address.
    """
    opened = open_areas(areas)
    owners = [person(f"Lead{number}", "viewer") for number in range(leads)]
    Responsibility.objects.bulk_create(
        Responsibility(scope=area, person=owners[number % leads], first_day=yesterday())
        for number, area in enumerate(opened)
    )
    hook, _secret = webhook_at(url, by=ada())
    first = StepDraft(0, [TargetDraft("owner", ways=("email",))])
    policy = save_policy(draft=PolicyDraft("Whose it is", scope("company"), [first]), person=ada())
    for number in range(rules):
        asked = draft(
            name=f"Revenue behind plan, {number}",
            area="company",
            spread="children",
            along="region",
            tiers=[TierDraft(3, Attainment(Decimal("0.7")), policy=policy)],
            recipients=[RecipientDraft(connection=hook), RecipientDraft(charlie())],
        )
        save_rule(draft=asked, person=ada(), now=timezone.now())
    return opened, hook


def report(folder: Path, areas: Sequence[Scope], revenue: int) -> None:
    """A file with yesterday's revenue of each area; a newer one corrects it. Figures are still due."""
    path = folder / f"{revenue}-{areas[0].pk}.csv"
    path.write_text(file_of([area.key.partition(":")[2] for area in areas], revenue))
    batch = import_path(path=path)
    assert (batch.state, batch.accepted) == (State.DONE, len(areas)), batch.error


def file_of(names: Sequence[str], revenue: int) -> str:
    return text_of([[yesterday(), "Live", "", name, "", 1000, 100, 5, revenue, 1] for name in names])
