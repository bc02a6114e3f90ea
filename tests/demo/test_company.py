"""The demo company in a real database: made once, through the same doors as everything else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from alerts.models import ConsequenceRun, Episode, Message, Rule, Silence
from dashboards.demo import company, story, watch
from dashboards.demo.world import LOSING_CHANNEL, PASSWORD
from ingest.models import Import, State
from kpis.models import AmountDay, ChangedDay, ChangedScope, ImprovementPlan, Reading, Score, Target
from organization.gate import visible_scopes
from organization.models import Grant, Node, Person
from tests import people

pytestmark = pytest.mark.django_db(transaction=True)


def demo() -> str:
    said = StringIO()
    call_command("demo_company", stdout=said)
    return said.getvalue()


def counts() -> list[int]:
    tables = (Node, Person, Grant, Target, Import, Reading, AmountDay, Message, Score)
    return [table.objects.count() for table in tables]


def test_the_demo_company_is_made_whole_and_a_second_time_changes_nothing(client: Client) -> None:
    """One long test, since making the company takes a while."""
    today = timezone.localdate()
    said = demo()
    assert PASSWORD in said

    imports = Import.objects.filter(preset="table").order_by("pk")
    assert [one.state for one in imports] == [State.DONE] * 4
    assert sum(one.accepted for one in imports) == len(story.tell(today).facts)
    assert sum(one.rejected for one in imports) == 4
    assert imports[2].encoding.lower() == "gb18030"
    assert not Node.objects.filter(needs_review=True).exists(), "the English names are known"
    assert Node.objects.get(dimension="channel", path=LOSING_CHANNEL.lower()).name == "Douyin live"
    assert not ChangedDay.objects.exists()
    assert not ChangedScope.objects.exists()

    for username, role in (("lead", "lead"), ("manager", "manager"), ("viewer", "viewer"),
                           ("finance", "finance"), ("admin", "admin")):  # fmt: skip
        assert client.login(username=username, password=PASSWORD)
        assert Grant.objects.get(person__username=username).role == role
    alice = Person.objects.get(username="lead")
    assert visible_scopes(alice).filter(key="region:华东").exists()
    assert not visible_scopes(alice).filter(key__in=["company", "region:西南"]).exists()

    month = (today - timedelta(days=1)).replace(day=1)
    readings = {
        reading.scope.key: reading
        for reading in Reading.objects.filter(metric__code="roas", grain="month", start=month).select_related(
            "scope"
        )
    }
    losing = readings[f"channel:{LOSING_CHANNEL}"]
    assert losing.status == "red"
    assert readings["company"].value > Decimal(5)
    yesterday = Reading.objects.get(
        metric__code="roas",
        grain="day",
        start=today - timedelta(days=1),
        scope__key=f"channel:{LOSING_CHANNEL}",
    )
    assert yesterday.value < 1

    planned = (
        Target.objects.filter(scope__key="company").order_by("set_at").values_list("set_at__year", flat=True)
    )
    assert set(planned) == {today.year - 2, today.year - 1}, (
        "plans are older than the years that they are for"
    )

    firing = set(
        Episode.objects.filter(closed_at__isnull=True).values_list("instance__scope__key", flat=True)
    )
    assert {f"channel:{LOSING_CHANNEL}", "region:西南"} <= firing
    assert Message.objects.exists()
    open_alerts = Episode.objects.filter(closed_at=None)
    assert open_alerts.filter(acknowledged_by__username="manager").count() == 1
    assert open_alerts.filter(holder=alice).count() == 1
    assert Rule.objects.filter(tiers__policy__name=watch.POLICY).exists()
    assert set(ConsequenceRun.objects.values_list("state", flat=True)) == {"done"}
    assert Silence.objects.get().starts_at > timezone.now()
    assert Score.objects.filter(grain="month", value__isnull=False).exists()
    plan = ImprovementPlan.objects.get()
    assert (plan.mentor, plan.notes.count()) == (alice, 2)

    before = counts()
    assert "here" in demo()
    assert counts() == before


def test_where_people_work_already_no_demo_is_mixed_in() -> None:
    people.ada()
    with pytest.raises(CommandError, match="holds people"):
        demo()
    assert not company.is_there()
    assert Person.objects.count() == 1


def test_there_is_no_demo_in_production(settings: pytest.FixtureRequest) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="production"):
        demo()
