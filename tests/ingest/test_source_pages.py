"""The pages of sources: how fresh each is, what became of each time, and addresses without their secrets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ingest.models import Import, Pull, PullRun, PullState, State
from ingest.services import PullBusy, ask_now, remove_pull
from ingest.source_pages import source_page, sources_page
from kpis.models import CheckState, Difference, Reconciliation, Source
from organization.models import AuditEntry
from tests.common.servers import reply, serving
from tests.ingest.pulls import HEADINGS, ROWS, pull
from tests.people import ada, bob

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


@pytest.fixture
def bobs(client: Client) -> Client:
    client.force_login(bob())
    return client


def run(of: Pull, state: PullState, *, error: str = "", minutes_ago: int = 0) -> PullRun:
    at = timezone.now() - timedelta(minutes=minutes_ago, seconds=PullRun.objects.count())
    return PullRun.objects.create(pull=of, slot=at, give_up_at=at, state=state, error=error, tries=1)


def done(source: Source, last_day_ago: int) -> Import:
    last = TODAY - timedelta(days=last_day_ago)
    source.last_day = last
    source.save()
    return Import.objects.create(
        file_name="a.csv", stored_as="a.csv", size=1, sha256="0" * 64, source=source, state=State.DONE, rows=5,
        accepted=5, first_day=last, last_day=last, finished_at=timezone.now(),
    )  # fmt: skip


def of(source: Source) -> Any:
    return next(row for row in sources_page(today=TODAY).rows if row.source == source)


# -- Freshness -------------------------------------------------------------------------------------


def test_who_is_fetched_by_itself_should_know_of_yesterday() -> None:
    source = pull("https://shop.example/x.csv").source
    for ago, behind in ((1, 0), (0, 0), (2, 1), (5, 4)):
        source.last_day = TODAY - timedelta(days=ago)
        source.save()
        assert of(source).behind == behind


def test_a_file_may_be_as_old_as_files_of_its_source_use_to_be() -> None:
    source = Source.objects.create(code="weekly", name="Weekly", facts="channels")
    done(source, 22)
    done(source, 15)
    assert of(source).behind is None, "two make no habit"
    done(source, 8)
    assert of(source).behind == 0
    source.last_day = TODAY - timedelta(days=11)
    source.save()
    assert of(source).behind == 3


def test_failures_in_a_row_are_said_at_the_top_until_one_succeeds(bobs: Client) -> None:
    mine = pull("https://shop.example/x.csv")
    for _time in range(2):
        run(mine, PullState.FAILED, error="The other side does not let us in (401).")
    assert not of(mine.source).trouble
    run(mine, PullState.FAILED, error="The other side does not let us in (401).")
    page = bobs.get(reverse("ingest:sources")).content.decode()
    assert "1 source cannot be fetched" in page
    assert "Failed 3 times in a row: The other side does not let us in (401)." in page
    run(mine, PullState.DONE)
    assert not of(mine.source).trouble


def test_the_list_costs_the_same_however_many_sources_there_are(django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        mine = pull(f"https://shop.example/{number}.csv", name=f"Shop {number}")
        run(mine, PullState.FAILED, error="No.")
        done(mine.source, 1)
    with django_assert_max_num_queries(7):
        sources_page(today=TODAY)
    first = Source.objects.earliest("pk")
    with django_assert_max_num_queries(14):
        source_page(first, today=TODAY)


# -- Setting up ------------------------------------------------------------------------------------

FORM = {
    "name": "Shop", "url": "https://shop.example/report", "shape": "json", "paging": "none", "since_kind": "none",
    "day_format": "iso", "every_minutes": "60", "header_lines": "Authorization: Bearer s3cret-1",
    "secret_lines": "token=s3cret-2", "query_lines": "report=daily",
}  # fmt: skip


def test_bob_sets_up_an_address_and_nobody_ever_reads_its_secrets_again(bobs: Client) -> None:
    answer = bobs.post(reverse("ingest:pull_new"), {**FORM, "then": "test"})
    made = Pull.objects.get()
    assert answer["Location"] == reverse("ingest:pull_test", args=[made.pk])
    assert made.paused_at is not None
    assert (made.source.name, made.query) == ("Shop", [["report", "daily"]])
    pages = [
        reverse("ingest:pull_edit", args=[made.pk]),
        reverse("ingest:source", args=[made.source_id]),
        reverse("ingest:pull_test", args=[made.pk]),
    ]
    for address in pages:
        page = bobs.get(address).content.decode()
        assert "s3cret" not in page
    assert "Authorization: ••••" in bobs.get(pages[0]).content.decode()
    entry = AuditEntry.objects.get(action="pull.add")
    assert "s3cret" not in str(entry.details)


def test_what_stays_dots_stays_as_it_is(bobs: Client) -> None:
    from common.secrets import unseal

    bobs.post(reverse("ingest:pull_new"), FORM)
    made = Pull.objects.get()
    changed = {
        **FORM,
        "header_lines": "Authorization: ••••\nX-More: new",
        "secret_lines": "",
        "every_minutes": "15",
    }
    answer = bobs.post(reverse("ingest:pull_edit", args=[made.pk]), changed)
    assert answer.status_code == 302
    source = made.source
    made.refresh_from_db()
    assert [(name, unseal(sealed)) for name, sealed in made.headers] == [
        ("Authorization", "Bearer s3cret-1"),
        ("X-More", "new"),
    ]
    assert (made.secret_query, made.every_minutes, made.source) == ([], 15, source)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://127.0.0.1/x"}, "internal network"),
        ({"url": "ftp://shop.example/x"}, "begin with https://"),
        ({"url": "https://bob:pw@shop.example/x"}, "name and password"),
        ({"every_minutes": "14"}, "From 15 minutes"),
        ({"header_lines": "no colon here"}, "Write each line as"),
        ({"header_lines": "X-New: ••••"}, "Type the value"),
        ({"header_lines": "X A: b"}, "cannot be the name of a header"),
        ({"header_lines": "X-A: 1\nx-a: 2"}, "Each name once"),
        ({"paging": "page"}, "needed for what you chose"),
        ({"paging": "next", "cursor_path": "next", "shape": "table"}, "Only JSON"),
        ({"since_kind": "field", "since_parameter": "after"}, "needed for what you chose"),
        ({"most_pages": "5000"}, "From 1 to 1000"),
    ],
)
def test_what_cannot_work_is_said_where_it_stands(bobs: Client, changes: dict[str, str], said: str) -> None:
    answer = bobs.post(reverse("ingest:pull_new"), {**FORM, **changes})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Pull.objects.exists()


def test_bob_tests_an_address_and_sees_its_first_rows(bobs: Client, settings: Any) -> None:
    with serving(lambda request: reply(request, HEADINGS + ROWS)) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), paused_at=timezone.now())
        page = bobs.post(reverse("ingest:pull_test", args=[mine.pk])).content.decode()
    assert "2 lines came, and their columns are understood." in page
    assert "200.25" in page
    with serving(lambda request: reply(request, status=401)) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        Pull.objects.update(url=shop.url())
        page = bobs.post(reverse("ingest:pull_test", args=[mine.pk])).content.decode()
    assert "does not let us in (401)" in page
    assert not Import.objects.exists()


def test_bob_fetches_at_once_pauses_goes_on_and_takes_away(bobs: Client) -> None:
    mine = pull("https://shop.example/x.csv")
    bobs.post(reverse("ingest:pull_now", args=[mine.pk]))
    assert PullRun.objects.get().kind == "manual"
    with pytest.raises(PullBusy):
        ask_now(pull=mine, person=None)
    with pytest.raises(PullBusy):
        remove_pull(pull=mine, person=None)
    PullRun.objects.update(state=PullState.DONE)
    bobs.post(reverse("ingest:pull_pause", args=[mine.pk]), {"paused": "1"})
    mine.refresh_from_db()
    assert mine.paused_at is not None
    bobs.post(reverse("ingest:pull_pause", args=[mine.pk]), {"paused": "0"})
    mine.refresh_from_db()
    assert mine.paused_at is None
    batch = done(mine.source, 1)
    bobs.post(reverse("ingest:pull_remove", args=[mine.pk]))
    assert not Pull.objects.exists()
    assert Import.objects.filter(pk=batch.pk).exists()
    actions = list(
        AuditEntry.objects.filter(action__startswith="pull.").order_by("pk").values_list("action", flat=True)
    )
    assert actions == ["pull.add", "pull.now", "pull.pause", "pull.resume", "pull.remove"]


# -- Nightly checks --------------------------------------------------------------------------------


def night(**fields: Any) -> Reconciliation:
    given = {
        "night": TODAY,
        "first_day": TODAY,
        "last_day": TODAY,
        "state": CheckState.DONE,
        "remaining": 0,
        **fields,
    }
    return Reconciliation.objects.create(**given)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"different": 0}, "All figures agree with what came in."),
        ({"different": 3}, "3 differences found and repaired."),
        ({"different": 3, "remaining": 2}, "2 differences are left after the repair."),
        ({"state": CheckState.RUNNING, "remaining": None}, "Not over yet."),
        ({"state": CheckState.FAILED, "error": "busy"}, "New data came in all the time"),
    ],
)
def test_a_night_says_in_a_line_what_it_found(bobs: Client, fields: dict[str, Any], said: str) -> None:
    night(**fields)
    assert said in bobs.get(reverse("ingest:checks")).content.decode()


def test_a_difference_says_what_stood_there_and_what_should(bobs: Client) -> None:
    check = night(different=1)
    Difference.objects.create(
        check_of=check, table="amountday", what="revenue", place="channel:搜索", grain="day", start=TODAY,
        kept="99.0001", expected="1234.5", remains=False,
    )  # fmt: skip
    page = bobs.get(reverse("ingest:check", args=[check.pk])).content.decode()
    for text in ("channel:搜索", "Revenue", "99.0001", "1,234.5", "repaired"):
        assert text in page


def test_bob_asks_for_a_check_by_day_and_twice_is_once(bobs: Client) -> None:
    ada()
    for _time in range(2):
        bobs.post(reverse("ingest:checks_now"))
    assert Reconciliation.objects.filter(by_hand=True, source=None).count() == 1
