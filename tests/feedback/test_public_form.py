"""Anybody with the address answers in half a minute; whatever is sent instead is told what is wrong with it."""

from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from common.secrets import opened
from customers.models import Customer
from feedback.models import Answer, DirtyDay, Invitation, Origin
from feedback.tokens import GOOD_FOR, invitation_token
from tests.feedback.made import a_link, a_survey, an_invitation
from tests.people import node

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker", "quiet_minutes")]
ENGLISH, CHINESE = {"Accept-Language": "en"}, {"Accept-Language": "zh-CN,zh;q=0.9"}
FORM = "application/x-www-form-urlencoded"


def opened_form(address: str = "/s/shop-door/") -> dict[str, str]:
    """The form's hidden parts, as a browser finds them."""
    page = Client(headers=ENGLISH).get(address)
    assert page.status_code == 200, page.content
    found = re.search(r'name="nonce" value="([^"]*)"', page.content.decode())
    assert found is not None
    return {"nonce": found[1]}


def send(address: str = "/s/shop-door/", client: Any = None, **fields: Any) -> Any:
    """Sends the form of that address, opened anew but where `nonce` is said."""
    if "nonce" not in fields:
        fields = {**opened_form(address), **fields}
    return (client or Client(headers=ENGLISH)).post(address, urlencode(fields), content_type=FORM)


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


# -- Answering --------------------------------------------------------------------------------------


def test_an_answer_counts_where_its_link_stands() -> None:
    link = a_link(region="region:华东/上海", channel="channel:门店", segment="new")
    sent = send(nps="3", **{"rating-delivery": "2"}, comment="物流太慢了")
    assert (sent.status_code, sent["Location"]) == (303, "/s/shop-door/?done=new")
    found = Answer.objects.get()
    assert (found.nps, found.ratings, found.comment, found.language) == (
        3,
        {"delivery": 2},
        "物流太慢了",
        "zh",
    )
    assert (found.origin, found.survey_id, found.segment) == (Origin.FORM, link.survey_id, "new")
    assert (found.region_id, found.channel_id, found.product_id) == (link.region_id, link.channel_id, 0)
    assert found.customer_id is None
    assert DirtyDay.objects.filter(day=found.day).exists()
    assert "Thank you" in words(Client(headers=ENGLISH).get(sent["Location"]))


def test_a_form_sent_twice_is_one_answer_and_the_second_is_told_kindly() -> None:
    a_link()
    form = opened_form()
    first, second = send(nps="9", **form), send(nps="1", **form)
    assert first["Location"].endswith("?done=new")
    assert second["Location"].endswith("?done=known")
    assert "Already sent, thank you" in words(Client(headers=ENGLISH).get(second["Location"]))
    assert [answer.nps for answer in Answer.objects.all()] == [9]


def test_whoever_opens_the_link_anew_answers_for_herself() -> None:
    a_link()
    send(nps="9")
    send(nps="2")
    assert set(Answer.objects.values_list("nps", flat=True)) == {2, 9}


def test_a_form_that_stood_open_for_long_comes_again_with_all_that_was_typed(monkeypatch: Any) -> None:
    a_link()
    form = opened_form()
    later = time.time() + GOOD_FOR + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    again = send(nps="4", comment="still here", **form)
    assert again.status_code == 200
    assert "please send it once more" in words(again)
    assert "still here" in words(again)
    assert not Answer.objects.exists()


@pytest.mark.parametrize("nonce", ["", "made-up", "x" * 5000, "\x00"])
def test_a_made_up_form_is_no_answer(nonce: str) -> None:
    a_link()
    assert send(nps="4", nonce=nonce).status_code == 200
    assert not Answer.objects.exists()


def test_the_form_of_one_link_is_no_answer_at_another() -> None:
    a_link()
    a_link(a_survey("Other"), slug="other-door")
    send("/s/other-door/", nps="4", **opened_form("/s/shop-door/"))
    assert not Answer.objects.exists()


def test_all_three_scores_are_asked_where_the_survey_asks_them() -> None:
    a_link(a_survey(asks_csat=True, asks_ces=True))
    wanting = send(nps="7", csat="4")
    assert words(wanting).count("Choose a number from 1 to 7.") == 1
    send(nps="7", csat="4", ces="6")
    assert Answer.objects.values_list("nps", "csat", "ces").get() == (7, 4, 6)


# -- What is wrong is said, and nothing is lost ------------------------------------------------------


@pytest.mark.parametrize("score", ["11", "-1", "ten", "", "3.5", "٣", "3\x00", "1e1", " "])
def test_a_score_that_is_none_is_told_at_its_place(score: str) -> None:
    a_link()
    told = send(nps=score, comment="kept <b>here</b>")
    assert told.status_code == 200
    assert "Choose a number from 0 to 10." in words(told)
    assert "kept &lt;b&gt;here&lt;/b&gt;" in words(told)
    assert 'aria-invalid="true"' in words(told)
    assert not Answer.objects.exists()


def test_a_form_without_a_score_is_told_so() -> None:
    a_link()
    assert "Choose a number from 0 to 10." in words(send(comment="no score"))


def test_something_rated_that_the_survey_does_not_ask_is_left_out() -> None:
    a_link(a_survey(drivers=["delivery"]))
    send(nps="8", **{"rating-delivery": "5", "rating-price": "1", "rating-nothing": "1"})
    assert Answer.objects.get().ratings == {"delivery": 5}


@pytest.mark.parametrize(
    "comment",
    [
        "<script>alert(1)</script>", '=HYPERLINK("http://x.example","win")', "+1", "@SUM(A1)", "👍🏽👨‍👩‍👧", "مرحبا بالعالم",
        "\u202eright to left\u202c", "line\nline", "—" * 4000, "慢" * 4000, "👍" * 4000,
    ],
)  # fmt: skip
def test_a_comment_is_kept_as_it_was_written(comment: str) -> None:
    a_link()
    assert send(nps="5", comment=comment).status_code == 303
    assert Answer.objects.get().comment == comment


def test_line_ends_of_browsers_count_once() -> None:
    a_link()
    comment = "\r\n".join(["a" * 1999, "b" * 2000])
    assert send(nps="5", comment=comment).status_code == 303
    assert len(Answer.objects.get().comment) == 4000


def test_a_comment_of_one_letter_too_many_comes_back_whole() -> None:
    a_link()
    told = send(nps="5", comment="x" * 4001)
    assert "That is 1 letter too many" in words(told)
    assert "x" * 4001 in words(told)


def test_a_comment_with_a_nul_byte_is_no_error_of_ours() -> None:
    a_link()
    told = send(nps="5", comment="a\x00b")
    assert told.status_code == 200
    assert "Null characters are not allowed" in words(told)


def test_a_comment_of_a_megabyte_is_refused_before_it_is_read(monkeypatch: Any) -> None:
    a_link()
    monkeypatch.setattr("django.http.request.HttpRequest._load_post_and_files", None)
    told = send(nps="5", comment="x" * 1024 * 1024, nonce="any")
    assert told.status_code == 413
    assert "A comment has at most 4000 letters" in words(told)


def test_a_file_is_not_read() -> None:
    a_link()
    told = Client(headers=ENGLISH).post("/s/shop-door/", {"nps": "3"})  # multipart
    assert told.status_code == 415
    assert not Answer.objects.exists()


# -- Contact -----------------------------------------------------------------------------------------


def test_contact_is_kept_sealed_where_she_consents() -> None:
    a_link()
    send(nps="2", name="王芳", phone="138 1234 5678", email="fang@example.com", consent="on")
    customer = Customer.objects.get()
    assert Answer.objects.get().customer_id == customer.pk
    assert opened(customer.phone) == "138 1234 5678"
    assert "138" not in customer.phone


@pytest.mark.parametrize("left", [{"phone": "13812345678"}, {"email": "fang@example.com"}, {"name": "王芳"}])
def test_contact_without_consent_is_not_kept_and_she_is_asked(left: dict[str, str]) -> None:
    a_link()
    told = send(nps="2", **left)
    assert "without it we may not keep them" in words(told)
    assert next(iter(left.values())) in words(told)
    assert not Customer.objects.exists()
    assert not Answer.objects.exists()


def test_consent_to_a_name_alone_asks_how_to_reach_her() -> None:
    a_link()
    assert "Leave a phone number or a mail address" in words(send(nps="2", name="王芳", consent="on"))


def test_consent_without_contact_is_an_answer_without_a_name() -> None:
    a_link()
    send(nps="2", consent="on")
    assert Answer.objects.get().customer_id is None


def test_a_survey_that_asks_for_no_contact_keeps_none() -> None:
    a_link(a_survey(asks_contact=False, asks_comment=False))
    send(nps="2", phone="13812345678", consent="on", comment="not asked")
    assert Answer.objects.get().comment == ""
    assert not Customer.objects.exists()


# -- Invitations -------------------------------------------------------------------------------------


def test_an_invitation_is_answered_once() -> None:
    invitation = an_invitation()
    address = "/s/i/hers/"
    assert send(address, nps="10")["Location"] == f"{address}?done=new"
    assert send(address, nps="1", nonce="")["Location"] == f"{address}?done=known"
    assert Answer.objects.get().invitation_id == invitation.pk
    invitation.refresh_from_db()
    assert invitation.answered_at is not None
    assert DirtyDay.objects.filter(day=date(2026, 3, 2)).exists()  # the day on which she was invited
    gone = Client(headers=ENGLISH).get(address)
    assert gone.status_code == 410
    assert "Already sent, thank you" in words(gone)


def test_an_invited_customers_answer_is_hers_and_the_form_says_so() -> None:
    customer = Customer.objects.create(key_hash=b"k" * 16)
    an_invitation(customer=customer)
    assert "seen together with your purchases" in words(Client(headers=ENGLISH).get("/s/i/hers/"))
    send("/s/i/hers/", nps="1", phone="13812345678", consent="on")
    assert Answer.objects.get().customer_id == customer.pk
    customer.refresh_from_db()
    assert opened(customer.phone) == "13812345678"
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("made", "status", "said"),
    [
        ({"expires_at": datetime(2026, 1, 1, tzinfo=UTC)}, 410, "This invitation has ended"),
        ({"answered_at": datetime(2026, 1, 1, tzinfo=UTC)}, 410, "Already sent, thank you"),
    ],
)
def test_an_invitation_that_is_over_says_so(made: dict[str, Any], status: int, said: str) -> None:
    an_invitation(**made)
    told = Client(headers=ENGLISH).get("/s/i/hers/")
    assert (told.status_code, said in words(told)) == (status, True)


def test_an_expired_invitation_takes_no_answer() -> None:
    an_invitation(expires_at=timezone.now() - timedelta(seconds=1))
    told = send("/s/i/hers/", nps="4", nonce="")
    assert told.status_code == 410
    assert not Answer.objects.exists()


def test_only_a_hash_of_the_token_is_kept() -> None:
    an_invitation(token="hers-alone-4711")
    kept = repr([bytes(row.token_hash) for row in Invitation.objects.all()])
    assert "hers-alone" not in kept
    assert invitation_token("one", uuid.UUID(int=1), 0) != invitation_token("two", uuid.UUID(int=1), 0)


# -- Closed, unknown, and what the page is like -------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["/s/nowhere/", "/s/i/nobody/", "/s/%00/", "/s/i/%00/", "/s/" + "x" * 500 + "/", "/s/华东/", "/s/%F0%9F%91%8D/"],
)  # fmt: skip
def test_an_unknown_address_is_a_helpful_page(address: str) -> None:
    for told in (Client(headers=ENGLISH).get(address), send(address, nps="3", nonce="")):
        assert told.status_code == 404
        assert "There is no survey at this address" in words(told)


@pytest.mark.parametrize(("link", "survey"), [(False, True), (True, False)])
def test_a_closed_form_says_so(link: bool, survey: bool) -> None:
    a_link(a_survey(open=survey), open=link)
    for told in (Client(headers=ENGLISH).get("/s/shop-door/"), send(nps="3", nonce="")):
        assert told.status_code == 410
        assert "This survey is closed" in words(told)
    assert not Answer.objects.exists()


def test_the_page_speaks_the_browsers_language_and_can_switch() -> None:
    a_link(a_survey(title="How was the shop?", title_zh="门店体验如何？"))
    chinese = Client(headers=CHINESE).get("/s/shop-door/")
    assert "门店体验如何？" in words(chinese)
    assert 'lang="zh-Hans"' in words(chinese)
    assert "How was the shop?" in words(Client(headers=CHINESE).get("/s/shop-door/?lang=en"))
    assert "How was the shop?" in words(Client(headers={"Accept-Language": "fr"}).get("/s/shop-door/"))
    sent = send("/s/shop-door/?lang=zh", nps="9")
    assert sent["Location"] == "/s/shop-door/?done=new&lang=zh"


def test_the_page_is_light_and_sets_no_cookie() -> None:
    a_link()
    page = Client(headers=ENGLISH).get("/s/shop-door/")
    assert not page.cookies
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "Cookie" not in page["Vary"]
    assert len(page.content) < 20_000
    assert "style=" not in words(page)
    assert "onclick" not in words(page)
    for asked in re.findall(r'(?:src|href)="([^"]+)"', page.content.decode()):
        assert asked.startswith(("/static/", "?lang=")), asked


def test_a_page_with_few_questions_asks_the_database_little(django_assert_max_num_queries: Any) -> None:
    a_link(region="region:华东", channel="channel:门店")
    with django_assert_max_num_queries(4):
        Client(headers=ENGLISH).get("/s/shop-door/")


# -- Too many -----------------------------------------------------------------------------------------


def test_one_sender_is_held_up_after_thirty_in_a_minute(caplog: Any) -> None:
    a_link()
    statuses = [send(nps="5", nonce="").status_code for _ in range(30)]
    assert set(statuses) == {200}
    told = send(nps="5", nonce="")
    assert (told.status_code, 1 <= int(told["Retry-After"]) <= 60) == (429, True)
    assert "send it again: what you wrote is still there" in words(told)
    assert "feedback.forms_held_up" in caplog.text
    assert "127.0.0.1" not in caplog.text
    assert Client(headers=ENGLISH).get("/s/shop-door/").status_code == 200
    others = Client(headers=ENGLISH, REMOTE_ADDR="10.9.8.7")
    assert send(nps="5", client=others).status_code == 303


def test_a_flood_of_one_sender_does_not_close_the_link_to_others() -> None:
    a_link()
    for _ in range(100):
        send(nps="5", nonce="")
    assert send(nps="5", client=Client(headers=ENGLISH, REMOTE_ADDR="10.9.8.7")).status_code == 303


def test_many_senders_fill_no_more_than_the_links_share(monkeypatch: Any) -> None:
    monkeypatch.setattr("feedback.throttling.OF_LINK", 10)
    a_link()
    statuses = [
        send(nps="5", client=Client(headers=ENGLISH, REMOTE_ADDR=f"10.0.0.{n}")).status_code
        for n in range(15)
    ]
    assert (statuses.count(303), statuses.count(429)) == (10, 5)


def test_behind_a_proxy_the_sender_is_who_the_proxy_names(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    a_link()
    for n in range(40):
        sender = Client(headers={**ENGLISH, "X-Forwarded-For": f"6.6.6.6, 10.1.1.{n}"})
        assert send(nps="5", nonce="", client=sender).status_code == 200


def test_without_redis_the_form_still_works(settings: Any, caplog: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    a_link()
    assert send(nps="5").status_code == 303
    assert "feedback.form_not_counted" in caplog.text


def test_the_place_of_an_answer_is_the_one_that_stands() -> None:
    link = a_link(region="region:华东")
    link.region = node("region:华北")
    link.save()
    send(nps="5")
    assert Answer.objects.get().region_id == link.region_id
