"""Pages by mail: each gets what she may see, once, in her language; and whoever wants no more is left alone."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection, transaction
from django.test import Client

from alerts.models import Message
from alerts.services import deliver_next
from dashboards.mail_wording import compose_page
from dashboards.mailing_links import SALT, path_for
from dashboards.models import Mailing, Parcel
from dashboards.read_for import read_for
from dashboards.services import parcels
from dashboards.services.boards import make_board
from dashboards.services.mailings import (
    When,
    change_mailing,
    leave_mailing,
    pause_mailing,
    resume_mailing,
    send_now,
)
from dashboards.services.parcels import make_due, send_next
from dashboards.shareable import address_of
from organization.models import AuditEntry, Grant, Person
from organization.services import Refused
from tests.dashboards.figures import TODAY, keep
from tests.letterbox import Letterbox
from tests.people import ada, alice, bob, charlie, dana, mallory

MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08:00 in Shanghai
OVERVIEW = address_of("/")
FORM = {"name": "Monday", "every": "week", "weekday": "1", "month_day": "1", "hour": "8"}


@pytest.fixture
def a_company(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    the_company(monkeypatch)


def the_company(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    keep("company", "revenue", "987654", expected="2400")
    keep("region:华东", "revenue", "123456", expected="2400000")


def a_mailing(owner: Person, *people: Person, **fields: Any) -> Mailing:
    made = Mailing.objects.create(
        **{"owner": owner, "name": "Monday", "address": "/", "next_at": MONDAY, **fields}
    )
    made.people.set(people or [owner])
    return made


def work(now: datetime = MONDAY) -> None:
    make_due(now=now)
    while send_next(clock=lambda: now):
        pass


def mails() -> dict[str, Message]:
    return {message.person.username: message for message in Message.objects.all() if message.person}


def problems() -> dict[str, str]:
    return {parcel.person.username: parcel.problem for parcel in Parcel.objects.select_related("person")}


def as_person(whom: Person) -> Client:
    client = Client()
    client.force_login(whom, backend="django.contrib.auth.backends.ModelBackend")
    return client


# -- What is sent --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("a_company")
def test_each_gets_what_she_may_see_in_her_language() -> None:
    lead = alice()
    lead.language = "zh-hans"
    lead.save()
    a_mailing(bob(), bob(), lead)
    work()
    sent = mails()
    assert "988K" in sent["bob"].text
    assert "988K" in sent["bob"].html
    assert "12.3万" in sent["alice"].html
    assert not re.search(r"98\.8|988K|987", sent["alice"].html + sent["alice"].text + sent["alice"].subject)
    assert "华东" in sent["alice"].html
    assert sent["bob"].subject.startswith("Monday: ")
    assert re.search(r"#C62A2F\S*>■ \S+<", sent["alice"].html)  # a light: colour, shape and word
    assert 'href="http://' in sent["bob"].html


@pytest.mark.usefixtures("a_company")
def test_who_may_see_nothing_gets_nothing_and_the_owner_is_told() -> None:
    unconfirmed, gone = charlie(), dana()
    Person.objects.filter(pk=unconfirmed.pk).update(email_verified_at=None)
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    made = a_mailing(bob(), bob(), alice(), mallory(), unconfirmed, gone, address="/?area=company")
    work()
    assert problems() == {
        "bob": "",
        "alice": "nothing",
        "mallory": "nothing",
        "charlie": "address",
        "dana": "away",
    }
    assert set(mails()) == {"bob"}
    page = as_person(bob()).get(f"/share/mail/{made.pk}/").content.decode()
    assert "May see nothing of this page" in page
    assert "4 people did not get the last one" in as_person(bob()).get("/share/mail/").content.decode()


@pytest.mark.usefixtures("a_company")
def test_a_page_that_is_gone_pauses_the_mail_and_its_owner_is_told_once() -> None:
    made = a_mailing(bob(), alice(), charlie(), address="/?region=nowhere")
    work()
    work(MONDAY + timedelta(days=7))
    made.refresh_from_db()
    assert made.next_at is None
    (told,) = Message.objects.all()
    assert told.person == bob()
    assert "paused" in told.subject
    assert set(problems().values()) == {"page"}
    # An address that never was one is the same.
    other = a_mailing(bob(), bob(), address="/people/")
    work()
    other.refresh_from_db()
    assert other.next_at is None


@pytest.mark.usefixtures("a_company")
def test_a_link_needs_a_login_so_who_has_none_gets_none() -> None:
    whom = charlie()
    whom.set_unusable_password()
    whom.save()
    a_mailing(bob(), whom)
    work()
    assert "988K" in mails()["charlie"].text
    assert "Open the page" not in mails()["charlie"].html


@pytest.mark.usefixtures("a_company")
def test_the_owner_without_her_right_sends_to_herself_alone() -> None:
    owner = bob()
    a_mailing(owner, owner, charlie())
    Grant.objects.filter(person=owner).update(role="viewer")
    work()
    assert set(mails()) == {"bob"}


@pytest.mark.usefixtures("a_company")
def test_a_page_that_breaks_is_tried_five_times_and_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(person: Person, *rest: Any, **more: Any) -> Any:
        if person.username == "bob":
            raise RuntimeError("broken")
        return read_for(person, *rest, **more)

    monkeypatch.setattr(parcels, "read_for", breaks)
    a_mailing(bob(), bob(), charlie())
    for tries in range(6):
        work(MONDAY + tries * timedelta(minutes=5))
    assert set(mails()) == {"charlie"}
    assert problems() == {"bob": "broken", "charlie": ""}
    assert Parcel.objects.get(person=bob()).tries == 5


# -- When ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("a_company")
@pytest.mark.parametrize(("late", "sent"), [(timedelta(hours=23), 1), (timedelta(days=2), 0)])
def test_a_late_beat_sends_once_and_an_old_one_not_at_all(late: timedelta, sent: int) -> None:
    made = a_mailing(bob())
    for _beat in range(3):
        work(MONDAY + late)
    assert Message.objects.count() == sent
    made.refresh_from_db()
    assert made.next_at == MONDAY + timedelta(days=7)


@pytest.mark.usefixtures("a_company")
def test_what_a_dead_worker_left_is_taken_up_and_what_waited_too_long_is_left_out() -> None:
    a_mailing(bob(), bob(), charlie())
    make_due(now=MONDAY)
    Parcel.objects.filter(person=bob()).update(lease_until=MONDAY + timedelta(minutes=2), tries=1)
    assert send_next(clock=lambda: MONDAY)
    assert not send_next(clock=lambda: MONDAY)  # the other's lease still holds
    assert send_next(clock=lambda: MONDAY + timedelta(minutes=3))
    assert Message.objects.count() == 2
    make_due(now=MONDAY + timedelta(days=7))
    while send_next(clock=lambda: MONDAY + timedelta(days=9)):
        pass
    assert Message.objects.count() == 2
    assert set(Parcel.objects.filter(sent_at=None).values_list("problem", flat=True)) == {"late"}


@pytest.mark.usefixtures("a_company")
def test_pausing_and_going_on_leaves_no_heap() -> None:
    made = a_mailing(bob())
    pause_mailing(mailing=made, person=bob())
    work(MONDAY + timedelta(days=30))
    made.refresh_from_db()
    resume_mailing(mailing=made, person=bob(), now=MONDAY + timedelta(days=30))
    work(MONDAY + timedelta(days=30))
    assert not Message.objects.exists()
    made.refresh_from_db()
    assert made.next_at == MONDAY + timedelta(days=35)


@pytest.mark.usefixtures("a_company")
def test_one_now_is_one_however_often_it_is_clicked() -> None:
    made = a_mailing(bob(), charlie(), next_at=None)
    assert send_now(mailing=made, person=bob(), now=MONDAY)
    assert not send_now(mailing=made, person=bob(), now=MONDAY + timedelta(seconds=20))
    work()
    assert set(mails()) == {"bob"}


@pytest.mark.usefixtures("a_company")
def test_who_left_takes_her_mails_along() -> None:
    owner = bob()
    made = a_mailing(owner, charlie())
    Person.objects.filter(pk=owner.pk).update(is_active=False)
    work()
    made.refresh_from_db()
    assert made.next_at is None
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_beats_and_two_workers_send_one_each(
    letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    the_company(monkeypatch)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(letterbox.environment["EMAIL_PORT"])
    a_mailing(bob(), bob(), alice(), charlie())
    begun = threading.Barrier(4)

    def beat() -> None:
        try:
            begun.wait(20)
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as hands:
        for one in [hands.submit(beat) for _hand in range(4)]:
            one.result(60)
    while deliver_next(clock=lambda: MONDAY):
        pass
    assert not list(Parcel.objects.exclude(problem="").values_list("person__username", "problem"))
    letter = letterbox.wait(3)
    assert Parcel.objects.count() == Message.objects.count() == len(letterbox.letters) == 3
    assert sorted(str(one["To"]) for one in letterbox.letters) == [
        "alice@example.com", "bob@example.com", "charlie@example.com",
    ]  # fmt: skip
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    to_bob = next(one for one in letterbox.letters if one["To"] == "bob@example.com")
    assert "988K" in letterbox.text_of(to_bob, "html")
    assert "988K" in letterbox.text_of(to_bob)


@pytest.mark.usefixtures("a_company")
def test_a_worker_that_lost_its_lease_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = a_mailing(bob())
    make_due(now=MONDAY)

    def slow(**words: Any) -> Any:
        Parcel.objects.update(lease_until=MONDAY + timedelta(hours=1))  # somebody else has it by now
        return compose_page(**words)

    monkeypatch.setattr(parcels, "compose_page", slow)
    assert send_next(clock=lambda: MONDAY)
    assert not Message.objects.exists()
    assert made.parcels.get().sent_at is None


# -- Whom ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("a_company")
def test_bob_has_a_page_sent_changes_pauses_and_removes_it() -> None:
    hers, whom = as_person(bob()), charlie()
    page = hers.get("/share/mail/new/", {"page": "/?period=2026-11&region=华东"}).content.decode()
    assert "Always of the newest period" in page
    answer = hers.post(
        "/share/mail/new/",
        {**FORM, "page": "/?period=2026-11&region=华东", "newest": "on", "people": [bob().pk, whom.pk]},
    )
    made = Mailing.objects.get()
    assert (answer.status_code, made.address) == (302, "/?region=华东")
    assert made.next_at is not None
    url = f"/share/mail/{made.pk}/"
    change = {**FORM, "page": made.address, "newest": "on", "people": [whom.pk]}
    hers.post(url, {**change, "every": "month", "month_day": "28"})
    made.refresh_from_db()
    assert (made.every, made.day, list(made.people.all())) == ("month", 28, [whom])
    hers.post(url + "do/", {"do": "pause"})
    made.refresh_from_db()
    assert made.next_at is None
    assert "Paused" in hers.get(url).content.decode()
    hers.post(url + "do/", {"do": "resume"})
    hers.post(url + "do/", {"do": "now"})
    assert Parcel.objects.get().person == bob()
    assert hers.get(url + "remove/").status_code == 200
    hers.post(url + "remove/")
    assert not Mailing.objects.exists()
    told = AuditEntry.objects.filter(action__startswith="dashboards.mailing").values_list("action", flat=True)
    assert [one.removeprefix("dashboards.mailing") for one in told.order_by("pk")] == [
        "", "_change", "_pause", "_resume", "_remove",
    ]  # fmt: skip


@pytest.mark.usefixtures("a_company")
def test_bob_turns_a_mail_to_another_page_that_he_may_open() -> None:
    hers, made = as_person(bob()), a_mailing(bob())
    board = make_board(name="Morning", template="", person=bob(), now=MONDAY)
    theirs = make_board(name="Of Alice", template="", person=alice(), now=MONDAY)
    url, change = f"/share/mail/{made.pk}/", {**FORM, "page": "/", "people": [bob().pk]}
    form = hers.get(url).content.decode()
    assert "Morning" in form
    assert "Of Alice" not in form
    hers.post(url, {**change, "page": f"/pages/{board.pk}/"})
    made.refresh_from_db()
    assert made.address == f"/pages/{board.pk}/"
    assert "Morning" not in as_person(ada()).get(url).content.decode()
    for newest, kept in (({}, "?period=2026-11&region=华东"), ({"newest": "on"}, "?region=华东")):
        other = "http://testserver/channels/?period=2026-11&region=华东"
        hers.post(url, {**change, **newest, "other": other})
        made.refresh_from_db()
        assert made.address == f"/channels/{kept}"
    for other in ("https://elsewhere.example/", "/settings/", f"/pages/{theirs.pk}/", "/?region=nowhere"):
        assert hers.post(url, {**change, "other": other}).status_code == 400
    made.refresh_from_db()
    assert made.address == "/channels/?region=华东"
    told = AuditEntry.objects.filter(action="dashboards.mailing_change").latest("pk")
    assert told.details["page"] == made.address


@pytest.mark.usefixtures("a_company")
def test_who_only_looks_sends_to_herself_and_nobody_sends_to_strangers() -> None:
    stranger = mallory()
    looks = as_person(charlie())
    assert "Bob" not in looks.get("/share/mail/new/", {"page": "/"}).content.decode().split("<main")[1]
    assert looks.post("/share/mail/new/", {**FORM, "page": "/", "people": [bob().pk]}).status_code == 400
    assert looks.post("/share/mail/new/", {**FORM, "page": "/", "people": [charlie().pk]}).status_code == 302
    answer = as_person(bob()).post("/share/mail/new/", {**FORM, "page": "/", "people": [stranger.pk]})
    assert answer.status_code == 400
    made = a_mailing(bob())
    with pytest.raises(Refused):
        change_mailing(
            mailing=made,
            person=bob(),
            name="x",
            address=OVERVIEW,
            when=When("week", 1, 8),
            people=[stranger],
            now=MONDAY,
        )


@pytest.mark.usefixtures("a_company")
def test_others_do_not_find_it_and_administrators_do() -> None:
    made = a_mailing(bob(), name="Of Bob")
    for url in ("", "remove/"):
        assert as_person(alice()).get(f"/share/mail/{made.pk}/{url}").status_code == 404
        assert as_person(ada()).get(f"/share/mail/{made.pk}/{url}").status_code == 200
    assert as_person(alice()).post(f"/share/mail/{made.pk}/do/", {"do": "pause"}).status_code == 404
    assert "Of Bob" not in as_person(alice()).get("/share/mail/").content.decode()
    assert "Of Bob" in as_person(ada()).get("/share/mail/").content.decode()


@pytest.mark.usefixtures("a_company")
def test_a_reader_wants_it_no_more_and_may_come_back(client: Client) -> None:
    whom = alice()
    made = a_mailing(bob(), bob(), whom)
    path = path_for(mailing=made.pk, person=whom.pk)
    assert client.get(path).status_code == 200
    assert whom in made.people.all()  # mail programs open links by themselves
    assert "no more" in client.post(path, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert (whom in made.people.all(), whom in made.left.all()) == (False, True)
    # Her owner cannot add her again, she herself can.
    change_mailing(
        mailing=made,
        person=bob(),
        name="x",
        address=OVERVIEW,
        when=When("week", 1, 8),
        people=[bob(), whom],
        now=MONDAY,
    )
    assert list(made.people.all()) == [bob()]
    assert "Alice" in as_person(bob()).get(f"/share/mail/{made.pk}/").content.decode()
    assert path in as_person(whom).get("/share/mail/").content.decode()
    client.post(path, {"do": "back"})
    assert whom in made.people.all()
    assert not client.cookies


@pytest.mark.usefixtures("a_company")
def test_who_left_between_due_and_sent_gets_nothing() -> None:
    whom = alice()
    made = a_mailing(bob(), whom)
    make_due(now=MONDAY)
    leave_mailing(mailing=made, whom=whom)
    work()
    assert problems() == {"alice": "not-wanted"}


@pytest.mark.django_db
def test_a_link_that_nobody_made_leaves_nothing(client: Client) -> None:
    made = a_mailing(bob(), bob(), alice())
    path = path_for(mailing=made.pk, person=alice().pk)
    foreign = signing.Signer(salt="dashboards.embed").sign_object([made.pk, alice().pk])
    assert client.post(path[:-4] + ("xyz/" if path[-4:-1] != "xyz" else "abc/")).status_code == 404
    assert client.post(f"/share/mail/leave/{foreign}/").status_code == 404
    assert client.post(path_for(mailing=10**6, person=alice().pk)).status_code == 410
    assert client.post(path_for(mailing=made.pk, person=charlie().pk)).status_code == 410
    assert made.people.count() == 2
    assert SALT not in path


@pytest.mark.usefixtures("a_company")
def test_the_mark_and_the_mail_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies while queueing has sent nothing, and the next one sends it."""
    a_mailing(bob())
    make_due(now=MONDAY)

    def dies(**words: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, transaction.atomic():
        patch.setattr(parcels, "mail_to", dies)
        with pytest.raises(KeyboardInterrupt):
            send_next(clock=lambda: MONDAY)
    assert Parcel.objects.get().sent_at is None
    Parcel.objects.update(lease_until=None)
    work()
    assert Message.objects.count() == 1
