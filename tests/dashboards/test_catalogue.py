"""Which chart is for which figure, and how a share is drawn."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import marks
from dashboards.catalogue import charts_for, is_share
from dashboards.models import ChartKind
from kpis.models import Metric


@pytest.mark.django_db
def test_a_gauge_is_for_shares_alone() -> None:
    shares = {one.code for one in Metric.objects.in_use() if is_share(one)}
    assert {"ctr", "conversion_rate", "csat"} <= shares
    assert not {"revenue", "roas", "roi", "budget_variance", "nps"} & shares
    ctr = Metric.objects.get(code="ctr")
    assert set(charts_for(ctr, adds_up=True)) == set(ChartKind) - {ChartKind.FUNNEL}


@given(st.decimals(-1, 3, places=4), st.none() | st.decimals(0, 2, places=4))
def test_a_gauge_stays_on_its_scale(value: Decimal, target: Decimal | None) -> None:
    drawn = marks.gauge(value, target)
    assert max(value, target or Decimal(0)) <= drawn.top or drawn.top == 1
    ends = [float(one) for one in drawn.arc.split()[-2:]] if drawn.arc else [18.0, 100.0]
    assert 18 <= ends[0] <= 182
    assert 18 <= ends[1] <= 100
