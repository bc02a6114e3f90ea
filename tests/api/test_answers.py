"""How programs are answered: errors in one shape, nothing twice that has not changed, and not too often."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client, RequestFactory

from kpis.api import figures as kpis_api
from organization.api import errors, throttling
from tests.api.callers import Program
from tests.people import alice, bob, charlie, mallory, node

pytestmark = pytest.mark.django_db
MEMBERS = {"type", "title", "status", "detail", "errors", "request_id"}


@pytest.fixture(autouse=True)
def _counted_anew() -> None:
    cache.clear()


def is_problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert set(found) == MEMBERS
    assert found["status"] == status
    assert found["type"].startswith("urn:plumbline:problem:")
    assert found["request_id"] == response["X-Request-Id"]
    assert found["title"]
    assert found["detail"]
    return found


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/v1/nothing/", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v2/readings/", 404),
        ("GET", "/api/v1/readings", 404),
        ("POST", "/api/v1/nothing/", 404),
        ("BREW", "/api/v1/nothing/", 404),
        ("GET", "/api/v1/imports/7/", 404),
        ("GET", "/api/v1/imports/99999999999999999999999999/", 404),
        ("GET", "/api/v1/imports/-1/", 404),
        ("POST", "/api/v1/imports/7/undo/", 404),
        ("POST", "/api/v1/readings/", 405),
        ("DELETE", "/api/v1/targets/", 405),
        ("BREW", "/api/v1/targets/", 405),
        ("GET", "/api/v1/facts/", 405),
        ("TRACE", "/api/v1/facts/", 405),
    ],
)
def test_every_error_has_one_shape(method: str, address: str, status: int) -> None:
    response = Program(bob()).send(method, address, {})
    is_problem(response, status)
    if status == 405:
        assert response["Allow"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx", "nonsense"]
)
def test_another_kind_of_content_is_not_taken(kind: str) -> None:
    program = Program(bob())
    response = program.client.generic(
        "POST", "/api/v1/facts/", "{}", content_type=kind, headers=program.headers
    )
    is_problem(response, 415)


def test_content_of_the_right_kind_may_say_its_letters_and_hope_for_any_answer() -> None:
    program = Program(bob())
    response = program.client.generic(
        "POST", "/api/v1/facts/", "{}", content_type="application/json; charset=utf-8",
        headers={**program.headers, "Accept": "text/html"},
    )  # fmt: skip
    is_problem(response, 400)


def test_nobody_is_told_only_that_a_token_is_needed() -> None:
    for address in ("scopes/", "imports/7/", "facts/", "schema/"):
        response = Program().get(address)
        is_problem(response, 401)
        assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_fault_on_our_side_says_so_with_an_id_that_the_log_has(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(kpis_api, "_metrics", broken)
    program = Program(bob())
    program.client.raise_request_exception = False
    response = program.get("readings/")
    found = is_problem(response, 500)
    assert "secret" not in response.content.decode()
    assert found["request_id"] in caplog.text


def test_a_database_that_is_away_is_said_to_be_and_to_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(kpis_api, "_metrics", away)
    response = Program(bob()).get("readings/")
    is_problem(response, 503)
    assert response["Retry-After"]


def test_what_fails_before_a_view_has_the_same_shape() -> None:
    response = Client().get("/api/v1/readings/", headers={"Host": "elsewhere.example.com"})
    is_problem(response, 400)


def test_pages_keep_their_own_errors() -> None:
    page = Client().get("/nothing/")
    assert page.status_code == 404
    assert page["Content-Type"].startswith("text/html")


# -- HEAD and OPTIONS -------------------------------------------------------------------------------


def test_head_is_get_without_a_body_and_options_says_what_works() -> None:
    program = Program(bob())
    got, head = program.get("metrics/"), program.send("HEAD", "metrics/", "")
    assert head.status_code == 200
    assert head.content == b""
    assert head["ETag"] == got["ETag"]
    options = program.send("OPTIONS", "targets/", "")
    assert options.status_code == 204
    assert options.content == b""
    assert set(options["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT"}
    assert Program().send("OPTIONS", "targets/", "").status_code == 401


# -- What has not changed ---------------------------------------------------------------------------


def test_what_alice_has_already_is_not_sent_again() -> None:
    node("region:华东/上海")
    program = Program(alice())
    first = program.get("scopes/")
    again = program.get("scopes/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["RateLimit-Remaining"]
    weak = program.get("scopes/", headers={"If-None-Match": f'"x", W/{first["ETag"]}'})
    assert weak.status_code == 304
    node("region:华东/杭州")
    assert program.get("scopes/", headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert "private" in first["Cache-Control"]
    assert {"Authorization", "Cookie", "Accept-Language"} <= set(first["Vary"].split(", "))


def test_a_mark_is_of_one_person_and_one_language() -> None:
    node("region:华东/上海")
    marks = {
        Program(bob()).get("scopes/")["ETag"],
        Program(charlie()).get("scopes/")["ETag"],
        Program(alice()).get("scopes/")["ETag"],
        Program(bob()).get("scopes/", headers={"Accept-Language": "zh-hans"})["ETag"],
    }
    assert len(marks) == 4


def test_a_mark_does_not_outlive_the_grant() -> None:
    person = alice()
    program = Program(person)
    mark = program.get("scopes/")["ETag"]
    person.grants.all().delete()
    assert program.get("scopes/", headers={"If-None-Match": mark}).status_code == 403


# -- Languages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "asked", "told"),
    [
        ("en", "", "en"),
        ("zh-hans", "", "zh-hans"),
        ("zh-hans", "en", "en"),
        ("en", "zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("zh-hans", "fr", "zh-hans"),
        ("zh-hans", "*", "zh-hans"),
        ("en", ",;q=", "en"),
        ("en", "x" * 5000, "en"),
    ],
)
def test_answers_are_in_the_language_asked_for_else_in_her_own(own: str, asked: str, told: str) -> None:
    person = bob()
    person.language = own
    person.save(update_fields=["language"])
    headers = {"Accept-Language": asked} if asked else {}
    response = Program(person).get("readings/", headers=headers, grain="x")
    assert response["Content-Language"] == told
    english = Program(person).get("readings/", headers={"Accept-Language": "en"}, grain="x").json()["title"]
    assert (response.json()["title"] == english) is (told == "en")


# -- Not too often ----------------------------------------------------------------------------------


@pytest.fixture
def three_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling.TokenThrottle, "rate", 3)
    monkeypatch.setattr(throttling.PersonThrottle, "rate", 5)
    monkeypatch.setattr("organization.api.throttling.time.time", lambda: 1_800_000_010.0)


def test_a_token_that_asks_too_often_is_told_when_to_go_on(three_a_minute: None) -> None:
    program = Program(bob())
    left = [program.get("metrics/")["RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    response = program.get("metrics/")
    is_problem(response, 429)
    assert response["Retry-After"] == "50"
    assert (response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("3", "0")
    assert response["RateLimit-Reset"] == "51"


def test_one_person_with_several_tokens_has_a_limit_too_and_others_their_own(three_a_minute: None) -> None:
    person = bob()
    one, two = Program(person), Program(person)
    answers = [program.get("metrics/").status_code for program in (one, one, one, two, two, two)]
    assert answers == [200, 200, 200, 200, 200, 429]
    assert Program(charlie()).get("metrics/").status_code == 200


def test_the_next_minute_counts_anew(three_a_minute: None, monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program(bob())
    for _ in range(4):
        last = program.get("metrics/")
    assert last.status_code == 429
    monkeypatch.setattr("organization.api.throttling.time.time", lambda: 1_800_000_070.0)
    assert program.get("metrics/").status_code == 200


def test_without_redis_nobody_is_held_up_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    response = Program(bob()).get("metrics/")
    assert response.status_code == 200
    assert "RateLimit-Limit" not in response
    assert "api.rate_not_counted" in caplog.text


# -- The description --------------------------------------------------------------------------------


def test_whoever_has_logged_in_reads_the_description_and_its_page() -> None:
    found = Program(mallory()).get("schema/")
    assert found.status_code == 200
    assert found.json()["openapi"].startswith("3.1")
    client = Client()
    client.force_login(mallory(), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert "unsafe" not in page["Content-Security-Policy"]
    assert Client().get("/api/v1/docs/").status_code == 302


def test_every_operation_says_all_that_it_may_answer() -> None:
    paths = Program(bob()).get("schema/").json()["paths"]
    for address, operations in paths.items():
        for method, operation in operations.items():
            codes = set(operation["responses"])
            assert {"400", "401", "403", "404", "429", "500", "503"} <= codes, (method, address)
            assert operation["summary"]
            assert operation["security"] == [{"token": []}, {"cookieAuth": []}]
            for code, response in operation["responses"].items():
                if int(code) >= 400:
                    assert set(response["content"]) == {"application/problem+json"}, (method, address, code)


def test_a_request_keeps_the_id_that_it_came_with() -> None:
    request = RequestFactory().get("/api/v1/")
    request.request_id = "known"  # type: ignore[attr-defined]
    assert errors.request_id_of(request) == "known"
