"""What every test stands on: the embedded servers, a real worker, a real browser."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import settings

from config import embedded
from tests.clean_slate import start_over
from tests.letterbox import Letterbox, open_letterbox

# The same examples each time, so that red means the change that is tried; `HYPOTHESIS_PROFILE=random` looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

STARTED = pytest.StashKey[list[str]]()
# What takes longest, each module on one worker: begun first, so that no worker is left with it while others are done.
LONGEST = (
    "tests/foreign/",
    "tests/every_url/",
    "tests/demo/test_company.py",
    "tests/test_api_contract.py",
    "tests/reliability/test_outages.py",
    "tests/operations/test_backup.py",
    "tests/demo/",
    "tests/test_running.py",
    "tests/reliability/",
    "tests/operations/",
    "tests/ingest/",
    "tests/api/",
)
NO_BROWSER = "no Chromium here; `make browser` installs it (Debian, as root)"


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


def is_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    from django.test import TransactionTestCase

    setattr(TransactionTestCase, "_fixture_teardown", start_over)  # noqa: B010  (the stubs do not know it)
    started = embedded.ensure_running(durable=False)
    if is_controller(config):
        config.stash[STARTED] = started


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.stash.get(STARTED, []):
        embedded.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    modules: dict[str, tuple[int, int]] = {}
    for item in items:
        module = item.nodeid.partition("::")[0]
        rank = next((n for n, at in enumerate(LONGEST) if module.startswith(at)), len(LONGEST))
        modules.setdefault(module, (rank, len(modules)))
    items.sort(
        key=lambda item: modules[item.nodeid.partition("::")[0]]
    )  # without workers too, a module stays whole
    if chromium_path() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    """A process's database is a copy of the migrated one (pytest-django still looks whether all migrations have run)."""
    from django.db import connection

    from tests.migrated import database_to_copy

    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = database_to_copy()


@pytest.fixture(scope="session")
def django_db_createdb() -> bool:
    """Always: to copy takes a second, and what an earlier run left behind may have other tables, or rows."""
    return True


def pytest_terminal_summary(terminalreporter: Any) -> None:
    left_out = [
        report for report in terminalreporter.stats.get("skipped", []) if "browser" in report.keywords
    ]
    if left_out:
        terminalreporter.write_sep(
            "!", f"{len(left_out)} BROWSER TESTS SKIPPED: {NO_BROWSER}", red=True, bold=True
        )
    for report in [*terminalreporter.stats.get("passed", []), *terminalreporter.stats.get("failed", [])]:
        for name, table in report.user_properties:
            if name == "table":  # what a test has counted, for whoever reads the log
                terminalreporter.write_sep("-", report.nodeid.rpartition("::")[2])
                terminalreporter.write_line(str(table))


def own_database_url() -> str:
    """The address of this test process's database, for the processes that it starts."""
    from django.db import connection

    set_to = connection.settings_dict
    password = f":{quote(set_to['PASSWORD'], safe='')}" if set_to["PASSWORD"] else ""
    port = f":{set_to['PORT']}" if set_to["PORT"] else ""
    who = f"{quote(set_to['USER'], safe='')}{password}"
    return f"postgresql://{who}@{quote(set_to['HOST'], safe='')}{port}/{quote(set_to['NAME'], safe='')}"


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    """A mail server that a worker, started after it, sends to."""
    with open_letterbox() as box:
        for name, value in box.environment.items():
            monkeypatch.setenv(name, value)
        yield box


@pytest.fixture
def celery_worker_process(transactional_db: None) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker on this test's database and queue."""
    from config.celery import app

    app.control.purge()
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
            "WARNING",
        ],
        cwd=embedded.PROJECT,
        env={**os.environ, "DATABASE_URL": own_database_url(), "DJANGO_SETTINGS_MODULE": "tests.settings"},
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not app.control.ping(timeout=0.5):
            assert worker.poll() is None, "the worker ended"
            assert time.monotonic() < deadline, "the worker does not answer"
        yield worker
    finally:
        worker.terminate()
        try:
            worker.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, 9)
            worker.wait()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One headless Chromium for the session, driven by Playwright; skips where there is none."""
    path = chromium_path()
    if path is None:
        pytest.skip(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, and Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-dev-shm-usage",
    ]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        # A worker asks for pages behind a test's back: whoever tests it allows it.
        monkeypatch = pytest.MonkeyPatch()
        monkeypatch.setattr(browser, "new_context", partial(browser.new_context, service_workers="block"))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A fresh page with no cookies."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()
