"""Data comes in by itself: addresses are asked at set times, and what they answer is imported like any file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from channels.models import Fact
from ingest.models import Import, Pull, PullRun, PullState, State
from ingest.services import ask_undo, fetch_due, make_due, make_nightly, pulls_wait, work_next
from ingest.services.fetch import look_at, marker_of, work_run
from ingest.services.pull_queue import claim_run
from ingest.source_pages import sources_page
from kpis.models import Measure
from kpis.work import catch_up
from tests.common.servers import Server, reply, serving
from tests.ingest.files import value
from tests.ingest.pulls import HEADINGS, ROWS, newest_run, only_run, pull
from tests.people import ada

pytestmark = pytest.mark.django_db(transaction=True)

Request = BaseHTTPRequestHandler


@pytest.fixture(autouse=True)
def _uploads(settings: Any, tmp_path: Any) -> None:
    settings.UPLOAD_DIR = tmp_path


def asked(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


def answer_json(request: Request, body: object, **more: Any) -> None:
    headers = {"Content-Type": "application/json", **more.pop("headers", {})}
    reply(request, json.dumps(body), headers=headers, **more)


def record(day: int, orders: int = 1) -> dict[str, object]:
    return {
        "date": f"2025-08-{day:02d}", "channel": "Search", "orders": orders, "revenue": 100.10, "cost": 10,
    }  # fmt: skip


def bring_in() -> None:
    """What beat and workers do until nothing is left."""
    make_due()
    fetch_due(hands=1)
    while work_next():
        pass


def due_again(*pulls: Pull) -> None:
    Pull.objects.filter(pk__in=[one.pk for one in pulls]).update(next_at=timezone.now())


# -- What comes ------------------------------------------------------------------------------------


def test_a_csv_is_fetched_imported_and_on_screen(settings: Any) -> None:
    with serving(
        lambda request: reply(request, HEADINGS + ROWS, headers={"Content-Type": "text/csv"})
    ) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url("/report.csv"), person=ada(), headers=[("X-Api-Key", "secret")])
        bring_in()
        catch_up()
    run = only_run(mine)
    assert (run.state, run.error) == (PullState.DONE, "")
    assert run.batch is not None
    assert (run.batch.state, run.batch.rows, run.batch.source) == (State.DONE, 2, mine.source)
    assert run.batch.file_name.startswith("Shop 20")
    assert shop.headers[0]["x-api-key"] == "secret"
    assert value("revenue", "channel:search", "2025-08") == Decimal("300.75")
    assert "secret" not in json.dumps(list(Pull.objects.values("headers", "url", "query")))


def test_json_records_become_lines_and_no_digit_is_lost(settings: Any) -> None:
    body = {
        "ok": True,
        "data": {
            "items": [
                {
                    "date": "2025-08-01",
                    "channel": "Search",
                    "revenue": 1234567890.1234,
                    "extra": {"a": {"b": 1}},
                },
                {"date": "2025-08-02", "channel": "Search", "revenue": "0.1000", "tags": ["x"], "new": None},
            ]
        },
    }
    with serving(lambda request: answer_json(request, body)) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), shape="json", records_path="data.items")
        bring_in()
        catch_up()
    run = only_run(mine)
    assert run.batch is not None, run.error
    assert run.batch.headings == ["date", "channel", "revenue", "extra.a.b", "tags", "new"]
    assert value("revenue", "channel:search", "2025-08") == Decimal("1234567890.2234")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ("[]", {"shape": "json"}),
        ('{"rows": null}', {"shape": "json", "records_path": "rows"}),
        (HEADINGS, {}),
        ("", {}),
    ],
)
def test_an_answer_with_nothing_in_it_is_a_success_without_an_import(
    settings: Any, body: str, fields: dict[str, Any]
) -> None:
    with serving(lambda request: reply(request, body)) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), **fields)
        bring_in()
    run = only_run(mine)
    assert (run.state, run.error, run.batch) == (PullState.DONE, "", None)
    assert not Import.objects.exists()


def _pages(total: int, size: int) -> list[list[dict[str, object]]]:
    days = [record(day) for day in range(1, total + 1)]
    return [days[start : start + size] for start in range(0, total, size)] + [[]]


PAGES = _pages(7, 3)


def by_page(request: Request) -> None:
    answer_json(request, PAGES[min(int(asked(request)["p"]) - 1, 3)])


def by_offset(request: Request) -> None:
    start = int(asked(request)["skip"])
    answer_json(request, [record(day) for day in range(start + 1, 8)][: int(asked(request)["n"])])


def by_cursor(request: Request) -> None:
    at = int(asked(request).get("after", "0"))
    answer_json(request, {"rows": PAGES[at], "meta": {"next": str(at + 1) if at < 2 else None}})


def by_next(request: Request) -> None:
    at = int(asked(request).get("at", "0"))
    answer_json(request, {"rows": PAGES[at], "next": f"/more?at={at + 1}" if at < 2 else ""})


def by_link(request: Request) -> None:
    at = int(asked(request).get("at", "0"))
    link = {"Link": f'</first>; rel="first", </more?at={at + 1}>; rel="next"'} if at < 2 else {}
    answer_json(request, PAGES[at], headers=link)


def csv_by_page(request: Request) -> None:
    at = int(asked(request)["p"])
    lines = HEADINGS + "".join(
        f"2025-08-0{day},Search,Brand,1,100.10,10\n" for day in range(at * 3 - 2, at * 3 + 1) if day < 8
    )
    reply(request, lines, headers={"Content-Type": "text/csv"})


@pytest.mark.parametrize(
    ("handle", "requests", "fields"),
    [
        (by_page, 4, {"paging": "page", "page_parameter": "p", "shape": "json"}),
        (by_page, 3, {"paging": "page", "page_parameter": "p", "shape": "json", "size_parameter": "n", "page_size": 3}),
        (by_offset, 3, {"paging": "offset", "page_parameter": "skip", "shape": "json", "size_parameter": "n", "page_size": 3}),
        (by_cursor, 3, {"paging": "cursor", "page_parameter": "after", "cursor_path": "meta.next", "shape": "json", "records_path": "rows"}),
        (by_next, 3, {"paging": "next", "cursor_path": "next", "shape": "json", "records_path": "rows"}),
        (by_link, 3, {"paging": "link", "shape": "json"}),
        (csv_by_page, 4, {"paging": "page", "page_parameter": "p"}),
    ],
)  # fmt: skip
def test_every_page_is_fetched_once(
    settings: Any, handle: Callable[[Request], None], requests: int, fields: dict[str, Any]
) -> None:
    with serving(handle) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url("/list"), query=[["kind", "day"]], secret_query=[("key", "s3")], **fields)
        bring_in()
    run = only_run(mine)
    assert run.batch is not None, run.error
    assert (run.pages, run.records, run.batch.accepted) == (requests, 7, 7)
    assert len(shop.asked) == requests
    assert all("key=s3" in path for path in shop.asked)
    assert "s3" not in run.error


@pytest.mark.parametrize(
    ("handle", "fields", "said"),
    [
        (lambda r: answer_json(r, [record(1)]), {"paging": "page", "page_parameter": "p"}, "same page came twice"),
        (lambda r: answer_json(r, {"rows": [record(1)], "next": "http://127.0.0.1:1/"}), {"paging": "next", "cursor_path": "next", "records_path": "rows"}, "another host"),
        (lambda r: answer_json(r, {"rows": [record(1)], "next": r.path}), {"paging": "next", "cursor_path": "next", "records_path": "rows"}, "leads to itself"),
        (lambda r: answer_json(r, [record(int(asked(r)["p"]))]), {"paging": "page", "page_parameter": "p", "most_pages": 3}, "more than 3 pages"),
        (lambda r: answer_json(r, {"a": [1], "b": [2]}), {}, "No list of records"),
        (lambda r: answer_json(r, {"rows": [1, 2]}), {"records_path": "rows"}, "something else than records"),
        (lambda r: reply(r, "{ not json"), {}, "no JSON"),
        (lambda r: reply(r, "[" * 100_000), {}, "no JSON"),
        (lambda r: reply(r, "<html>Log in</html>", headers={"Content-Type": "text/html; charset=utf-8"}), {}, "web page"),
        (lambda r: answer_json(r, []), {"shape": "table"}, "JSON came instead"),
        (lambda r: reply(r, b"\x89PNG\r\n\x1a\n", headers={"Content-Type": "image/png"}), {"shape": "table"}, "no data"),
        (lambda r: reply(r, b"%PDF-1.7 ..."), {"shape": "table"}, "no table"),
        (lambda r: reply(r, status=401), {}, "does not let us in (401)"),
        (lambda r: reply(r, status=404), {}, "nothing at this address (404)"),
        (lambda r: reply(r, status=400), {}, "refuses the request (400)"),
        (lambda r: reply(r, status=302, headers={"Location": "http://169.254.169.254/"}), {}, "internal network"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_at_once_and_nothing_goes_in(
    settings: Any, handle: Callable[[Request], None], fields: dict[str, Any], said: str
) -> None:
    with serving(handle) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url("/x"), **{"shape": "json", **fields})
        bring_in()
    run = only_run(mine)
    assert run.state == PullState.FAILED
    assert said in run.error
    assert not Import.objects.exists()
    assert not Fact.objects.exists()


def test_a_huge_answer_is_not_taken(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("ingest.pulling.fetching.LARGEST_FILE", 1024 * 1024)
    with serving(lambda request: reply(request, bytes(3_000_000))) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url())
        bring_in()
    assert "larger than 1 MB" in only_run(mine).error


def test_pages_of_pages_end_with_the_file_that_we_take(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("ingest.pulling.fetching.LARGEST_FILE", 1000)
    with serving(lambda r: answer_json(r, [record(int(asked(r)["p"]))] * 3)) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), shape="json", paging="page", page_parameter="p")
        bring_in()
    assert only_run(mine).state == PullState.FAILED
    assert not Import.objects.exists()


# -- Faults that pass ------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["429", "500", "cut off", "slow"])
def test_a_fault_that_passes_is_tried_again_within_the_slot(
    settings: Any, monkeypatch: Any, fault: str
) -> None:
    monkeypatch.setattr("ingest.pulling.fetching.SECONDS_A_PAGE", 0.5)
    times = iter(range(10))

    def handle(request: Request) -> None:
        if next(times) > 0:
            reply(request, HEADINGS + ROWS)
        elif fault == "cut off":
            request.wfile.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + (HEADINGS + ROWS).encode()
            )
        elif fault == "slow":
            time.sleep(1)
        else:
            reply(request, status=int(fault))

    with serving(handle) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url())
        bring_in()
        run = only_run(mine)
        assert (run.state, run.batch) == (PullState.WAITING, None)
        assert run.error
        assert 20 < (run.not_before - timezone.now()).total_seconds() <= 30
        assert not pulls_wait()
        PullRun.objects.update(not_before=timezone.now())
        bring_in()
    run = only_run(mine)
    assert (run.state, run.error) == (PullState.DONE, "")
    assert Fact.objects.count() == 2


def test_tries_end_with_the_slot_and_the_other_side_may_ask_for_patience(settings: Any) -> None:
    with serving(lambda request: reply(request, status=503, headers={"Retry-After": "200"})) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url())
        bring_in()
        run = only_run(mine)
        assert 190 < (run.not_before - timezone.now()).total_seconds() <= 200
        for _try in range(3):
            PullRun.objects.update(not_before=timezone.now())
            bring_in()
    run = only_run(mine)
    assert (run.state, run.tries) == (PullState.FAILED, 4)
    assert "not available" in run.error
    mine.refresh_from_db()
    assert mine.next_at > timezone.now()


def test_a_pull_that_fails_or_hangs_keeps_no_other_waiting(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("ingest.pulling.fetching.SECONDS_A_PAGE", 2.0)
    order: list[str] = []

    def handle(request: Request) -> None:
        order.append(request.path)
        if request.path == "/hangs":
            time.sleep(3)
        elif request.path == "/fails":
            reply(request, status=401)
        else:
            reply(request, HEADINGS + ROWS)

    with serving(handle) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        pull(shop.url("/hangs"), name="Hangs")
        pull(shop.url("/fails"), name="Fails")
        good = pull(shop.url("/good"), name="Good")
        make_due()
        started = time.monotonic()
        fetch_due()
        took = time.monotonic() - started
    run = only_run(good)
    assert run.state == PullState.DONE
    assert run.finished_at is not None
    assert run.started_at is not None
    assert (run.finished_at - run.started_at).total_seconds() < 1.5
    assert took < 6


# -- When ------------------------------------------------------------------------------------------


def test_a_slot_is_made_once_however_many_beats_there_are(settings: Any) -> None:
    mine = pull("https://example.com/x.csv", every_minutes=60)
    assert [make_due() for _beat in range(3)] == [1, 0, 0]
    PullRun.objects.update(state=PullState.DONE)
    assert make_due() == 0
    mine.refresh_from_db()
    assert timedelta(minutes=59) < mine.next_at - timezone.now() <= timedelta(minutes=60)


def test_slots_that_passed_while_nobody_looked_are_one(settings: Any) -> None:
    mine = pull("https://example.com/x.csv", every_minutes=15)
    began = timezone.now() - timedelta(hours=5, minutes=7)
    Pull.objects.update(next_at=began)
    assert make_due() == 1
    mine.refresh_from_db()
    assert (mine.next_at - began).total_seconds() % 900 == 0
    assert timedelta(0) < mine.next_at - timezone.now() <= timedelta(minutes=15)


def test_a_pull_waits_for_its_own_import_and_sleeps_while_paused(settings: Any) -> None:
    with serving(lambda request: reply(request, HEADINGS + ROWS)) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url())
        make_due()
        fetch_due(hands=1)
        due_again(mine)
        assert make_due() == 0, "its import is not done yet"
        assert work_next()
        assert make_due() == 1
    paused = pull("https://example.com/y.csv", name="Paused", paused_at=timezone.now())
    assert make_due() == 0
    assert not PullRun.objects.filter(pull=paused).exists()


def test_the_database_itself_holds_the_least_time_between_two_slots() -> None:
    for minutes in (0, 14):
        with pytest.raises(IntegrityError), transaction.atomic():
            pull("https://example.com/x.csv", every_minutes=minutes)


def test_two_hands_never_fetch_one_run_and_a_dead_ones_lease_ends(settings: Any) -> None:
    with serving(lambda request: reply(request, HEADINGS + ROWS)) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url())
        make_due()
        first = claim_run()
        assert first is not None
        assert claim_run() is None
        with connection.cursor() as cursor:
            cursor.execute("UPDATE ingest_pullrun SET lease_until = now() - interval '1 second'")
        second = claim_run()
        assert second is not None
        work_run(second)
        work_run(first)  # comes back from the dead: what it fetched is thrown away
    assert only_run(mine).state == PullState.DONE
    assert Import.objects.count() == 1
    assert not list((settings.UPLOAD_DIR / "fetching").iterdir())


# -- Since when ------------------------------------------------------------------------------------


def since_sent(shop: Server, name: str = "since") -> list[str | None]:
    return [parse_qs(urlsplit(path).query).get(name, [None])[0] for path in shop.asked]


def test_the_marker_follows_the_imports_that_hold(settings: Any) -> None:
    last = {"day": "2025-08-09"}
    with serving(lambda r: reply(r, HEADINGS + f"{last['day']},Search,Brand,1,1,1\n")) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(
            shop.url(), since_kind="day", since_parameter="since", until_parameter="until",
            since_first="2025-01-01", overlap_days=2,
        )  # fmt: skip
        bring_in()
        assert marker_of(mine) == date(2025, 8, 9)
        last["day"] = "2025-08-20"
        due_again(mine)
        make_due()
        fetch_due(hands=1)
        assert marker_of(mine) == date(2025, 8, 9), "fetched, but not imported yet"
        assert work_next()
        assert marker_of(mine) == date(2025, 8, 20)
        due_again(mine)
        bring_in()
        newest = Import.objects.filter(unchanged=0).order_by("-pk").first()
        assert newest is not None
    assert since_sent(shop) == ["2025-01-01", "2025-08-07", "2025-08-18"]
    assert since_sent(shop, "until") == [timezone.localdate().isoformat()] * 3


def test_an_import_that_is_taken_back_takes_its_marker_along(settings: Any) -> None:
    with serving(
        lambda r: reply(r, HEADINGS + f"2025-08-{10 + len(shop.asked)},Search,Brand,1,1,1\n")
    ) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), since_kind="day", since_parameter="since")
        bring_in()
        due_again(mine)
        bring_in()
        assert marker_of(mine) == date(2025, 8, 12)
        batch = newest_run(mine).batch
        assert batch is not None
        assert ask_undo(batch=batch, person=None)
        assert work_next()
        assert marker_of(mine) == date(2025, 8, 11)


def test_an_import_that_fails_moves_no_marker(settings: Any) -> None:
    torn = HEADINGS + ROWS * 30 + '2025-08-03,"Sear'
    with serving(lambda r: reply(r, torn)) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), since_kind="day", since_parameter="since")
        bring_in()
    run = only_run(mine)
    assert run.batch is not None
    assert run.batch.state == State.FAILED
    assert marker_of(mine) is None


def test_columns_that_nobody_knows_are_asked_for_once_and_not_at_every_slot(settings: Any) -> None:
    with serving(lambda r: reply(r, "when,where,howmuch\n2025-08-01,Search,2\n")) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url())
        bring_in()
        due_again(mine)
        bring_in()
    run = only_run(mine)
    assert run.batch is not None
    assert run.batch.state == State.ASKS
    row = sources_page(today=date(2025, 9, 1)).rows[0]
    assert row.trouble.startswith("Nobody has said yet what the columns mean.")


def test_a_marker_may_be_the_highest_value_of_a_field(settings: Any) -> None:
    def handle(request: Request) -> None:
        after = int(asked(request).get("after", "0"))
        answer_json(request, [{**record(n - 8), "id": n} for n in range(9, 12) if n > after])

    with serving(handle) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), shape="json", since_kind="field", since_parameter="after", since_field="id")
        for _slot in range(3):
            due_again(mine)
            bring_in()
    assert since_sent(shop, "after") == [None, "11", "11"]
    assert marker_of(mine) == "11"
    assert newest_run(mine).batch is None


def test_at_night_the_last_35_days_are_asked_for_again_once(settings: Any) -> None:
    revenue = {"is": "1"}
    with serving(lambda r: reply(r, HEADINGS + f"{date.today()},Search,Brand,1,{revenue['is']},1\n")) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), since_kind="day", since_parameter="since")
        pull(shop.url(), name="Everything each time")
        bring_in()
        revenue["is"] = "2"
        night = timezone.now()
        assert make_nightly(night=night) == 1
        assert make_nightly(night=night) == 0
        bring_in()
        assert make_nightly(night=night) == 0
    assert since_sent(shop)[-1] == (timezone.localdate() - timedelta(days=35)).isoformat()
    assert newest_run(mine).kind == "nightly"
    slot = Measure.objects.get(code="revenue").slot
    facts = Fact.objects.filter(source_id=mine.source_id)
    assert [fact.amounts[slot - 1] for fact in facts] == [Decimal(2)]


# -- A look ----------------------------------------------------------------------------------------


def test_a_look_shows_the_first_rows_and_imports_nothing(settings: Any, tmp_path: Any) -> None:
    with serving(by_page) as shop:
        settings.OUTBOUND_ALLOW = [shop.place]
        mine = pull(shop.url(), shape="json", paging="page", page_parameter="p")
        seen = look_at(mine, folder=tmp_path, today=date(2025, 9, 1))
    assert seen.rows[0] == ("date", "channel", "orders", "revenue", "cost")
    assert seen.rows[1] == ("2025-08-01", "Search", "1", "100.1", "10")
    assert (seen.records, seen.more, len(shop.asked)) == (3, True, 1)
    assert not Import.objects.exists()
    assert not PullRun.objects.exists()
