"""The pages of customers: what each shows, to whom, and what it costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from customers.models import AreaValue, CohortMonth, TierMove, ValueRun, ValueSettings
from customers.services import ValueDraft, keep_value_settings
from customers.services.value_orders import KIND
from organization.models import Job, Person
from tests.people import PASSWORD, alice, bob, charlie, mallory, scope

pytestmark = pytest.mark.django_db
LIMITS = {
    "window_days": 365, "new_days": 90, "dormant_days": 180, "high_score": 8, "soon_days": 90, "horizon_months": 24,
}  # fmt: skip


def of(person: Person) -> Client:
    client = Client()
    assert client.login(username=person.username, password=PASSWORD)
    return client


def found(run: ValueRun, key: str, people: int, **fields: Any) -> AreaValue:
    """An area whose customers all began in February: a tenth of them of high value by March, a half of them back in it."""
    at = scope(key)
    for month, came_from, tier, count, amount in (
        (2, "", "new", people, people * 10), (3, "new", "new", people - people // 10, people * 10),
        (3, "new", "high", people // 10, people * 30),
    ):  # fmt: skip
        TierMove.objects.create(
            run=run, scope=at, month=date(2026, month, 1), came_from=came_from, tier=tier, customers=count,
            amount=amount,
        )  # fmt: skip
    for later, count in ((0, people), (1, people // 2)):
        CohortMonth.objects.create(
            run=run, scope=at, month=date(2026, 2, 1), later=later, customers=count, amount=count * 10
        )
    defaults: dict[str, Any] = {
        "steps": [people, people // 2, people // 4, people // 8],
        "step_amounts": ["1000", "800", "600", "400"],
        "outlook": "too_little",
    }
    return AreaValue.objects.create(
        run=run,
        scope=at,
        customers=people,
        orders=people * 2,
        amount=Decimal(people * 20),
        **{**defaults, **fields},
    )


def made() -> ValueRun:
    run = ValueRun.objects.create(
        inputs="import 1, margins -, limits 1", limits=LIMITS, first_day=date(2026, 2, 1), last_day=date(2026, 3, 20),
        orders=4000, customers=2000,
    )  # fmt: skip
    found(run, "company", 2000)
    found(
        run, "channel:search", 1200, outlook="predicted", foretold=1200, ahead=Decimal(60_000), low=Decimal(45),
        high=Decimal(56), lifetime=Decimal(33_600), profit=Decimal(9600), check_weeks=26, check_expected=110.0,
        check_actual=100,
    )  # fmt: skip
    found(run, "channel:video", 800)
    found(run, "region:华东", 500)
    return run


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_before_any_orders_the_pages_say_what_to_do() -> None:
    for page in ("", "cohorts/", "lifetime/", "lifecycle/"):
        assert "Import your own orders" in text_of(of(bob()), f"/customers/{page}")


def test_charlie_sees_tiers_with_counts_value_and_share_and_who_moved() -> None:
    made()
    page = text_of(of(charlie("company")), "/customers/")
    assert "High-value customers are 10% of all and bring 75% of revenue; 0% are dormant." in page
    assert "Who moved in March 2026" in page
    assert "1,800" in page
    assert "¥80K" in page
    earlier = text_of(of(charlie("company")), "/customers/?month=2026-02")
    assert "Who moved in February 2026" in earlier
    assert "Work out anew" not in page


def test_cohorts_show_shares_and_leave_running_months_out_of_the_mean() -> None:
    made()
    page = text_of(of(bob()), "/customers/cohorts/")
    assert "50%" in page
    assert "customers-open" in page
    assert "On average" not in page  # the only later month is not over


def test_lifetime_value_stands_with_its_interval_and_its_check_or_says_why_not() -> None:
    made()
    page = text_of(of(bob()), "/customers/lifetime/")
    assert "¥50.00" in page
    assert "80%: ¥45.00 to ¥56.00" in page
    assert "110 order days expected, 100 came" in page
    assert "¥28.00" in page
    assert page.count("Not enough to predict from") == 2
    assert "华东" in text_of(of(bob()), "/customers/lifetime/?by=region")


def test_the_life_cycle_shows_each_step_and_says_that_nobody_reports_referrals() -> None:
    made()
    page = text_of(of(bob()), "/customers/lifecycle/")
    assert "50% of new customers order again within 90 days." in page
    assert "No source reports referrals" in page


def test_who_sees_one_channel_sees_its_row_and_no_other() -> None:
    made()
    client = of(alice("channel:search"))
    page = text_of(client, "/customers/")
    assert "1,080" in page
    assert "1,800" not in page
    lifetime = text_of(client, "/customers/lifetime/")
    assert "¥50.00" in lifetime
    assert "video" not in lifetime.lower()
    assert "2,000" not in lifetime
    assert client.get("/customers/?area=channel:video").status_code == 404
    assert client.get("/customers/cohorts/?area=company").status_code == 404
    assert client.get("/customers/limits/").status_code == 403
    assert of(mallory()).get("/customers/").status_code == 403


def test_an_area_without_customers_of_its_own_says_so() -> None:
    made()
    scope("channel:empty")
    assert "No customers here" in text_of(of(bob()), "/customers/?area=channel:empty")


def test_the_pages_cost_no_more_with_more_areas(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    run = made()
    for number in range(30):
        found(run, f"channel:c{number}", 100 + number)
    client = of(bob())
    client.get("/customers/")
    for page in ("", "cohorts/", "lifetime/", "lifecycle/"):
        with django_assert_max_num_queries(22):
            assert client.get(f"/customers/{page}").status_code == 200


def test_bob_changes_the_limits_and_customers_are_sorted_anew() -> None:
    made()
    client = of(bob())
    assert "High value from a score of" in text_of(client, "/customers/limits/")
    answer = client.post("/customers/limits/", {**LIMITS, "new_days": 60, "version": 1}, follow=True)
    assert "Saved. Customers are sorted anew." in answer.content.decode()
    assert ValueSettings.objects.get().new_days == 60
    assert Job.objects.get(kind=KIND).is_open
    assert "What customers are worth" in answer.content.decode()  # the work is shown while it goes on


def test_a_limit_outside_of_the_window_is_said_at_its_place_and_nothing_is_saved() -> None:
    answer = of(bob()).post("/customers/limits/", {**LIMITS, "dormant_days": 400, "version": 1})
    assert "within the window of 365 days" in answer.content.decode()
    assert not ValueSettings.objects.exists()


def test_two_people_at_the_limits_see_each_other() -> None:
    keep_value_settings(
        draft=ValueDraft(365, 30, 180, 8, 90, 24), based_on=1, person=alice("company"), now=timezone.now()
    )
    client = of(bob())
    answer = client.post("/customers/limits/", {**LIMITS, "new_days": 60, "version": 1})
    assert "Alice has changed these meanwhile" in answer.content.decode()
    assert ValueSettings.objects.get().new_days == 30
    assert client.post("/customers/limits/", {**LIMITS, "new_days": 60, "version": 2}).status_code == 302
    assert ValueSettings.objects.get().new_days == 60


def test_bob_has_customers_worked_out_by_hand() -> None:
    made()
    answer = of(bob()).post("/customers/work-out/", follow=True)
    assert "being worked out anew" in answer.content.decode()
    assert Job.objects.filter(kind=KIND).count() == 1
