"""Bob's program sends answers, all or none, once however often; Alice's reads those of her areas."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from customers.models import Customer
from feedback.models import Answer, DirtyDay, Origin
from tests.api.callers import Program, pointers
from tests.feedback.made import a_survey, an_answer
from tests.people import alice, bob, charlie, dana, node, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
AT = "feedback/answers/"


def said(**more: Any) -> dict[str, Any]:
    return {"day": f"{timezone.localdate()}", "nps": 3, **more}


def body(*answers: dict[str, Any]) -> dict[str, Any]:
    return {"answers": list(answers)}


def test_bobs_program_sends_an_answer() -> None:
    east, shop, survey = node("region:华东/上海"), node("channel:门店"), a_survey()
    sent = Program(bob()).post(
        AT,
        body(
            said(
                region="region:华东/上海", channel="channel:门店", segment="new", csat=2, ratings={"delivery": 1},
                comment="慢", customer="C-1001", survey=survey.pk, key="4711",
            )
        ),
    )  # fmt: skip
    assert (sent.status_code, sent.json()["answers"][0]["outcome"]) == (201, "new")
    kept = Answer.objects.get()
    assert (kept.nps, kept.csat, kept.ratings, kept.language) == (3, 2, {"delivery": 1}, "zh")
    assert (kept.region_id, kept.channel_id, kept.survey_id) == (east.pk, shop.pk, survey.pk)
    assert (kept.origin, kept.customer_id) == (Origin.API, Customer.objects.get().pk)
    assert "C-1001" not in str(Answer.objects.values().get())
    assert DirtyDay.objects.exists()


def test_an_answer_with_a_key_is_kept_once() -> None:
    program = Program(bob())
    first = program.post(AT, body(said(key="a", customer="C-1"), said(key="b")))
    again = program.post(AT, body(said(key="a", customer="C-1"), said(key="c")))
    last = program.post(AT, body(said(key="a", customer="C-1")))
    assert [sent.status_code for sent in (first, again, last)] == [201, 201, 200]
    assert [one["outcome"] for one in again.json()["answers"]] == ["known", "new"]
    assert first.json()["answers"][0]["id"] == last.json()["answers"][0]["id"]
    assert Answer.objects.count() == 3
    assert Program(dana()).post(AT, body(said(key="a"))).status_code == 201  # her keys are her own


def test_another_answer_under_the_same_key_is_refused() -> None:
    program = Program(bob())
    program.post(AT, body(said(key="a")))
    told = program.post(AT, body(said(key="a", nps=9)))
    assert (told.status_code, pointers(told)) == (422, ["#/answers/0/key"])
    assert Answer.objects.get().nps == 3


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"nps": 11}, "nps"), ({"nps": -1}, "nps"), ({"nps": "ten"}, "nps"), ({"nps": None}, ""),
        ({"nps": 3.5}, "nps"), ({"nps": True}, "nps"), ({"csat": 0}, "csat"), ({"ces": 8}, "ces"),
        ({"ratings": {"delivery": 6}}, "ratings/delivery"), ({"ratings": {"nothing": 3}}, "ratings/nothing"),
        ({"ratings": {"a\x00/~": 3}}, "ratings/a\x00~1~0"), ({"ratings": []}, "ratings"),
        ({"comment": "x" * 4001}, "comment"), ({"comment": "a\x00b"}, "comment"),
        ({"region": "region:nowhere"}, "region"), ({"region": "channel:门店"}, "region"), ({"channel": "\x00"}, "channel"),
        ({"survey": 99999}, "survey"), ({"survey": 2**70}, "survey"), ({"day": "soon"}, "day"), ({"day": None}, "day"),
        ({"day": "2099-01-01"}, "day"), ({"segment": "x" * 61}, "segment"), ({"npss": 3}, "npss"), ({"key": ""}, "key"),
        ({"customer": "x" * 201}, "customer"),
    ],
)  # fmt: skip
def test_one_that_cannot_be_is_told_and_nothing_is_kept(wrong: dict[str, Any], pointer: str) -> None:
    node("channel:门店")
    told = Program(bob()).post(AT, body(said(customer="C-1"), said(**wrong)))
    assert told.status_code in (400, 422)
    assert pointers(told) == [f"#/answers/1/{pointer}" if pointer else "#/answers/1"]
    assert not Answer.objects.exists()
    assert not Customer.objects.exists()
    assert not DirtyDay.objects.exists()


def test_every_fault_of_a_request_is_told_at_once() -> None:
    told = Program(bob()).post(AT, body(said(nps=11), said(), said(csat=9, ces=0)))
    assert pointers(told) == ["#/answers/0/nps", "#/answers/2/csat", "#/answers/2/ces"]


def test_two_of_one_request_with_one_key_are_refused() -> None:
    told = Program(bob()).post(AT, body(said(key="a"), said(key="a", nps=9)))
    assert pointers(told) == ["#/answers/1/key"]


@pytest.mark.parametrize(
    "sent", [[], {}, {"answers": []}, {"answers": {}}, {"answers": [1]}, {"answers": [[]]}, "x"]
)
def test_what_is_no_list_of_answers_is_refused(sent: Any) -> None:
    assert Program(bob()).post(AT, sent).status_code == 400


def test_five_hundred_go_in_at_once_and_no_more() -> None:
    program = Program(bob())
    many = [said(key=f"{n}", customer=f"C-{n}") for n in range(500)]
    assert program.post(AT, body(*many)).status_code == 201
    assert Answer.objects.count() == 500
    assert program.post(AT, body(*many, said())).status_code == 400


def test_formulas_and_markup_are_kept_as_they_were_written() -> None:
    program, comment = Program(bob()), '=1+1 <script>alert("x")</script> 👍 مرحبا'
    program.post(AT, body(said(comment=comment)))
    assert Answer.objects.get().comment == comment
    assert program.get(AT).json()["results"][0]["comment"] == comment


def test_who_may_bring_no_data_sends_none_and_a_token_for_less_says_what_it_lacks() -> None:
    assert Program(charlie()).post(AT, body(said())).status_code == 403
    assert Program(alice()).post(AT, body(said())).status_code == 403
    lacking = Program(bob(), scopes=["read"]).post(AT, body(said()))
    assert (lacking.status_code, "write:feedback" in lacking.json()["detail"]) == (403, True)


def test_alice_reads_answers_of_her_areas_the_newest_first() -> None:
    today = timezone.localdate()
    mine, theirs, shop = node("region:华东/上海"), node("region:华北"), node("channel:门店")
    for n in range(3):
        an_answer(
            region_id=mine.pk, channel_id=shop.pk, nps=n, day=today - timedelta(days=n), comment=f"no {n}"
        )
    an_answer(region_id=theirs.pk, nps=9)
    an_answer(nps=8)  # of no region
    program = Program(alice())
    page = program.get(AT, limit=2).json()
    assert [one["nps"] for one in page["results"]] == [0, 1]
    assert page["results"][0]["region"] == "region:华东/上海"
    assert page["results"][0]["channel"] == "channel:门店"
    assert "customer" not in page["results"][0]
    assert [one["nps"] for one in program.get(page["next"]).json()["results"]] == [2]
    assert len(Program(bob()).get(AT).json()["results"]) == 5


def test_answers_are_narrowed_by_area_day_and_survey() -> None:
    today, survey = timezone.localdate(), a_survey()
    east, north = node("region:华东/上海"), node("region:华北")
    an_answer(region_id=east.pk, nps=1, day=today, survey=survey)
    an_answer(region_id=north.pk, nps=2, day=today - timedelta(days=5))
    program = Program(bob())
    scope("region:华东")

    def scores(**asked: Any) -> list[int]:
        return [one["nps"] for one in program.get(AT, **asked).json()["results"]]

    assert scores(within="region:华东") == [1]
    assert scores(from_=f"{today}") == [1]
    assert scores(to=f"{today - timedelta(days=1)}") == [2]
    assert scores(survey=survey.pk) == [1]
    assert program.get(AT, within="region:nowhere").status_code == 404
    assert program.get(AT, kind="x").status_code == 400


def test_who_may_not_read_comments_reads_no_answers() -> None:
    assert Program(charlie()).get(AT).status_code == 403


def test_a_page_of_answers_asks_the_database_as_often_as_one(django_assert_max_num_queries: Any) -> None:
    places = [node(f"region:华东/{n}") for n in range(20)]
    for n, place in enumerate(places):
        an_answer(region_id=place.pk, detail=1000 + n)
    program = Program(bob())
    program.get(AT)
    with django_assert_max_num_queries(12):
        assert len(program.get(AT).json()["results"]) == 20


def test_half_a_letter_is_told_and_not_kept() -> None:
    sent = '{"answers": [{"day": "2026-01-01", "nps": 3, "comment": "\\ud800"}]}'
    told = Program(bob()).post(AT, sent)
    assert (told.status_code, pointers(told)) == (400, ["#/answers/0/comment"])
