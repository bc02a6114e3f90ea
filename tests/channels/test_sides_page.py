"""Three sides of channels and campaigns: what they are judged by, the verdict in words, and who may choose what is good."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from channels.models import SidesPlan
from channels.selectors.sides import judged_areas, plan_in_force
from channels.services.sides import SideLine, SidesMoved, keep_sides
from channels.three_sides import Lack, Side, Verdict
from common.periods import Period
from common.radar import radar
from kpis.figures import Look
from kpis.models import Metric
from kpis.services import set_target
from organization.models import AuditEntry
from organization.services import Refused
from tests.ingest.files import send, write
from tests.kpis.test_entered import web
from tests.people import ada, bob, charlie, scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
PAGE, SETTINGS = "/channels/sides/", "/channels/sides/settings/"
QUARTER = {"period": "2025-Q3"}
EVEN = {Side.FINANCIAL: D(50), Side.STRATEGIC: D(30), Side.BRAND: D(20)}


def metric(code: str) -> Metric:
    return Metric.objects.get(code=code)


def a_launch(folder: Path) -> None:
    """It brings back 0.8 of what it costs, and six of ten orders are of new customers, well spoken of."""
    text = (
        "date,channel,campaign,mentions,positive_mentions,negative_mentions,orders,new_customers,revenue,cost\n"
        "2025-08-10,抖音,新品,100,80,10,100,60,8000,10000\n"
        "2025-08-10,抖音,日常,100,20,10,100,10,9000,10000\n"
        "2025-08-10,快手,日常,,,,50,10,1000,500\n"
    )
    send(write(folder, text))


def page(client: Client, **query: str) -> str:
    response = client.get(PAGE, {**QUARTER, **query})
    assert response.status_code == 200
    return response.content.decode()


def test_a_campaign_under_one_on_the_financial_side_comes_out_good_and_it_says_why(tmp_path: Path) -> None:
    a_launch(tmp_path)
    text = page(web(bob()), channel="抖音/新品")
    assert (
        "A good investment on the whole (1.28), although its direct return falls short: financial 0.80."
        in text
    )
    assert "What carries it: strategic 2.00, brand 1.40, above all Share of new customers 60%" in text
    missing = "Left out, and not counted as zero: LTV:CAC, Market share, Brand searches (not reported here)."
    assert missing in text
    assert 'class="radar"' in text


def test_what_nobody_reported_is_left_out_and_a_target_counts_where_nothing_is_said(tmp_path: Path) -> None:
    a_launch(tmp_path)
    send(write(tmp_path, "date,channel,brand_searches\n2025-08-10,抖音,300\n"))
    plan, period = plan_in_force(), Period.parse("2025-Q3")
    look = Look.at(today=date(2025, 11, 1))
    (without,) = judged_areas([scope("channel:抖音")], plan=plan, period=period, look=look)
    brand = {one.metric: one for one in without.judged.side(Side.BRAND).metrics}
    assert brand["brand_searches"].lack == Lack.GOOD
    assert without.judged.side(Side.STRATEGIC).metrics[1].lack == Lack.VALUE
    set_target(
        metric=metric("brand_searches"), scope=scope("channel:抖音"), period=period, value=D(200), person=None
    )
    (with_target,) = judged_areas([scope("channel:抖音")], plan=plan, period=period, look=look)
    brand = {one.metric: one for one in with_target.judged.side(Side.BRAND).metrics}
    assert brand["brand_searches"].score == D("1.5")


def test_without_enough_there_is_no_verdict(tmp_path: Path) -> None:
    send(write(tmp_path, "date,channel,orders,new_customers\n2025-08-10,抖音,10,5\n"))
    text = page(web(bob()), channel="抖音")
    assert "Too little is known for a verdict: only 18% of the weights have a value, 50% are needed." in text


def test_the_list_has_a_line_for_each_channel_and_below_one_for_each_campaign(tmp_path: Path) -> None:
    a_launch(tmp_path)
    client = web(bob())
    text = page(client)
    assert text.count('class="row-link"') == 2
    assert "新品" not in text
    assert "新品" in page(client, channel="抖音")


def test_charlie_who_sees_one_channel_reads_nothing_of_the_others(tmp_path: Path) -> None:
    a_launch(tmp_path)
    client = web(charlie("channel:快手"))
    text = page(client)
    assert "快手" in text
    assert "抖音" not in text
    assert client.get(PAGE, {"channel": "抖音"}).status_code == 404
    assert client.get(SETTINGS).status_code == 403


def test_a_wrong_period_is_said(tmp_path: Path) -> None:
    response = web(bob()).get(PAGE, {"period": "2025-08-10"})
    assert response.status_code == 400
    assert "“2025-08-10” is no period" in response.content.decode()


def test_the_page_asks_no_more_for_many_channels(
    tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lines = "".join(f"2025-08-10,渠道{n},10,100,50\n" for n in range(12))
    send(write(tmp_path, "date,channel,orders,revenue,cost\n" + lines))
    client = web(bob())
    page(client)
    with django_assert_max_num_queries(18):
        assert page(client).count('class="row-link"') == 12


def test_bob_chooses_what_counts_as_good_and_everything_is_judged_by_it(tmp_path: Path) -> None:
    a_launch(tmp_path)
    lines = [
        SideLine(Side.FINANCIAL, metric("roas"), D(1), D("0.5")),
        SideLine(Side.STRATEGIC, metric("new_customer_share"), D(1), None),
    ]
    keep_sides(weights=EVEN, lines=lines, based_on=0, person=bob())
    entry = AuditEntry.objects.get(action="sides.change")
    assert entry.details["lines"][0] == "financial roas 1 0.5"
    look = Look.at(today=date(2025, 11, 1))
    (found,) = judged_areas(
        [scope("channel:抖音/新品")], plan=plan_in_force(), period=Period.parse("2025-Q3"), look=look
    )
    assert found.judged.verdict == Verdict.GOOD
    assert found.judged.score == D("1.6")
    assert found.judged.side(Side.STRATEGIC).metrics[0].lack == Lack.GOOD


def test_of_two_who_choose_the_later_one_is_told() -> None:
    lines = [SideLine(Side.FINANCIAL, metric("roas"), D(1), D(2))]
    keep_sides(weights=EVEN, lines=lines, based_on=0, person=bob())
    with pytest.raises(SidesMoved):
        keep_sides(weights=EVEN, lines=lines, based_on=0, person=ada())
    assert keep_sides(weights=EVEN, lines=lines, based_on=1, person=ada()).revision == 2


@pytest.mark.parametrize(
    ("code", "weight", "good", "why"),
    [
        ("roas", "0", "1", "above zero"),
        ("roas", "1", "0", "other than zero"),
        ("orders", "1", "5", "adds up over time"),
        ("roas", "9999", "1", "above zero"),
    ],
)
def test_what_cannot_be_is_refused(code: str, weight: str, good: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        keep_sides(
            weights=EVEN,
            lines=[SideLine(Side.FINANCIAL, metric(code), D(weight), D(good))],
            based_on=0,
            person=None,
        )
    with pytest.raises(Refused, match="no verdict"):
        keep_sides(weights=EVEN, lines=[], based_on=0, person=None)
    assert not SidesPlan.objects.exists()


def test_the_form_keeps_what_it_shows_and_says_at_its_place_what_is_wrong() -> None:
    client = web(bob())
    form = client.get(SETTINGS).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: "" if value is None else value for name, value in shown.items()}
    assert client.post(SETTINGS, sent).status_code == 302
    kept = plan_in_force()
    assert kept.revision == 1
    assert [(line.metric.code, line.good) for line in kept.lines][:2] == [("roas", D(1)), ("ltv_cac", D(3))]
    assert next(line.good for line in kept.lines if line.metric.code == "sentiment") == D("0.5")
    wrong = client.post(SETTINGS, {**sent, "version": "1", "financial-0-good": "plenty"})
    assert wrong.status_code == 422
    assert wrong.context["form"].errors == {"financial-0-good": ["This is not a number."]}
    late = client.post(SETTINGS, {**sent, "brand-weight": "10"})
    assert "Somebody has changed this meanwhile" in late.content.decode()
    assert plan_in_force().revision == 1


def test_a_radar_passes_by_what_has_no_score_and_needs_three_that_have() -> None:
    drawn = radar(
        [("a", "brand", D(2)), ("b", "brand", None), ("c", "brand", D(1)), ("d", "brand", D("0.5"))]
    )
    assert drawn is not None
    assert drawn.shape == "240.0,52.0 240.0,229.0 210.5,170.0"
    assert [spoke.point is None for spoke in drawn.spokes] == [False, True, False, False]
    wide = radar([("Share of new customers", "brand", D(1)), ("b", "brand", D(1)), ("c", "brand", D(1))])
    assert wide is not None
    assert [line for line, _y in wide.spokes[0].lines] == ["Share of new", "customers"]
    assert radar([("a", "brand", D(1)), ("b", "brand", D(1)), ("c", "brand", None)]) is None
