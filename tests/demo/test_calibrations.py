"""What the demo company's people have made of the month that closed last."""

from __future__ import annotations

import pytest

from dashboards.demo import calibrations
from kpis.models import Calibration, Target
from tests.kpis.calibrations import NOVEMBER, TODAY, aim, closed_at, settle
from tests.people import alice, bob, scope

pytestmark = pytest.mark.django_db(transaction=True)


def states() -> dict[str, str]:
    return dict(Calibration.objects.values_list("scope__key", "state"))


def test_of_what_closed_off_plan_one_moved_its_targets_one_waits_and_the_rest_is_to_be_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibrations, "catch_up", lambda today: settle())  # these figures stand on no amounts
    for area, value in (
        ("region:华东/上海", "600000"),
        ("region:华东/江苏", "700000"),
        ("region:华东/浙江", "750000"),
        ("region:西南", "100000"),
    ):
        closed_at(area, value, "1000000")
        aim(area, "1000000", "2026-11")
    staff = {"lead": alice(), "manager": bob()}
    assert calibrations.make(staff=staff, today=TODAY) == 2
    now = {
        "region:华东/上海": "approved",
        "region:华东/江苏": "proposed",
        "region:华东/浙江": "open",
        "region:西南": "open",
    }
    assert states() == now
    held = Target.objects.get(scope=scope("region:华东/上海"), start=NOVEMBER, superseded_at=None)
    assert held.value == 733_000
    assert calibrations.make(staff=staff, today=TODAY) == 2
    assert states() == now


def test_where_nothing_closed_off_plan_nothing_is_asked() -> None:
    staff = {"lead": alice(), "manager": bob()}
    assert calibrations.make(staff=staff, today=TODAY) == 0
