"""Inviting people: the mail, its link, and what becomes of it; and the forgotten password."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.mail import MailNotSent
from organization.models import AccountMail, AuditEntry, Company, Invitation, MailState, Person
from organization.services import Refused
from organization.services.invitations import (
    accept_invitation,
    find_invitation,
    invite_person,
    send_invitation,
    withdraw_invitation,
)
from organization.services.mails import GIVE_UP_AFTER, LEASE, send_next_mails
from tests.people import PASSWORD, ada, charlie, person, scope

pytestmark = pytest.mark.django_db
NOW = timezone.now()
STRONG = "a lead line and a lantern"


@pytest.fixture(autouse=True)
def a_fresh_count() -> None:
    cache.clear()


def invited(**more: Any) -> Person:
    asked = {"display_name": "Erin", "email": "erin@example.com", "language": "en", "grants": []}
    return invite_person(person=ada(), now=NOW, **{**asked, **more}).person


def sent() -> list[Any]:
    while send_next_mails(clock=timezone.now):
        pass
    return mail.outbox


def link_in(letter: Any) -> str:
    found = re.search(r"https?://[^/]+(/welcome/\S+)", letter.body)
    assert found, letter.body
    return found[1]


def secret_in(letter: Any) -> str:
    return link_in(letter).strip("/").rpartition("/")[2]


def choose(client: Client, link: str, password: str = STRONG, again: str | None = None) -> Any:
    return client.post(link, {"password": password, "again": again if again is not None else password})


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_ada_invites_erin_with_two_roles_and_erin_is_in_with_one_password() -> None:
    scope("region:华东")
    form = {
        "display_name": "Erin", "email": "Erin.Doe@example.com", "language": "en",
        "role": ["lead", "viewer", ""], "area": ["region:华东", "company", "company"],
    }  # fmt: skip
    assert browser(ada()).post(reverse("organization:invite"), form).status_code == 302
    erin = Person.objects.get(email__iexact="erin.doe@example.com")
    assert erin.username == "Erin.Doe"
    assert {(one.role, one.scope.key) for one in erin.grants.all()} == {
        ("lead", "region:华东"),
        ("viewer", "company"),
    }
    client = Client()
    answer = choose(client, link_in(sent()[0]))
    assert answer["Location"] == reverse("dashboards:overview")
    assert client.get(reverse("organization:me")).status_code == 200
    erin.refresh_from_db()
    assert erin.check_password(STRONG)
    assert erin.email_verified_at is not None


def test_the_mail_is_in_her_language_in_both_shapes_and_names_who_invites() -> None:
    invited(language="zh-hans", display_name="艾琳")
    letter = sent()[0]
    page = letter.alternatives[0][0]
    assert letter.to == ["erin@example.com"]
    for words in ("艾琳", "Ada", link_in(letter)):
        assert words in letter.body
        assert words in page
    assert 'lang="zh-hans"' in page


def test_the_page_does_not_wait_for_the_mail_server_and_the_row_is_wiped_when_sent() -> None:
    invited()
    row = AccountMail.objects.get()
    assert mail.outbox == []
    assert (row.state, bool(row.sealed)) == (MailState.QUEUED, True)
    assert "welcome" not in row.sealed
    sent()
    row.refresh_from_db()
    assert (row.state, row.sealed) == (MailState.SENT, "")
    assert sent() == mail.outbox
    assert len(mail.outbox) == 1


def test_a_mail_that_did_not_go_out_is_tried_again_and_given_up_after_a_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(**_: Any) -> None:
        raise MailNotSent("The mail server said 451: later", permanent=False)

    invited()
    monkeypatch.setattr("organization.services.mails.send_mail", down)
    assert send_next_mails(clock=lambda: NOW) == 1
    assert send_next_mails(clock=lambda: NOW) == 0
    row = AccountMail.objects.get()
    assert (row.state, row.attempts, row.last_error) == ("queued", 1, "The mail server said 451: later")
    assert send_next_mails(clock=lambda: NOW + timedelta(seconds=31)) == 1
    late = NOW + GIVE_UP_AFTER
    assert send_next_mails(clock=lambda: late) == 1
    row.refresh_from_db()
    assert (row.state, row.sealed) == (MailState.FAILED, "")
    shown = browser(ada()).get(reverse("organization:person", args=[row.person_id])).content.decode()
    assert "The mail server said 451: later" in shown


def test_a_worker_that_died_with_a_mail_leaves_it_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    invited()
    AccountMail.objects.update(lease_until=NOW + LEASE)
    assert send_next_mails(clock=lambda: NOW) == 0
    assert send_next_mails(clock=lambda: NOW + LEASE + timedelta(seconds=1)) == 1
    assert len(mail.outbox) == 1


def test_the_link_works_once() -> None:
    invited()
    link = link_in(sent()[0])
    choose(Client(), link)
    answer = choose(Client(), link, "another strong password")
    assert answer.status_code == 404
    assert Person.objects.get(username="erin").check_password(STRONG)


def test_the_link_ends_after_the_days_of_the_setting() -> None:
    Company.objects.update(invitation_days=3)
    invited()
    secret = secret_in(sent()[0])
    assert find_invitation(secret=secret, now=NOW + timedelta(days=3) - timedelta(seconds=1))
    assert find_invitation(secret=secret, now=NOW + timedelta(days=3)) is None
    with pytest.raises(Refused, match="too old"):
        accept_invitation(secret=secret, password=STRONG, now=NOW + timedelta(days=3))


def test_a_new_link_kills_the_old_one_even_before_that_was_sent() -> None:
    erin = invited()
    send_invitation(whom=erin, person=ada(), now=NOW)
    letters = sent()
    assert len(letters) == 1
    assert AccountMail.objects.filter(state=MailState.DROPPED, sealed="").count() == 1
    first = secret_in(letters[0])
    send_invitation(whom=erin, person=ada(), now=NOW)
    assert find_invitation(secret=first, now=NOW) is None
    assert find_invitation(secret=secret_in(sent()[1]), now=NOW)


@pytest.mark.parametrize("how", ["withdrawn", "left", "moved"])
def test_a_link_opens_nothing_once_ada_thinks_otherwise(how: str) -> None:
    erin = invited()
    secret = secret_in(sent()[0])
    if how == "withdrawn":
        assert withdraw_invitation(whom=erin, person=ada(), now=NOW)
    elif how == "left":
        Person.objects.filter(pk=erin.pk).update(is_active=False)
    else:
        Person.objects.filter(pk=erin.pk).update(email="new@example.com")
    assert Client().get(reverse("organization:welcome", args=[secret])).status_code == 404


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [("12345678", "12345678", "too common"), ("erin", "erin", "too short"), (STRONG, "x", "not the same")],
)
def test_a_weak_password_is_told_why_and_the_link_stays(password: str, again: str, said: str) -> None:
    invited()
    link = link_in(sent()[0])
    answer = choose(Client(), link, password, again)
    assert said in answer.content.decode()
    assert choose(Client(), link).status_code == 302


def test_charlie_who_logs_in_already_is_not_invited() -> None:
    with pytest.raises(Refused, match="logs in already"):
        send_invitation(whom=charlie(), person=ada(), now=NOW)


def test_two_people_of_one_name_before_the_at_get_two_user_names() -> None:
    assert invited().username == "erin"
    assert invited(email="erin@elsewhere.example.com").username == "erin2"


def test_an_invitation_to_a_taken_address_says_so_and_adds_nobody() -> None:
    charlie()
    form = {"display_name": "C", "email": "CHARLIE@example.com", "language": "en"}
    answer = browser(ada()).post(reverse("organization:invite"), form)
    assert "Somebody else has the address" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_each_step_is_history_and_none_of_it_holds_the_link() -> None:
    erin = invited()
    send_invitation(whom=erin, person=ada(), now=NOW)
    secret = secret_in(sent()[0])
    accept_invitation(secret=secret, password=STRONG, now=NOW)
    trail = AuditEntry.objects.filter(action__startswith="invitation.").order_by("pk")
    assert [one.action for one in trail] == ["invitation.make", "invitation.resend", "invitation.accept"]
    assert all(secret not in str(one.details) for one in trail)


def test_somebody_who_only_hears_may_be_added_and_never_logs_in() -> None:
    form = {"display_name": "Kim", "email": "kim@example.com", "language": "en", "username": "kim"}
    browser(ada()).post(reverse("organization:listener"), form)
    kim = Person.objects.get(username="kim")
    assert not kim.has_usable_password()
    assert not AccountMail.objects.exists()


# -- The forgotten password


def ask(address: str) -> Any:
    return Client().post(reverse("account_reset_password"), {"email": address})


def test_charlie_gets_a_link_in_his_language_and_is_in_with_the_new_password() -> None:
    person("Charlie", "viewer", language="zh-hans")
    ask("charlie@example.com")
    letter = sent()[0]
    assert "charlie" in letter.body
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", letter.body)
    assert link
    client = Client()
    form = client.get(link[1])["Location"]
    client.post(form, {"password1": STRONG, "password2": STRONG})
    assert Person.objects.get(username="charlie").check_password(STRONG)


def test_the_answer_is_the_same_whether_somebody_is_known_or_not() -> None:
    charlie()
    known, unknown = ask("charlie@example.com"), ask("nobody@example.com")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [letter.to for letter in sent()] == [["charlie@example.com"]]


@pytest.mark.parametrize("who", ["only hears", "left"])
def test_a_forgotten_password_opens_no_account_that_had_none(who: str) -> None:
    kim = person("Kim")
    if who == "left":
        Person.objects.filter(pk=kim.pk).update(is_active=False)
    else:
        kim.set_unusable_password()
        kim.save()
    ask("kim@example.com")
    assert sent() == []


def test_asking_all_day_is_stopped() -> None:
    charlie()
    assert [ask("charlie@example.com").status_code for _ in range(7)][-1] == 429
    assert len(sent()) == 5


def test_guessing_passwords_is_stopped_and_the_right_one_waits_too() -> None:
    charlie()
    wrong = {"login": "charlie", "password": "wrong"}
    for _ in range(5):
        Client().post(reverse("account_login"), wrong)
    answer = Client().post(reverse("account_login"), {"login": "charlie", "password": PASSWORD})
    assert "Too many tries" in answer.content.decode()
