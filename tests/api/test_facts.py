"""Programs send amounts row by row: in whole or in part, once or again."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from ingest.models import Import, Reject, SentOnce, State
from ingest.services import ask_undo, work_next
from ingest.services.queue import claim_next
from kpis.work import catch_up
from organization.models import Node, Person
from tests.api.callers import Program, pointers
from tests.ingest.files import value
from tests.people import alice, bob, charlie, dana

DAY = "2026-06-01"


@pytest.fixture
def shop(transactional_db: None) -> Program:
    """Dana's program."""
    return Program(dana())


def row(**fields: Any) -> dict[str, Any]:
    return {"day": DAY, "channel": "抖音直播", "region": "华东/上海", "revenue": "100", **fields}


def sent(program: Program, *rows: Any, source: str = "shop", **headers: str) -> Any:
    return program.post("facts/", {"source": source, "rows": list(rows)}, headers)


def told(response: Any) -> tuple[int, int, int, int, list[int]]:
    """status, accepted, unchanged, corrected, rejected places"""
    found = response.json()
    places = [one["index"] for one in found["rejected"]]
    return response.status_code, found["accepted"], found["unchanged"], found["corrected"], places


def test_danas_rows_become_figures_of_their_areas(shop: Program) -> None:
    response = sent(shop, row(revenue="1234.5678"), row(channel="小红书", revenue=10))
    catch_up()
    assert told(response) == (200, 2, 0, 0, [])
    assert value("revenue", "company", "2026-06") == Decimal("1244.5678")
    assert value("revenue", "region:华东/上海", "2026-06") == Decimal("1244.5678")
    assert value("revenue", "channel:小红书", "2026-06") == Decimal(10)


def test_rows_that_come_again_change_nothing_and_other_amounts_correct(shop: Program) -> None:
    sent(shop, row(), row(channel="小红书"))
    again = sent(shop, row(), row(channel="小红书", revenue="101"), row(channel="百度"))
    catch_up()
    assert told(again) == (200, 3, 1, 1, [])
    assert value("revenue", "company", "2026-06") == 301


def test_what_came_by_the_api_is_taken_back_like_any_import(shop: Program) -> None:
    sent(shop, row())
    second = sent(shop, row(revenue="70")).json()
    asked = shop.post(second["import"] + "undo/")
    assert asked.status_code == 202
    assert asked.json()["state"] == "undoing"
    while work_next():
        pass
    catch_up()
    assert shop.get(second["import"]).json()["state"] == "undone"
    assert value("revenue", "company", "2026-06") == 100
    assert shop.post(second["import"] + "undo/").status_code == 409


@pytest.mark.parametrize(
    ("bad", "pointer", "words"),
    [
        ({"revenue": "abc"}, "/revenue", "“abc” in “revenue” is not a plain number"),
        ({"revenue": "1,5"}, "/revenue", "not a plain number"),
        ({"revenue": "1_000"}, "/revenue", "not a plain number"),
        ({"revenue": True}, "/revenue", "not a plain number"),
        ({"revenue": {"amount": 5}}, "/revenue", "not a plain number"),
        ({"revenue": [[5]]}, "/revenue", "not a plain number"),
        ({"revenue": ""}, "/revenue", "not a plain number"),
        ({"revenue": float("nan")}, "/revenue", "“NaN” in “revenue” is not a plain number"),
        ({"revenue": float("-inf")}, "/revenue", "“-Infinity” in “revenue”"),
        ({"revenue": "1e400"}, "/revenue", "not a plain number"),
        ({"revenue": "9" * 500}, "/revenue", "not a plain number"),
        ({"revenue": "1e15"}, "/revenue", ""),
        ({"revenue": 10**12}, "/revenue", "too large"),
        ({"orders": -1}, "/orders", "negative"),
        ({"day": None}, "/day", "no date"),
        ({"day": 20260601}, "/day", "has to be text"),
        ({"day": "9999-12-31"}, "/day", "is not a date"),
        ({"day": "2026-02-30"}, "/day", "is not a date"),
        ({"day": "2099-01-01"}, "/day", "a month ahead"),
        ({"channel": 5}, "/channel", "has to be text"),
        ({"channel": False}, "/channel", "has to be text"),
        ({"channel": "a\x00b"}, "/channel", "cannot be kept"),
        ({"channel": "\ud800"}, "/channel", "cannot be kept"),
        ({"channel": "x" * 201}, "/channel", "longer than 200"),
        ({"channel": "***"}, "", "cannot be a name"),
        ({"channel": None, "campaign": "夏季大促"}, "", "no channel"),
        ({"region": "合计"}, "", "totals"),
        ({"key": 7}, "/key", "has to be text"),
        ({"currency": "yuan"}, "/currency", "no currency"),
        ({"currency": 5}, "/currency", "no currency"),
        ({"reveneu": 5}, "/reveneu", "no such field"),
        ({"a/b~\ud800": 5}, "/a~1b~0?", "no such field"),
        ({"clicks": 5, "impressions": 4}, "", "more clicks"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_go_in_says_where_and_why_and_the_others_do_go_in(
    shop: Program, bad: dict[str, Any], pointer: str, words: str
) -> None:
    measures = {name for name in bad if name in ("orders", "clicks", "impressions")}
    good = row(channel="小红书", **dict.fromkeys(measures))
    body = json.dumps({"source": "shop", "rows": [good, row(**{**dict.fromkeys(measures), **bad})]})
    response = shop.post("facts/", body)
    assert told(response) == (207, 1, 0, 0, [1])
    faults = response.json()["rejected"][0]["errors"]
    assert [fault["pointer"] for fault in faults] == [f"#/rows/1{pointer}"]
    assert words in faults[0]["reason"]


@pytest.mark.parametrize("odd", ["5", "null", '"text"', "[]", "true", "{}"])
def test_what_is_no_row_is_rejected_at_its_place(shop: Program, odd: str) -> None:
    good = json.dumps(row())
    response = shop.post("facts/", f'{{"source": "shop", "rows": [{odd}, {good}]}}')
    assert told(response) == (207, 1, 0, 0, [0])


def test_a_name_that_stands_twice_in_a_row_is_not_guessed_at(shop: Program) -> None:
    body = f'{{"source": "shop", "rows": [{{"day": "{DAY}", "channel": "a", "revenue": 1, "revenue": 2}}]}}'
    response = shop.post("facts/", body)
    assert told(response) == (207, 0, 0, 0, [0])
    assert "twice" in response.json()["rejected"][0]["errors"][0]["reason"]


def test_a_refused_row_names_no_new_area(shop: Program) -> None:
    sent(shop, row(), row(channel="Nowhere", region="Elsewhere", revenue="oops"))
    assert not Node.objects.filter(name__in=["Nowhere", "Elsewhere"]).exists()


def test_rows_of_one_request_carry_the_same_measures_so_that_nothing_is_blanked_by_chance(
    shop: Program,
) -> None:
    sent(shop, row(cost=40))
    response = sent(shop, row(channel="小红书", cost=5), row(revenue=90))
    catch_up()
    assert told(response) == (207, 1, 0, 0, [1])
    assert response.json()["rejected"][0]["errors"][0]["pointer"] == "#/rows/1/cost"
    assert value("cost", "company", "2026-06") == 45


def test_a_measure_that_no_row_carries_keeps_what_was_said_before(shop: Program) -> None:
    sent(shop, row(cost=40))
    sent(shop, row(revenue=90))
    catch_up()
    assert value("cost", "company", "2026-06") == 40
    assert value("revenue", "company", "2026-06") == 90


def test_rows_that_contradict_each_other_are_named_by_their_places(shop: Program) -> None:
    response = sent(shop, row(), row(revenue=5), row(channel="小红书"))
    assert told(response) == (207, 1, 0, 0, [0, 1])
    assert "rows 0, 1." in response.json()["rejected"][0]["errors"][0]["reason"]


def test_a_key_tells_rows_of_one_day_and_place_apart(shop: Program) -> None:
    sent(shop, row(key="order-1"), row(key="order-2"), row())
    again = sent(shop, row(key="order-2", revenue=1))
    catch_up()
    assert told(again) == (200, 1, 0, 1, [])
    assert value("revenue", "company", "2026-06") == 201


def test_every_digit_is_kept_up_to_four_places(shop: Program) -> None:
    body = f'{{"source": "shop", "rows": [{{"day": "{DAY}", "revenue": 12345678901.1234}}, {{"day": "{DAY}", "channel": "b", "revenue": "0.0001"}}]}}'
    assert shop.post("facts/", body).status_code == 200
    catch_up()
    assert value("revenue", "company", "2026-06") == Decimal("12345678901.1235")


# -- The same request again -------------------------------------------------------------------------


def test_the_same_key_and_body_is_done_once_and_answered_alike(shop: Program) -> None:
    body = json.dumps({"source": "shop", "rows": [row(), row(revenue="x", channel="b")]})
    key = {"Idempotency-Key": "june 1"}
    first, second = shop.post("facts/", body, key), shop.post("facts/", body, key)
    assert first.status_code == 207
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert Import.objects.count() == 1
    ask_undo(batch=Import.objects.get(), person=None)
    while work_next():
        pass
    assert shop.post("facts/", body, key).json() == first.json()


def test_another_body_with_the_same_key_is_refused_and_another_persons_key_is_her_own(shop: Program) -> None:
    key = {"Idempotency-Key": "k"}
    assert sent(shop, row(), **key).status_code == 200
    refused = sent(shop, row(revenue=1), **key)
    assert refused.status_code == 422
    assert pointers(refused) == ["Idempotency-Key:"]
    assert sent(Program(bob()), row(revenue=1), **key).status_code == 200


@pytest.mark.parametrize("key", ["", " x", "ä", "x" * 256, "a\tb"])
def test_a_key_that_cannot_be_is_refused(shop: Program, key: str) -> None:
    assert sent(shop, row(), **{"Idempotency-Key": key}).status_code == 400


def test_two_like_requests_at_once_make_one_import_and_hear_the_same(transactional_db: None) -> None:
    person = dana()
    body = json.dumps({"source": "shop", "rows": [row(channel=f"c{n}") for n in range(200)]})
    answers: list[Any] = []

    def call() -> None:
        try:
            response = Program(person).post("facts/", body, {"Idempotency-Key": "once"})
            answers.append((response.status_code, response.json()))
        finally:
            connection.close()

    hands = [threading.Thread(target=call) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert Import.objects.count() == 1
    assert answers == [answers[0]] * 4
    assert answers[0][0] == 200


def test_a_request_that_died_in_the_middle_is_finished_by_a_worker_and_then_answered(shop: Program) -> None:
    body = json.dumps({"source": "shop", "rows": [row()]})
    key = {"Idempotency-Key": "k"}
    shop.post("facts/", body, key)
    # As it would stand: kept and held, nothing written, the lease over.
    Import.objects.update(state=State.RUNNING, lease_until=timezone.now() - timedelta(seconds=1), accepted=0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM channels_fact")
    batch = claim_next()
    assert batch is not None
    Import.objects.update(lease_token=None, lease_until=None)
    waiting = shop.post("facts/", body, key)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "waiting")
    assert waiting["Location"] == waiting.json()["import"]
    work_next()
    catch_up()
    assert told(shop.post("facts/", body, key)) == (200, 1, 0, 0, [])
    assert value("revenue", "company", "2026-06") == 100
    assert SentOnce.objects.count() == 1


def test_behind_another_import_of_its_source_it_waits_its_turn(shop: Program) -> None:
    sent(shop, row())
    Import.objects.update(state=State.QUEUED, lease_until=None)
    response = sent(shop, row(revenue=50))
    assert response.status_code == 202
    elsewhere = sent(shop, row(revenue=50), source="till")
    assert elsewhere.status_code == 200
    while work_next():
        pass
    state = shop.get(response.json()["import"]).json()
    assert (state["state"], state["corrected"]) == ("done", 1)


# -- Who may, and what is too much ------------------------------------------------------------------


@pytest.mark.parametrize(("who", "status"), [(alice, 403), (bob, 200), (charlie, 403), (dana, 200)])
def test_only_those_who_may_import_may_send_rows(transactional_db: None, who: Any, status: int) -> None:
    person: Person = who()
    assert sent(Program(person), row()).status_code == status


def test_a_token_that_only_reads_sends_nothing(transactional_db: None) -> None:
    response = sent(Program(dana(), ["read", "write:imports"]), row())
    assert response.status_code == 403
    assert response.json()["type"].endswith(":insufficient-scope")
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ("", 400, "#"),
        ("{", 400, "#"),
        ("[" * 100_000, 400, "#"),
        (b'{"source": "\xff"}', 400, "#"),
        ("[]", 400, "#"),
        ('{"source": "shop"}', 400, "#"),
        ('{"source": "shop", "rows": [], "more": 1}', 400, "#"),
        ('{"source": "shop", "rows": []}', 422, "#/rows"),
        ('{"source": "shop", "rows": {}}', 422, "#/rows"),
        ('{"source": "Shop", "rows": [1]}', 422, "#/source"),
        ('{"source": 5, "rows": [1]}', 422, "#/source"),
        ('{"source": "shop\\u0000", "rows": [1]}', 422, "#/source"),
        ('{"source": "shop", "rows": [{"day": "2026-06-01"}]}', 422, "#/rows"),
        (json.dumps({"source": "shop", "rows": [1] * 10_001}), 413, "#/rows"),
    ],
)
def test_a_body_that_is_wrong_as_a_whole_says_so(
    shop: Program, body: str | bytes, status: int, pointer: str
) -> None:
    response = shop.post("facts/", body)
    assert (response.status_code, pointers(response)) == (status, [pointer])
    assert not Import.objects.exists()


def test_a_body_beyond_the_limit_is_told_the_limit(shop: Program) -> None:
    response = shop.post("facts/", '{"source": "' + "x" * (10 * 1024 * 1024) + '"}')
    assert response.status_code == 413
    assert "10 MB" in response.json()["detail"]


def test_reasons_come_in_the_language_of_the_caller(shop: Program) -> None:
    bad = row(revenue="x")
    english = sent(shop, bad)
    chinese = sent(shop, bad, **{"Accept-Language": "zh-CN,zh;q=0.9"})
    assert chinese["Content-Language"] == "zh-hans"
    assert english["Content-Language"] == "en"
    assert chinese.json()["rejected"] != english.json()["rejected"]


def test_the_rejected_rows_stand_on_the_imports_own_list_too(shop: Program) -> None:
    address = sent(shop, row(), "odd", row(revenue="x", channel="b")).json()["import"]
    found = shop.get(address).json()
    assert (found["rows"], found["accepted"], found["rejected"]) == (3, 1, 2)
    page = shop.get(address + "rejects/").json()
    assert [one["line"] for one in page["results"]] == [3, 4]
    assert Reject.objects.count() == 2
