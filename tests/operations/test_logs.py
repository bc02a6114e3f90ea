"""What is logged: a line a request and a task, tied together by an id, and nothing that is nobody's business."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from config import embedded
from config.celery import app
from config.logs import hide, logging_config
from config.requests import SANE, SLOW, RequestMiddleware
from config.urls import urlpatterns as real_patterns
from tests.conftest import own_database_url
from tests.people import PASSWORD, alice


def boom(request: HttpRequest, key: str) -> HttpResponse:
    typed = "correct-horse-" + "battery"  # a local variable of the frame that breaks
    raise ValueError(f"{len(typed)} alice@example.com password=hunter22 Bearer abcdef123456")


urlpatterns = [*real_patterns, path("boom/<str:key>/", boom)]
handler500 = "config.errors.server_error"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The log of this process as production writes it."""
    out = io.StringIO()
    config = logging_config(as_json=True)
    config["handlers"]["stderr"]["stream"] = out
    old = structlog.get_config()
    logging.config.dictConfig(config)
    structlog.configure(cache_logger_on_first_use=False)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    structlog.configure(**old)
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


def of_requests(lines: Any) -> list[dict[str, Any]]:
    return [line for line in lines() if line["event"] == "request"]


@pytest.mark.django_db
def test_a_request_is_one_line_with_who_where_what_and_how_long(
    client: Client, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.requests.SLOW", 60.0)  # the machine may be slow, this request is not
    client.force_login(alice())
    answer = client.get(
        "/organization/me/?next=alice@example.com", headers={"x-request-id": "proxy-0123456789"}
    )
    assert answer["X-Request-ID"] == "proxy-0123456789"
    (line,) = of_requests(lines)
    assert {key: line[key] for key in ("method", "path", "view", "status", "request_id", "person")} == {
        "method": "GET", "path": "/organization/me/", "view": "organization:me", "status": 200,
        "request_id": "proxy-0123456789", "person": alice().pk,
    }  # fmt: skip
    assert isinstance(line["ms"], int)
    assert "queries" not in line


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "new\nline-line", "<script>alert(1)</script>", "账号账号账号账号"]
)
def test_an_id_that_is_none_is_replaced(client: Client, given: str) -> None:
    # A header with a line break cannot even be sent.
    answer = client.get("/healthz?live", headers={"x-request-id": given.encode().decode("latin-1")})
    assert answer["X-Request-ID"] != given
    assert SANE.fullmatch(answer["X-Request-ID"])


@pytest.mark.django_db
def test_a_slow_request_says_how_many_queries_it_took(
    client: Client, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.requests.SLOW", 0.0)
    client.force_login(alice())
    client.get("/organization/me/")
    assert of_requests(lines)[0]["queries"] > 2
    assert SLOW == 1.0


@pytest.mark.django_db
def test_secrets_in_an_address_are_not_logged(client: Client, lines: Any) -> None:
    paths = [
        "/confirm/s3cr3t-of-a-mail/",
        "/accounts/password/reset/key/1-s3cr3t/",
        "/somewhere/s3cr3t/else",
        "/organization/me/?code=s3cr3t",
    ]
    for one in paths:
        client.get(one)
    assert len(of_requests(lines)) == len(paths)
    assert "s3cr3t" not in json.dumps(lines())


@pytest.mark.django_db
def test_nothing_that_alice_types_to_log_in_is_logged(client: Client, lines: Any) -> None:
    alice()
    client.post("/accounts/login/", {"login": "alice@example.com", "password": "not-her-" + "word"})
    client.post("/accounts/login/", {"login": "alice@example.com", "password": PASSWORD})
    said = json.dumps(lines(), ensure_ascii=False)
    assert len(of_requests(lines)) == 2
    assert not [word for word in ("alice@", PASSWORD, "not-her-word", "sessionid") if word in said]


@pytest.mark.django_db
@pytest.mark.urls("tests.operations.test_logs")
def test_what_broke_is_logged_once_without_what_people_typed_and_named_on_the_page(lines: Any) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get("/boom/s3cr3t/", headers={"x-request-id": "proxy-0123456789"})
    assert answer.status_code == 500
    assert "proxy-0123456789" in answer.content.decode()
    said = json.dumps(lines())
    assert "ValueError" in said
    hidden = ("s3cr3t", "alice@example.com", "hunter22", "abcdef123456", "correct-horse-battery")
    assert not [word for word in hidden if word in said]
    broken = [line for line in lines() if line["level"] == "error"]
    assert len(broken) == 1
    assert broken[0]["request_id"] == "proxy-0123456789"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to bob.li@mail.example.cn failed", "to [address] failed"),
        ("13800001234 refused", "[phone] refused"),
        ("+8613800001234", "[phone]"),
        ("postgresql://plumbline:pa55@db:5432/x", "postgresql://[hidden]@db:5432/x"),
        ("Authorization: Basic YWxpY2U6cGE1NQ==", "Authorization: [hidden] [hidden]"),
        ('{"api_key": "abc123", "row": 12}', '{"api_key": [hidden]", "row": 12}'),
        ("1380000 rows in 2026-11-24T10:00:00", "1380000 rows in 2026-11-24T10:00:00"),
        ("import 13800001234567", "import 13800001234567"),
    ],
)
def test_what_other_libraries_say_is_cleaned_too(text: str, shown: str) -> None:
    assert hide(text) == shown


def test_lines_for_people_are_cleaned_as_well() -> None:
    out = io.StringIO()
    config = logging_config(as_json=False)
    config["handlers"]["stderr"]["stream"] = out
    logging.config.dictConfig(config)
    try:
        try:
            raise ValueError("alice@example.com")
        except ValueError:
            logging.getLogger("elsewhere").exception("13800001234")
    finally:
        from django.conf import settings

        logging.config.dictConfig(settings.LOGGING)
    assert "ValueError: [address]" in out.getvalue()
    assert "13800001234" not in out.getvalue()


def test_the_middleware_stands_first(settings: Any) -> None:
    assert settings.MIDDLEWARE[0] == f"{RequestMiddleware.__module__}.{RequestMiddleware.__qualname__}"


@pytest.mark.django_db(transaction=True)
def test_a_task_is_logged_with_its_id_and_the_request_that_caused_it(tmp_path: Path) -> None:
    app.control.purge()
    structlog.contextvars.bind_contextvars(request_id="caused-by-this-1")
    try:
        sent = app.send_task("kpis.tasks.work")
    finally:
        structlog.contextvars.clear_contextvars()
    log = tmp_path / "worker.log"
    with log.open("wb") as out:
        worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "config",
                "worker",
                "--concurrency",
                "1",
                "--loglevel",
                "INFO",
            ],
            cwd=embedded.PROJECT,
            env={
                **os.environ,
                "DATABASE_URL": own_database_url(),
                "DJANGO_SETTINGS_MODULE": "tests.operations.json_settings",
            },
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        line = _wait_for(log, sent.id)
    finally:
        worker.terminate()
        worker.wait(20)
    assert (line["task"], line["request_id"], line["outcome"]) == (
        "kpis.tasks.work",
        "caused-by-this-1",
        "success",
    )
    assert isinstance(line["ms"], int)


def _wait_for(log: Path, task_id: str) -> dict[str, Any]:
    import time

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for text in log.read_text().splitlines():
            if (
                text.startswith("{")
                and (line := json.loads(text)).get("task_id") == task_id
                and "outcome" in line
            ):
                return dict(line)
        time.sleep(0.2)
    raise AssertionError(log.read_text())
