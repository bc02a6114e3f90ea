"""Long work: done once, seen while it goes on, ended when somebody says so, taken up again after a crash."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from common import stopping
from organization import jobs
from organization.gate import Action, can
from organization.jobs import JobKind, JobLost, Progress, register_job_kind
from organization.models import Job, JobState, Person, Pulse
from organization.selectors.jobs import job_seen, latest_job
from organization.services import Refused, cancel_job, note_pulse, order_job
from organization.services.jobs import jobs_wait, work_next_job
from tests.people import bob, charlie, mallory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 29, 9, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def does() -> Iterator[Callable[[Callable[[Job, Progress], None]], None]]:
    """Says what the kind "tests.count" does."""

    def say(run: Callable[[Job, Progress], None]) -> None:
        register_job_kind(
            JobKind(
                "tests.count", "Counting", run,
                may_see=lambda person, job: can(person, Action.VIEW),
                may_cancel=lambda person, job: can(person, Action.KEEP_METRICS),
            )
        )  # fmt: skip

    yield say
    jobs._kinds.pop("tests.count", None)


def order(person: Person | None = None, **params: Any) -> Job:
    return order_job(kind="tests.count", params=params, person=person, now=NOW)


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def write(progress: Progress) -> None:
    """Results, as kinds write them."""
    from django.db import transaction

    with transaction.atomic():
        progress.still_ours()
        note_pulse(name="counted", now=timezone.now())


def written() -> bool:
    return Pulse.objects.filter(name="counted").exists()


def test_what_is_ordered_is_done_once_and_says_so(does: Any) -> None:
    seen: list[Any] = []

    def run(job: Job, progress: Progress) -> None:
        progress.at(50, "counting", rows=7)
        seen.append(job.params)
        write(progress)

    does(run)
    job = order(bob(), upto=3)
    assert jobs_wait(now=timezone.now())
    assert work_next_job()
    assert not work_next_job()
    assert (state(job), job.progress, seen, written()) == (JobState.DONE, 100, [{"upto": 3}], True)
    assert not jobs_wait(now=timezone.now())


def test_ordered_again_while_it_waits_it_is_one_job_with_the_newest_wish(does: Any) -> None:
    seen: list[Any] = []
    does(lambda job, progress: seen.append(job.params))
    assert order(upto=1) == order(upto=2)
    while work_next_job():
        pass
    assert seen == [{"upto": 2}]


def test_ordered_again_while_it_runs_it_is_done_once_more_afterwards(does: Any) -> None:
    seen: list[Any] = []

    def run(job: Job, progress: Progress) -> None:
        seen.append(job.params)
        if len(seen) == 1:
            order(upto=2)
            order(upto=3)

    does(run)
    order(upto=1)
    while work_next_job():
        pass
    assert seen == [{"upto": 1}, {"upto": 3}]


def test_what_is_to_wait_is_not_done_before_its_time(does: Any) -> None:
    does(lambda job, progress: None)
    order_job(kind="tests.count", person=None, now=NOW, after=timedelta(minutes=5))
    assert not work_next_job(now=NOW + timedelta(minutes=4))
    assert work_next_job(now=NOW + timedelta(minutes=5))


def test_what_waits_is_done_sooner_where_somebody_cannot_wait(does: Any) -> None:
    does(lambda job, progress: None)
    order_job(kind="tests.count", person=None, now=NOW, after=timedelta(minutes=5))
    order_job(kind="tests.count", person=None, now=NOW, after=timedelta(minutes=9))
    order_job(kind="tests.count", person=None, now=NOW + timedelta(minutes=1))
    assert Job.objects.get().not_before == NOW + timedelta(minutes=1)


def test_of_two_who_order_at_once_one_job_is_made(does: Any) -> None:
    does(lambda job, progress: None)

    def one() -> None:
        order()
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert Job.objects.count() == 1


def test_cancelled_before_it_began_it_is_never_done(does: Any) -> None:
    does(lambda job, progress: write(progress))
    job = order()
    cancel_job(job=job, person=bob(), now=NOW)
    assert not work_next_job()
    assert (state(job), written()) == (JobState.CANCELLED, False)


@pytest.mark.parametrize("busy", ["a statement", "our own loop", "its last step"])
def test_cancelled_in_the_middle_it_ends_soon_and_leaves_nothing(does: Any, busy: str) -> None:
    begun = threading.Event()

    def run(job: Job, progress: Progress) -> None:
        begun.set()
        if busy == "a statement":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(60)")
        elif busy == "our own loop":
            for _ in range(600):
                progress.at(10)
                time.sleep(0.1)
        else:
            while not Job.objects.filter(cancel_asked=True).exists():
                time.sleep(0.05)
        write(progress)

    does(run)
    job = order()
    started = time.monotonic()

    def end() -> None:
        begun.wait(20)
        cancel_job(job=job, person=bob(), now=timezone.now())
        connections.close_all()

    other = threading.Thread(target=end)
    other.start()
    assert work_next_job()
    other.join(20)
    assert time.monotonic() - started < 20
    assert (state(job), written()) == (JobState.CANCELLED, False)


def test_after_a_crash_somebody_else_takes_it_up_and_the_dead_one_writes_nothing(does: Any) -> None:
    def run(job: Job, progress: Progress) -> None:
        if job.attempts == 1:  # it stops here for longer than its lease, and wakes when the work is done
            Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            assert work_next_job()
            with pytest.raises(JobLost):
                write(progress)
            raise JobLost
        write(progress)

    does(run)
    job = order()
    assert work_next_job()
    assert (state(job), job.attempts, written()) == (JobState.DONE, 2, True)


def test_what_takes_its_worker_with_it_each_time_is_given_up_and_says_so(does: Any) -> None:
    does(lambda job, progress: None)
    job = order()
    Job.objects.update(state=JobState.RUNNING, attempts=3, lease_until=timezone.now() - timedelta(seconds=1))
    assert work_next_job()
    assert state(job) == JobState.FAILED
    assert "stopped in the middle" in job.error


def test_a_fault_is_tried_again_later_and_a_refusal_is_told_at_once(does: Any) -> None:
    def breaks(job: Job, progress: Progress) -> None:
        raise ZeroDivisionError

    does(breaks)
    job = order()
    for attempt in (1, 2, 3):
        assert work_next_job(now=timezone.now() + timedelta(minutes=attempt))
    assert (state(job), job.attempts) == (JobState.FAILED, 3)
    assert "The log" in job.error

    def refuses(job: Job, progress: Progress) -> None:
        raise Refused("There is nothing to count.")

    does(refuses)
    job = order()
    assert work_next_job()
    assert (state(job), job.error) == (JobState.FAILED, "There is nothing to count.")


def test_a_worker_that_is_to_stop_hands_it_back_uncounted(does: Any, settings: Any) -> None:
    settings.WORKER_GRACE_SECONDS = 0

    def run(job: Job, progress: Progress) -> None:
        stopping.ask()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    does(run)
    job = order()
    try:
        assert work_next_job()
    finally:
        stopping.forget()
    assert (state(job), job.attempts, job.lease_until) == (JobState.WAITING, 0, None)


def test_only_who_may_sees_the_bar_and_only_who_may_ends_it(client: Client, does: Any) -> None:
    does(lambda job, progress: None)
    job = order()
    Job.objects.update(
        state=JobState.RUNNING, progress=25, phase="counting", started_at=timezone.now() - timedelta(seconds=30),
        lease_until=timezone.now() + timedelta(minutes=1),
    )  # fmt: skip
    client.force_login(mallory())
    assert client.get(f"/jobs/{job.pk}/").status_code == 404
    client.force_login(charlie())
    page = client.get(f"/jobs/{job.pk}/")
    assert "25%" in page.content.decode()
    assert "about" in page.content.decode()
    assert "/cancel/" not in page.content.decode()
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 403
    with pytest.raises(PermissionDenied):
        cancel_job(job=job, person=charlie(), now=NOW)
    client.force_login(bob())
    assert "/cancel/" in client.get(f"/jobs/{job.pk}/").content.decode()
    assert client.post(f"/jobs/{job.pk}/cancel/", {"next": "https://elsewhere.example/"})["Location"] == "/"
    assert "Ending" in client.get(f"/jobs/{job.pk}/").content.decode()


def test_when_it_has_ended_the_page_around_is_read_anew_and_nobody_asks_again(
    client: Client, does: Any
) -> None:
    does(lambda job, progress: None)
    job = order()
    client.force_login(bob())
    waiting = client.get(f"/jobs/{job.pk}/")
    assert "hx-get" in waiting.content.decode()
    assert not waiting.headers.get("HX-Refresh")
    work_next_job()
    done = client.get(f"/jobs/{job.pk}/")
    assert "hx-get" not in done.content.decode()
    assert done["HX-Refresh"] == "true"
    assert latest_job(kind="tests.count") == job
    assert job_seen(job=None, person=bob(), now=NOW) is None
