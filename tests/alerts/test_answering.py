"""What people do with an alert, on its page and by the link in a message, and who may."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts import answer_links, selectors, services
from alerts.models import Episode, EpisodeEvent, Message, Notice
from organization.models import Person
from tests.alerts.builders import NOW, browser, episode, figure, look, rule, story
from tests.alerts.test_telling import follows, later, policy
from tests.people import PASSWORD, ada, alice, bob, charlie, dana, mallory, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
AREA = "region:华东"


def alert(*people: Person, attainment: str = "0.6") -> Episode:
    """Open, of 华东; these people were told."""
    rule(*people)
    figure(scope(AREA), attainment)
    look()
    return episode()


def page(who: Person, one: Episode) -> str:
    return browser(who).get(reverse("alerts:episode", args=[one.pk])).content.decode()


def do(who: Person, what: str, one: Episode, **sent: object) -> tuple[int, str]:
    answer = browser(who).post(reverse(f"alerts:episode_{what}", args=[one.pk]), sent)
    return answer.status_code, answer.content.decode()


# -- Who may -------------------------------------------------------------------------------------------


def test_who_leads_the_area_and_who_was_told_may_answer() -> None:
    one = alert(charlie())
    may = {who.username: selectors.may_answer(who, one) for who in (alice(), bob(), charlie(), dana(), ada())}
    assert may == {"alice": True, "bob": True, "charlie": True, "dana": False, "ada": True}
    assert not selectors.may_answer(mallory(), one)
    assert not selectors.may_answer(person("Erik", "lead", "region:华北"), one)


def test_a_stranger_finds_nothing_and_a_viewer_who_was_not_told_is_refused() -> None:
    one = alert(bob())
    stranger = person("Erik", "lead", "region:华北")
    for what in ("acknowledge", "hand_over", "close"):
        assert do(stranger, what, one, cause="x")[0] == 404
        assert do(charlie(), what, one, cause="x")[0] == 403
    assert story() == ["first 3"]
    shown = page(charlie(), one)
    assert "Nobody has taken it yet." in shown
    assert reverse("alerts:episode_close", args=[one.pk]) not in shown


def test_charlie_who_was_told_answers_as_long_as_he_sees_the_area() -> None:
    one = alert(charlie())
    assert do(charlie(), "acknowledge", one)[0] == 302
    who = charlie()
    who.grants.all().delete()
    person("Charlie", "viewer", "region:华北")
    assert do(who, "acknowledge", one, until="1")[0] == 404


# -- Acknowledging -------------------------------------------------------------------------------------


def test_alice_acknowledges_and_everybody_reads_that_she_sees_to_it() -> None:
    one = alert(bob())
    assert do(alice(), "acknowledge", one, note="On my way")[0] == 302
    shown = page(bob(), one)
    assert "Alice sees to it." in shown
    assert "Acknowledged by Alice" in shown
    assert "“On my way”" in shown
    assert "You see to it." in page(alice(), one)


@pytest.mark.parametrize(("until", "hours"), [("1", 1), ("4", 4)])
def test_she_says_for_how_long_it_stays_quiet(until: str, hours: int) -> None:
    one = alert(bob())
    do(alice(), "acknowledge", one, until=until)
    stands = episode().acknowledged_until
    assert stands is not None
    assert abs(stands - timezone.now() - timedelta(hours=hours)) < timedelta(minutes=1)
    assert "or until it gets worse" in page(bob(), one)


def test_tomorrow_is_at_nine_where_she_is() -> None:
    one = alert(bob())
    who = alice()
    who.time_zone = "America/New_York"
    who.save()
    do(who, "acknowledge", one, until="tomorrow")
    stands = episode().acknowledged_until
    assert stands is not None
    local = stands.astimezone(ZoneInfo("America/New_York"))
    assert (local.hour, local.minute) == (9, 0)


def test_what_cannot_be_chosen_is_said_and_changes_nothing() -> None:
    one = alert(bob())
    status, said = do(alice(), "acknowledge", one, until="never")
    assert (status, "Select a valid choice" in said) == (200, True)
    assert story() == ["first 3"]


def test_a_double_click_is_one_answer() -> None:
    one = alert(bob())
    for until in ("4", "4"):
        assert do(alice(), "acknowledge", one, until=until)[0] == 302
    for _twice in range(2):
        assert do(alice(), "hand_over", one, to=bob().pk)[0] == 302
    for _twice in range(2):
        assert do(bob(), "close", one, cause="The feed was late")[0] == 302
    assert story() == ["first 3", "acknowledged 3", "handed-over 3", "closed 3"]


def test_whoever_has_it_finds_it_among_hers() -> None:
    one = alert(bob())
    who = alice()
    shown = [row.episode.pk for row in selectors.episodes_of(who, on=NOW.date(), shown="mine").rows]
    assert shown == []
    services.acknowledge(episode=one, person=who, now=NOW)
    shown = [row.episode.pk for row in selectors.episodes_of(who, on=NOW.date(), shown="mine").rows]
    assert shown == [one.pk]


# -- Handing over --------------------------------------------------------------------------------------


def test_bob_hands_it_to_alice_and_the_history_says_who_to_whom_and_why() -> None:
    one = alert(bob())
    assert do(bob(), "hand_over", one, to=alice().pk, note="Your dealers")[0] == 302
    shown = page(charlie(), one)
    assert "Bob to Alice" in shown
    assert "“Your dealers”" in shown
    assert "Alice sees to it." in shown


def test_it_is_not_handed_to_one_who_cannot_see_it_nor_to_oneself() -> None:
    one = alert(bob())
    for other in (person("Erik", "lead", "region:华北"), bob()):
        status, said = do(bob(), "hand_over", one, to=other.pk)
        assert (status, "Select a valid choice" in said) == (200, True)
    assert "Erik" not in page(bob(), one)
    assert story() == ["first 3"]


def test_whoever_got_it_may_answer_though_he_only_looks() -> None:
    one = alert(bob())
    do(bob(), "hand_over", one, to=charlie().pk)
    Notice.objects.filter(person=charlie()).delete()
    assert do(charlie(), "acknowledge", one)[0] == 302


# -- Closing -------------------------------------------------------------------------------------------


def test_the_cause_of_a_closed_alert_is_read_on_its_page_and_by_whoever_meets_the_like() -> None:
    one = alert(bob())
    status, said = do(bob(), "close", one, cause="  ")
    assert (status, "This field is required" in said) == (200, True)
    assert do(bob(), "close", one, cause="The feed was late")[0] == 302
    shown = page(charlie(), one)
    assert "Closed by a person" in shown
    assert shown.count("The feed was late") == 2  # in the line that says it, and in the history
    other = Episode.objects.create(
        instance=one.instance, tier=1, peak_tier=1, opened_at=timezone.now() + timedelta(hours=1)
    )
    assert "“The feed was late”" in page(charlie(), other)


def test_what_has_ended_meanwhile_is_said_in_words() -> None:
    one = alert(bob())
    figure(scope(AREA), "1.2")
    look()
    for what, sent in (("acknowledge", {}), ("hand_over", {"to": alice().pk}), ("close", {"cause": "x"})):
        status, said = do(bob(), what, one, **sent)
        assert (status, "This alert has ended." in said) == (409, True)
        assert 'id="close_cause"' not in said
    assert story() == ["first 3", "recovered 3"]


def test_forms_need_their_token() -> None:
    one = alert(bob())
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("alerts:episode_acknowledge", args=[one.pk])).status_code == 403
    assert story() == ["first 3"]


# -- By the link in a message --------------------------------------------------------------------------


def link_in(message: Message) -> str:
    found = re.search(r"https?://[^/]+(/alerts/answer/[^/\s]+/)", message.text)
    assert found is not None, message.text
    assert found[1] in message.html
    return found[1]


def test_bob_logs_in_from_his_mail_and_acknowledges_with_one_button() -> None:
    one = alert(bob())
    link = link_in(Message.objects.get())
    client = Client()
    asked = client.get(link)
    assert (asked.status_code, asked["Location"].startswith(reverse("account_login"))) == (302, True)
    back = client.post(asked["Location"], {"login": "bob", "password": PASSWORD})
    assert back["Location"] == link
    shown = client.get(link).content.decode()
    assert "Revenue, 华东" in shown
    assert story() == ["first 3"]
    assert client.post(link)["Location"] == reverse("alerts:episode", args=[one.pk])
    assert story() == ["first 3", "acknowledged 3"]
    assert episode().holder == bob()
    client.post(link)
    assert story() == ["first 3", "acknowledged 3"]


def test_opening_the_link_never_acknowledges() -> None:
    alert(bob())
    link = link_in(Message.objects.get())
    client = browser(bob())
    assert client.get(link).status_code == 200
    assert client.head(link).status_code == 200
    assert story() == ["first 3"]


def test_the_link_is_nobody_elses() -> None:
    alert(bob())
    link = link_in(Message.objects.get())
    for other in (alice(), ada(), mallory()):
        for answer in (browser(other).get(link), browser(other).post(link)):
            assert answer.status_code == 403
            assert "made for somebody else" in answer.content.decode()
            assert "华东" not in answer.content.decode()
    assert story() == ["first 3"]


def test_a_link_holds_for_a_week(monkeypatch: pytest.MonkeyPatch) -> None:
    alert(bob())
    link = link_in(Message.objects.get())
    real = signing.time.time  # type: ignore[attr-defined]
    week = answer_links.HOLDS.total_seconds()
    for more, status in ((-60, 200), (60, 410)):
        monkeypatch.setattr(signing.time, "time", lambda more=more: real() + week + more)  # type: ignore[attr-defined]
        assert browser(bob()).get(link).status_code == status
    assert "too old" in Client().post(link).content.decode()
    assert story() == ["first 3"]


def test_a_changed_link_and_one_of_another_purpose_lead_nowhere() -> None:
    one = alert(bob())
    link = link_in(Message.objects.get())
    for wrong in (
        link[:-2] + ("a" if link[-2] != "a" else "b") + "/",
        reverse("alerts:answer", args=["zq"]),
        reverse(
            "alerts:answer", args=[signing.dumps({"for": "acknowledge", "episode": one.pk, "person": 1})]
        ),
        reverse(
            "alerts:answer",
            args=[
                signing.dumps({"for": "close", "episode": one.pk, "person": bob().pk}, salt=answer_links.SALT)
            ],
        ),
    ):
        assert browser(bob()).post(wrong).status_code == 404
    assert story() == ["first 3"]


def test_the_link_of_an_alert_that_has_ended_says_so() -> None:
    alert(bob())
    link = link_in(Message.objects.filter(person=bob()).earliest("pk"))
    figure(scope(AREA), "1.2")
    look()
    assert "nothing left to acknowledge" in browser(bob()).get(link).content.decode()
    assert browser(bob()).post(link).status_code == 409


def test_whoever_no_longer_sees_the_area_learns_nothing_from_her_link() -> None:
    alert(alice())
    link = link_in(Message.objects.get())
    who = alice()
    who.grants.all().delete()
    answer = browser(who).get(link)
    assert answer.status_code == 404
    assert "华东" not in answer.content.decode()


def test_who_cannot_log_in_or_open_it_gets_no_link() -> None:
    without = person("Zoe", "viewer")
    without.set_unusable_password()
    without.save()
    blind = person("Erik", "lead", "region:华北")
    alert(without, blind)
    assert Message.objects.count() == 2
    for message in Message.objects.all():
        assert "/alerts/answer/" not in message.text + message.html


def test_mails_say_why_she_is_told_and_only_those_that_ask_carry_the_link() -> None:
    usual = policy(
        (0, {"kind": "person", "person": alice()}), (30, {"kind": "person", "person": bob()}), repeat=60
    )
    follows(rule(), usual)
    figure(scope(AREA), "0.6")
    look()
    later(minutes=31)
    services.close_by_hand(
        episode=episode(), cause="The feed was late", person=ada(), now=NOW + timedelta(hours=3)
    )
    said = {
        (one.message.person.username, one.event.kind): (
            one.message.text,
            "/alerts/answer/" in one.message.text,
        )
        for one in Notice.objects.filter(message__isnull=False).select_related("message__person", "event")
        if one.message and one.message.person
    }
    text, link = said["alice", "first"]
    assert ("the policy of the rule “Revenue behind plan” names you." in text, link) == (True, True)
    text, link = said["bob", "escalated"]
    assert ("nobody had answered" in text, link) == (True, True)
    text, link = said["alice", "closed"]
    assert ("you were told of this alert before" in text, link) == (True, False)
    assert EpisodeEvent.objects.filter(kind="acknowledged").count() == 0
