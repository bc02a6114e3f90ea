"""Which parts of the tree moved under an alert, from imported figures, as each person may read it."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path

import pytest
from django.urls import reverse

from alerts import episode_words, selectors, services
from alerts.conditions import Amount, Change
from alerts.models import Episode
from kpis.selectors.movement import Against
from kpis.work import catch_up
from organization.models import Person
from tests.alerts.builders import NOW, TODAY, browser, look, rule
from tests.ingest.files import send, write
from tests.people import alice, bob

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
HEAD = "day,channel,region,province,orders,revenue,cost"
LINES = (
    "2026-02-10,Search,East,Shanghai,40,4000,400",
    "2026-02-10,Search,East,Jiangsu,20,2000,200",
    "2026-02-10,Search,East,Anhui,20,1000,200",
    "2026-02-10,Search,East,Zhejiang,20,1000,200",
    "2026-02-10,Search,West,Sichuan,20,1000,200",
    "2026-03-10,Search,East,Shanghai,20,1000,400",
    "2026-03-10,Search,East,Jiangsu,20,1500,200",
    "2026-03-10,Search,East,Anhui,20,1250,200",
    "2026-03-10,Search,East,Zhejiang,20,1000,200",
    "2026-03-10,Search,West,Sichuan,20,100,200",
)


@pytest.fixture
def told(tmp_path: Path) -> None:
    send(write(tmp_path, "\n".join([HEAD, *LINES]) + "\n"))
    catch_up(today=TODAY)


def alert(area: str, condition: Amount | Change) -> Episode:
    rule(bob(), area=area, tiers=[services.TierDraft(2, condition)])
    catch_up(today=TODAY)
    look()
    return Episode.objects.get()


def said(who: Person, one: Episode) -> episode_words.CausesSaid:
    found = episode_words.causes_said(selectors.causes_of(who, one, as_of=NOW))
    assert found is not None
    return found


@pytest.mark.usefixtures("told")
def test_the_three_parts_that_moved_most_are_named_with_their_share_and_lead_to_their_areas() -> None:
    one = alert("region:East", Amount(above=D(4000)))
    found = said(alice("region:East"), one)
    assert [(line.name, line.effect, line.share, line.area) for line in found.lines] == [
        ("Shanghai", "−¥3K", "92% of the change", "region:east/shanghai"),
        ("Jiangsu", "−¥500", "15% of the change", "region:east/jiangsu"),
        ("Anhui", "+¥250", "the other way", "region:east/anhui"),
    ]
    assert found.headline.startswith("Revenue fell by ¥3.25K")
    shown = browser(alice()).get(reverse("alerts:episode_why", args=[one.pk])).content.decode()
    assert "?area=region%3Aeast%2Fshanghai" in shown
    assert "West" not in shown


@pytest.mark.usefixtures("told")
def test_an_alert_on_last_year_is_held_against_last_year_and_where_there_is_none_on_the_period_before() -> (
    None
):
    one = alert("region:East", Amount(above=D(4000)))
    event = one.events.get()
    assert event.condition is not None
    event.condition = {"kind": "change", "below": "-0.2", "on": "year", "base": "9000"}
    event.save()
    found = selectors.causes_of(bob(), one, as_of=NOW)
    assert found.movement is not None
    assert found.movement.against == Against.LAST_PERIOD  # nothing is known of the year before


@pytest.mark.usefixtures("told")
def test_an_alert_on_a_cut_of_areas_is_taken_apart_too() -> None:
    one = alert("channel:Search+region:East", Amount(above=D(4000)))
    lines = said(bob(), one).lines
    assert lines[0].area == "region:east/shanghai+channel:search"
