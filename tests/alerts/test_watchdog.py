"""The engine watches itself: what is wrong is told to administrators by a path that needs no worker and no Redis."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from alerts.management.commands import watchdog as command
from alerts.models import (
    ConsequenceRun,
    EpisodeEvent,
    Instance,
    Message,
    Rule,
    Tier,
    WatchdogReport,
)
from alerts.selectors.health import health
from config import embedded
from organization.models import Pulse
from tests.alerts import builders
from tests.alerts.builders import browser
from tests.alerts.test_delivery import PostOffice, office, queued
from tests.conftest import own_database_url
from tests.people import ada, bob, mallory, person, scope

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
__all__ = ["office"]  # the fixture


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    """What is kept in a file is this test's alone."""
    settings.VAR_DIR = tmp_path


@pytest.fixture
def mute() -> Iterator[int]:
    """A port where somebody takes calls and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


def seen(name: str = "sweep", **span: float) -> None:
    Pulse.objects.update_or_create(name=name, defaults={"seen_at": ago(**span)})


def watchdog(*options: str) -> tuple[int, str, str]:
    """The exit, what it said, and what it complained of."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("watchdog", *options, stdout=out, stderr=err)
    code = ended.value.code
    assert isinstance(code, int)
    return code, out.getvalue(), err.getvalue()


def later(report_age: timedelta) -> None:
    """As if all that was told had been told so long ago."""
    WatchdogReport.objects.update(told_at=timezone.now() - report_age)


def broken_rule() -> Rule:
    made = builders.rule()
    Tier.objects.filter(rule=made).update(condition={"kind": "phase of the moon"})
    Rule.objects.filter(pk=made.pk).update(anew_due=True)
    builders.look()
    assert Instance.objects.get(rule=made).state == "error"
    Message.objects.all().delete()  # what its owner is told
    return made


def verdicts() -> dict[str, str]:
    return {one.key: one.verdict for one in health(now=timezone.now()).troubles}


# -- What is wrong ----------------------------------------------------------------------------------


def test_where_a_sweep_was_just_made_and_nothing_waits_all_is_well(office: PostOffice) -> None:
    ada()
    seen()
    assert watchdog() == (0, "ok\n", "")
    assert not office.received


def test_a_beat_that_stands_still_is_told_to_every_administrator_in_her_language(office: PostOffice) -> None:
    ada()
    person("Eve", "admin", language="zh-hans")
    bob()
    seen(minutes=10)
    code, said, _complained = watchdog()
    assert code == 1
    assert said.startswith("broken beat: The beat has stopped: nothing that is due is looked for. Since ")
    assert office.to == ["ada@example.com", "eve@example.com"]
    in_english = office.mails[0].get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert office.mails[0]["Subject"] == "The beat has stopped: nothing that is due is looked for."
    assert "Start the beat again" in in_english
    assert "/health/" in in_english
    assert office.mails[1].get_content_type() == "multipart/alternative"
    assert 'lang="zh-hans"' in office.mails[1].get_body(("html",)).get_content()  # type: ignore[attr-defined]
    assert office.mails[0]["Message-ID"].endswith("@example.com>")


def test_a_beat_that_asks_while_no_sweep_is_made_means_that_the_workers_are_away() -> None:
    seen(minutes=10)
    seen("beat", seconds=20)
    assert verdicts() == {"workers": "broken"}
    seen(seconds=20)
    seen("beat", minutes=10)  # whoever swept was asked to
    assert verdicts() == {}


def test_on_the_first_day_nothing_was_ever_seen() -> None:
    assert verdicts() == {"beat": "broken"}


def test_a_broken_rule_is_told_by_name_and_one_that_is_switched_off_is_not(office: PostOffice) -> None:
    ada()
    seen()
    made = broken_rule()
    code, said, _ = watchdog()
    assert (code, said.splitlines()[0].split(" Since")[0]) == (
        1,
        f"broken rule:{made.pk}: The rule “Revenue behind plan” is broken: it cannot be judged on 1 area.",
    )
    assert "Told ada@example.com." in said
    Rule.objects.filter(pk=made.pk).update(enabled=False)
    assert watchdog() == (0, "ok\nTold ada@example.com.\n", "")


def test_rules_that_are_due_and_figures_that_nobody_looks_at_are_late() -> None:
    seen()
    made = builders.rule()
    builders.figure(scope("region:华东"), "0.5")
    assert verdicts() == {}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kpis_readingchange SET at = now() - interval '11 minutes'")
    Rule.objects.filter(pk=made.pk).update(next_look_at=ago(minutes=11))
    assert verdicts() == {"rules": "late", "changes": "late"}
    Rule.objects.filter(pk=made.pk).update(next_look_at=None, anew_due=True, changed_at=ago(hours=2))
    found = health(now=timezone.now())
    assert (found.rules.count, found.rules.name) == (1, "Revenue behind plan")
    assert found.rules.since is not None
    assert found.rules.since < ago(hours=1.9)


def test_messages_that_are_due_are_late_and_held_ones_are_not() -> None:
    seen()
    queued(1, created_at=ago(hours=5), next_attempt_at=ago(minutes=-30))
    queued(2, created_at=ago(minutes=1), next_attempt_at=ago(minutes=1))
    assert verdicts() == {}
    queued(3, created_at=ago(minutes=11), next_attempt_at=ago(minutes=11))
    assert verdicts() == {"messages": "late"}


def test_what_alerts_do_besides_is_late_when_nobody_has_done_it() -> None:
    seen()
    builders.rule()
    builders.figure(scope("region:华东"), "0.5")
    builders.look()
    run = ConsequenceRun(event=EpisodeEvent.objects.get(), code="task", next_try_at=ago(minutes=9))
    run.save()
    assert verdicts() == {}
    ConsequenceRun.objects.update(next_try_at=ago(minutes=11))
    assert verdicts() == {"consequences": "late"}
    assert "1 thing that an alert does besides is due" in watchdog()[1]
    ConsequenceRun.objects.update(state="done", next_try_at=None, at=ago(minutes=1))
    assert verdicts() == {}


def test_a_way_by_which_nothing_gets_through_is_broken_and_one_bad_address_is_not() -> None:
    seen()
    queued(1, created_at=ago(minutes=20), next_attempt_at=ago(minutes=-5), attempts=4, last_error="no route")
    (way,) = health(now=timezone.now()).ways
    assert (way.way, way.waiting, way.error) == ("email", 1, "no route")
    assert verdicts() == {"way:email": "broken"}
    queued(2, state="sent", created_at=ago(minutes=2), sent_at=ago(minutes=1))
    assert verdicts() == {}


def test_a_way_by_which_more_fails_than_goes_is_broken() -> None:
    seen()
    for number in range(3):
        queued(number, way="sms", state="failed", created_at=ago(hours=25), next_attempt_at=ago(hours=2))
    assert verdicts() == {"way:sms": "broken"}
    for number in range(3, 6):
        queued(number, way="sms", state="sent", created_at=ago(hours=2), sent_at=ago(hours=1))
    assert verdicts() == {}


def test_delays_and_counts_are_those_of_the_last_day_and_hour() -> None:
    for number, (sent, took) in enumerate([(30, 2), (40, 4), (300, 60), (60 * 25, 500)]):
        queued(number, state="sent", sent_at=ago(minutes=sent), created_at=ago(minutes=sent, seconds=took))
    queued(9, state="withheld", next_attempt_at=ago(hours=1), created_at=ago(hours=1))
    found = health(now=timezone.now())
    assert (found.hour.sent, round(found.hour.median or 0)) == (2, 3)
    assert (found.day.sent, round(found.day.median or 0)) == (3, 4)
    (way,) = found.ways
    assert (way.sent, way.failed, way.withheld) == (3, 0, 1)


def test_looking_asks_nine_questions_however_much_is_wrong(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(9):
        health(now=timezone.now())
    broken_rule()
    for number in range(30):
        queued(number, way="sms" if number % 2 else "email", attempts=1)
    with django_assert_num_queries(9):
        health(now=timezone.now())


# -- Telling ----------------------------------------------------------------------------------------


def test_the_same_trouble_is_told_again_only_after_some_hours_and_its_end_once(office: PostOffice) -> None:
    ada()
    seen(minutes=10)
    assert watchdog()[0] == 1
    assert watchdog()[0] == 1
    assert len(office.received) == 1
    later(timedelta(hours=3.9))
    watchdog()
    assert len(office.received) == 1
    watchdog("--again-after", "3")
    assert len(office.received) == 2
    later(timedelta(hours=4.1))
    watchdog()
    assert len(office.received) == 3
    seen()
    assert watchdog()[0] == 0
    assert watchdog()[0] == 0
    assert [mail["Subject"] for mail in office.mails[3:]] == ["Plumbline is well again"]
    assert not WatchdogReport.objects.exists()


def test_a_second_trouble_is_told_at_once(office: PostOffice) -> None:
    ada()
    seen(minutes=10)
    watchdog()
    queued(1, created_at=ago(minutes=11), next_attempt_at=ago(minutes=11))
    watchdog()
    watchdog()
    assert [mail["Subject"] for mail in office.mails][1:] == ["2 things are wrong with Plumbline"]


def test_a_mail_server_that_refuses_leaves_nothing_marked_as_told(office: PostOffice) -> None:
    ada()
    seen(minutes=10)
    office.at_address = "451 Not now"
    code, _said, complained = watchdog()
    assert code == 3
    assert complained == "Could not tell ada@example.com: The mail server said 451: Not now\n"
    assert not WatchdogReport.objects.exists()
    office.at_address = None
    assert watchdog()[0] == 1
    assert office.to == ["ada@example.com"]


def test_that_all_is_well_again_is_told_once_the_mail_server_takes_it(office: PostOffice) -> None:
    ada()
    seen(minutes=10)
    watchdog()
    seen()
    office.after_text = "451 Not now"
    assert watchdog()[0] == 3
    office.after_text = None
    assert watchdog()[0] == 0
    assert office.mails[-1]["Subject"] == "Plumbline is well again"


def test_who_has_not_confirmed_her_address_or_has_left_is_not_told(office: PostOffice) -> None:
    person("Ada", "admin", email_verified_at=None)
    person("Eve", "admin", is_active=False)
    mallory()
    seen(minutes=10)
    code, _said, complained = watchdog()
    assert code == 3
    assert complained == "Nobody can be told: no administrator has a confirmed address.\n"
    assert not office.received


def test_an_address_of_the_environment_is_told_as_well_and_nobody_twice(
    office: PostOffice, settings: Any
) -> None:
    settings.WATCHDOG_EMAIL = ["Ada@example.com", "ops@example.com"]
    ada()
    seen(minutes=10)
    watchdog()
    assert sorted(office.to) == ["ada@example.com", "ops@example.com"]


def test_a_dry_run_says_who_would_be_told_and_does_nothing(office: PostOffice) -> None:
    ada()
    seen(minutes=10)
    code, said, _ = watchdog("--dry-run")
    assert (code, said.splitlines()[-1]) == (1, "Would tell ada@example.com.")
    assert not office.received
    assert not WatchdogReport.objects.exists()
    assert not Pulse.objects.filter(name="watchdog").exists()


def test_hours_that_are_none_are_refused() -> None:
    for text in ("soon", "-1", "nan"):
        with pytest.raises(CommandError, match="is no number of hours"):
            call_command("watchdog", "--again-after", text)


def test_a_watchdog_tells_nothing_while_another_one_does(office: PostOffice) -> None:
    ada()
    seen(minutes=10)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('alerts.watchdog'), 0)")
            code, said, complained = watchdog()
    finally:
        other.close()
    assert (code, complained) == (1, "Another watchdog is telling; this one only looked.\n")
    assert said.startswith("broken beat")
    assert not office.received
    watchdog()
    assert len(office.received) == 1


# -- As cron runs it --------------------------------------------------------------------------------


def environment(office: PostOffice, settings: Any, **more: str) -> dict[str, str]:
    """No Redis, no worker: a database and a mail server."""
    return {
        **os.environ,
        "DATABASE_URL": own_database_url(),
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EMAIL_HOST": settings.EMAIL_HOST,
        "EMAIL_PORT": str(settings.EMAIL_PORT),
        "PLUMBLINE_VAR": str(settings.VAR_DIR),
        "SECRET_KEY": "x" * 50,
        **more,
    }


def started(env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "watchdog"],
        cwd=embedded.PROJECT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_several_at_once_mail_once_without_redis(office: PostOffice, settings: Any) -> None:
    ada()
    seen(minutes=10)
    office.takes_seconds = 1
    env = environment(office, settings)
    dogs = [started(env) for _ in range(3)]
    ends = [(dog.communicate(timeout=60), dog.returncode) for dog in dogs]
    assert [code for _texts, code in ends] == [1, 1, 1], ends
    assert len(office.received) == 1


@pytest.mark.parametrize("away", ["nobody listens", "nobody speaks"])
def test_a_database_that_is_away_is_told_to_the_address_of_the_environment_once(
    office: PostOffice, settings: Any, away: str, mute: int
) -> None:
    port = 1 if away == "nobody listens" else mute
    env = environment(
        office, settings, DATABASE_URL=f"postgresql://x@127.0.0.1:{port}/x", WATCHDOG_EMAIL="ops@example.com"
    )
    dog = started(env)
    _said, complained = dog.communicate(timeout=60)
    assert dog.returncode == 2
    assert complained.startswith("Could not look: ")
    assert office.to == ["ops@example.com"]
    assert office.mails[0]["Subject"] == "Plumbline's database does not answer"
    again = started(env)
    again.communicate(timeout=60)
    assert (again.returncode, len(office.received)) == (2, 1)
    seen()
    back = started({**env, "DATABASE_URL": own_database_url()})
    back.communicate(timeout=60)
    assert back.returncode == 0
    assert [mail["Subject"] for mail in office.mails[1:]] == ["Plumbline is well again"]
    assert not (settings.VAR_DIR / "watchdog-outage").exists()


def test_without_an_address_of_the_environment_the_exit_alone_says_it(
    office: PostOffice, settings: Any
) -> None:
    dog = started(environment(office, settings, DATABASE_URL="postgresql://x@127.0.0.1:1/x"))
    _said, complained = dog.communicate(timeout=60)
    assert dog.returncode == 2
    assert complained.endswith("Nobody was told: WATCHDOG_EMAIL names nobody.\n")


def test_a_table_that_is_held_by_somebody_is_not_waited_for(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LOOK_SECONDS", 1)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE alerts_message")
            code, _said, complained = watchdog()
    finally:
        other.rollback()
        other.close()
    assert (code, complained.splitlines()[0].startswith("Could not look: ")) == (2, True)


def test_a_database_that_hangs_is_not_waited_for(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch, mute: int
) -> None:
    monkeypatch.setattr(command, "LOOK_SECONDS", 0.5)
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", str(mute))
    code, _said, complained = watchdog()
    assert code == 2
    assert complained.startswith("Could not look: The database did not answer within 0.5 seconds.")


# -- The page and /healthz --------------------------------------------------------------------------


def test_an_administrator_reads_the_whole_of_it_at_healthz_and_others_what_strangers_read() -> None:
    seen()
    made = broken_rule()
    stranger = Client().get("/healthz").json()
    assert set(stranger) == {"database", "broker", "work", "beat"}
    assert browser(bob()).get("/healthz").json() == stranger
    told = browser(ada()).get("/healthz").json()
    assert {name: told[name] for name in stranger} == stranger
    assert told["alerts"]["verdict"] == "broken"
    assert told["alerts"]["broken"][0]["name"] == made.name
    assert told["details"]["last_sweep_seconds"] < 60
    assert set(browser(ada()).get("/healthz?live").json()) == {"live"}


def test_the_page_says_it_in_words_to_administrators_alone() -> None:
    seen()
    broken_rule()
    queued(
        1, created_at=ago(minutes=20), next_attempt_at=ago(minutes=-5), attempts=4, last_error="no <route>"
    )
    queued(2, way="sms", state="sent", created_at=ago(minutes=2), sent_at=ago(minutes=1))
    page = browser(ada()).get("/health/")
    text = page.content.decode()
    assert "Something is broken" in text
    assert "The rule “Revenue behind plan” is broken" in text
    assert "no &lt;route&gt;" in text
    assert "It never looked: nobody is told when something is wrong." in text
    assert browser(bob()).get("/health/").status_code == 403
    assert 'href="/health/"' in browser(ada()).get("/outbox/").content.decode()
    assert 'href="/health/"' not in browser(bob()).get("/outbox/").content.decode()


def test_the_page_of_a_company_that_is_well_says_so() -> None:
    seen()
    seen("watchdog", minutes=3)
    text = browser(ada()).get("/health/").content.decode()
    assert "All is well" in text
    assert "What is wrong" not in text
    assert "It looked at" in text


def test_the_beat_leaves_a_sign_of_its_own_when_it_asks_for_a_sweep() -> None:
    from celery.signals import before_task_publish

    import config.celery  # noqa: F401

    before_task_publish.send(sender="config.tasks.other")
    assert not Pulse.objects.exists()
    before_task_publish.send(sender="config.tasks.sweep")
    before_task_publish.send(sender="config.tasks.sweep")
    assert Pulse.objects.get().name == "beat"
