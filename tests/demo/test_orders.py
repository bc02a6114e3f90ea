"""The demo's own orders tell the same story as what its channels report."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from common.periods import add_months
from dashboards.demo import orders, story

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def told() -> story.Story:
    return story.tell(TODAY)


def test_orders_add_up_to_what_their_channels_report(told: story.Story) -> None:
    rows = orders.lines(told)
    bought = rows[rows["实付金额"] > 0]
    for channel, months in orders.CONNECTED.items():
        since = add_months(TODAY, -months) if months else date.min
        facts = told.facts[(told.facts["channel"] == channel) & (told.facts["day"] >= since)]
        own = bought[bought["渠道"] == channel]
        assert len(own) == facts["orders"].sum()
        assert own["实付金额"].sum() == pytest.approx(
            facts.loc[facts["orders"] > 0, "revenue"].sum(), abs=0.01
        )
        assert own["订单号"].is_unique
    assert 20_000 < len(bought) < 60_000


def test_refunds_are_of_orders_and_come_after_them(told: story.Story) -> None:
    rows = orders.lines(told)
    bought, back = rows[rows["实付金额"] > 0], rows[rows["实付金额"] <= 0]
    both = back.merge(bought, on="订单号", suffixes=("", "_bought"))
    assert len(both) == len(back) > 300
    assert (both["下单日期"] > both["下单日期_bought"]).all()
    assert (-both["实付金额"] <= both["实付金额_bought"] + 0.005).all()
    assert rows["下单日期"].max() < TODAY


def test_some_customers_come_back_and_most_do_not(told: story.Story) -> None:
    rows = orders.lines(told)
    own = rows[(rows["渠道"] == "企业微信私域") & (rows["实付金额"] > 0)]
    times = own.groupby("会员号").size()
    assert 0.3 < (times > 1).mean() < 0.9
    assert times.max() > 20
    recent = own[own["下单日期"] >= TODAY - timedelta(days=180)]
    firsts = own.groupby("会员号")["下单日期"].min()
    assert 0.15 < (firsts >= TODAY - timedelta(days=180)).sum() / len(recent) < 0.4


def test_the_same_day_tells_the_same_orders(told: story.Story) -> None:
    assert orders.lines(told).equals(orders.lines(told))
