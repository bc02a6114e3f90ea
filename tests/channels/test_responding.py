"""Response curves are fitted by a job, kept as rows, and say what the next yuan brings."""

from __future__ import annotations

import pytest
from django.utils import timezone

from channels.models import ResponseCurve, ResponseRun
from channels.response import Verdict
from channels.selectors import response_input as reading
from channels.services.responding import KIND, order_curves
from kpis.models import Measure, PublishedAmount
from organization.models import Job, JobState
from organization.services import cancel_job
from organization.services.jobs import work_next_job
from tests.channels.weeks_of_channels import TODAY, weeks_of
from tests.people import ada, bob, node

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


def fit() -> Job:
    job = order_curves(person=bob(), now=timezone.now())
    while work_next_job():
        pass
    job.refresh_from_db()
    return job


def test_bob_has_curves_fitted_and_a_channel_that_teaches_nothing_says_why() -> None:
    weeks_of("channel:search")
    weeks_of("channel:young", weeks=20)
    weeks_of("channel:even", moves=0.0, seed=3)
    node("channel:silent")
    job = fit()
    assert (job.state, job.kind) == (JobState.DONE, KIND)
    found = {row.node.slug: row for row in ResponseCurve.objects.select_related("node")}
    assert {slug: row.verdict for slug, row in found.items()} == {
        "search": Verdict.FITTED,
        "young": Verdict.TOO_SHORT,
        "even": Verdict.STEADY,
        "silent": Verdict.NO_SPEND,
    }
    assert found["search"].weeks == 110
    assert len(found["search"].draws["most"]) == 400
    assert found["even"].current == 7000
    assert ResponseRun.objects.get().last_day is not None


def test_the_next_1_percent_is_published_for_closed_months() -> None:
    weeks_of("channel:search", back=3, half=1)
    fit()
    slots = dict(Measure.objects.values_list("slot", "code"))
    rows = {(row.start, slots[row.slot]): row.amount for row in PublishedAmount.objects.all()}
    starts = sorted({start for start, _code in rows})
    assert len(starts) == 13
    # a Hill curve with its half at the usual week: the next yuan brings half of the average 3
    assert 1.0 < rows[starts[-1], "marginal_revenue"] / rows[starts[-1], "marginal_cost"] < 2.0


def test_fitting_again_replaces_and_leaves_nothing_behind() -> None:
    weeks_of("channel:search")
    fit()
    before = PublishedAmount.objects.count()
    first = ResponseRun.objects.get().inputs_version
    fit()
    assert ResponseRun.objects.get().inputs_version == first
    assert PublishedAmount.objects.count() == before
    assert ResponseCurve.objects.count() == 1


def test_the_version_of_the_inputs_changes_with_the_weeks() -> None:
    weeks_of("channel:search")
    before = reading.input_version(today=TODAY)
    weeks_of("channel:more", seed=4)
    assert reading.input_version(today=TODAY) != before


def test_a_week_that_is_not_over_is_no_week_of_little_spend() -> None:
    weeks_of("channel:search")
    (found,) = reading.response_input(today=TODAY).channels
    assert len(found.spend) == 110
    (sooner,) = reading.response_input(today=TODAY.replace(day=22)).channels
    assert len(sooner.spend) == 109


def test_cancelled_it_leaves_what_was_there() -> None:
    weeks_of("channel:search")
    fit()
    kept = ResponseRun.objects.get().pk
    whose = ada()
    cancel_job(job=order_curves(person=whose, now=timezone.now()), person=whose, now=timezone.now())
    assert not work_next_job()
    assert ResponseRun.objects.get().pk == kept
