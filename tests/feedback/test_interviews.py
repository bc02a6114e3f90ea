"""Talks with the best customers: whom to ask, when, and what they said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from common.secrets import unseal
from customers.models import AreaValue, Customer, TopCustomer, ValueRun
from customers.selectors.top import top_tenth_of
from customers.services import know_customer
from customers.services.forgetting import forget
from feedback.models import Guide, Interview, InterviewNote, InterviewState
from feedback.services import interviews as services
from organization.gate import Action
from organization.holdings import Leaving, holdings
from organization.models import AccountMail, AuditEntry, Scope
from organization.services import Refused
from tests.budgets.test_open_pages import browser
from tests.customers.files import send_orders
from tests.customers.test_valuing import work
from tests.feedback.made import a_topic
from tests.people import alice, bob, charlie, person, scope

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SOON = NOW + timedelta(days=2)


def her(key: str = "c1", phone: str = "13812341234") -> Customer:
    found = know_customer(key=key, name="王小明", phone=phone, now=NOW)
    assert found
    return found


def the_best(customer: Customer, area: str = "region:华东", place: int = 1) -> None:
    """A run by which she is the best of the area."""
    run = ValueRun.objects.first() or ValueRun.objects.create(
        inputs="x", limits={}, first_day=date(2026, 1, 1), last_day=date(2026, 3, 1), orders=9, customers=9
    )
    AreaValue.objects.get_or_create(
        run=run, scope=scope(area), defaults={"customers": 9, "orders": 9, "amount": 9, "top_tenth": 1}
    )
    TopCustomer.objects.create(
        run=run, scope=scope(area), place=place, customer=customer, tier="high", recency=5, frequency=4, money=5,
        orders=12, amount=3400, last_day=date(2026, 2, 20),
    )  # fmt: skip


def agreed(area: Scope | None = None, **fields: object) -> services.Appointment:
    said = {
        "at": SOON,
        "scope": area or scope("region:华东"),
        "interviewer": alice(),
        "guide": None,
        **fields,
    }
    return services.Appointment(**said)  # type: ignore[arg-type]


def a_guide(name: str = "Why us", *questions: str) -> Guide:
    asked = questions or ("Why do you buy?", "What nearly kept you from it?")
    return services.keep_guide(guide=None, name=name, questions=asked, based_on=0, person=bob())


# -- Whom to ask --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_top_tenth_of_an_area_is_found_from_orders_the_best_first(tmp_path: Path) -> None:
    rows = [(f"c{n}", f"2026-02-{n:02}", 10 * n, f"A{n}", "Search", "East") for n in range(1, 12)]
    rows += [
        ("c11", "2026-02-25", 500, "B1", "Search", "East"),
        ("w1", "2026-02-01", 5, "B2", "Video", "West"),
    ]
    send_orders(tmp_path, *rows)
    work()
    best = top_tenth_of(bob(), Action.HANDLE_COMPLAINTS, scope=None)
    assert best.scope
    assert (best.scope.key, best.size, [row.row.orders for row in best.rows]) == ("company", 2, [2, 1])
    first = best.rows[0].row
    assert (first.amount, first.last_day, first.tier, first.recency + first.money) == (
        610, date(2026, 2, 25), "high", 10,
    )  # fmt: skip
    west = top_tenth_of(bob(), Action.HANDLE_COMPLAINTS, scope=scope("region:west"))
    assert (west.size, [row.row.amount for row in west.rows]) == (1, [5])


@pytest.mark.django_db
def test_alice_chooses_among_the_best_of_her_region_masked_and_not_of_others() -> None:
    the_best(her())
    the_best(her("c2", "13912345678"), "region:华北")
    text = browser(alice()).get(reverse("feedback:interview_new")).content.decode()
    assert "138****1234" in text
    assert "13812341234" not in text
    assert "139****5678" not in text
    assert "High value" in text
    outside = f"{reverse('feedback:interview_new')}?area=region:华北"
    assert browser(alice()).get(outside).status_code == 404
    assert browser(charlie()).get(reverse("feedback:interview_new")).status_code == 403


@pytest.mark.django_db
def test_who_was_forgotten_is_not_among_them() -> None:
    customer = her()
    the_best(customer)
    forget(customer=customer, person=None, now=NOW)
    assert (
        "Make an appointment</a>"
        not in browser(alice()).get(reverse("feedback:interview_new")).content.decode()
    )
    with pytest.raises(Refused, match="forgotten"):
        services.arrange(agreed=agreed(), customer=customer, person=alice(), now=NOW)


# -- Appointments -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_appointment_is_made_with_its_tier_and_who_asks_gets_a_mail_without_the_contact() -> None:
    customer, guide = her(), a_guide()
    the_best(customer)
    made = services.arrange(agreed=agreed(guide=guide), customer=customer, person=bob(), now=NOW)
    assert (made.tier, made.state, made.guide) == ("high", InterviewState.PLANNED, guide)
    mail = AccountMail.objects.get()
    assert (mail.person, mail.kind) == (alice(), "interview-new")
    said = unseal(mail.sealed)
    assert reverse("feedback:interview", args=[made.pk]) in said
    assert "13812341234" not in said
    entry = AuditEntry.objects.get(action="interview.make")
    assert (entry.subject, entry.details["whom"]) == ("region:华东", "alice")


@pytest.mark.django_db
def test_a_double_click_is_one_appointment_and_a_second_time_with_her_is_refused() -> None:
    customer = her()
    first = services.arrange(agreed=agreed(), customer=customer, person=alice(), now=NOW)
    assert services.arrange(agreed=agreed(), customer=customer, person=alice(), now=NOW).pk == first.pk
    with pytest.raises(Refused, match="There is an appointment"):
        services.arrange(
            agreed=agreed(at=SOON + timedelta(days=1)), customer=customer, person=alice(), now=NOW
        )
    assert AccountMail.objects.count() == 1


@pytest.mark.django_db
def test_who_does_not_look_after_the_area_cannot_be_named_nor_name() -> None:
    with pytest.raises(Refused, match="Charlie does not look after"):
        services.arrange(agreed=agreed(interviewer=charlie()), customer=None, person=bob(), now=NOW)
    other = person("Erin", "lead", "region:华北")
    with pytest.raises(Refused, match="Erin"):
        services.arrange(agreed=agreed(interviewer=other), customer=None, person=bob(), now=NOW)
    with pytest.raises(Refused, match="coming year"):
        services.arrange(agreed=agreed(at=NOW + timedelta(days=800)), customer=None, person=bob(), now=NOW)


@pytest.mark.django_db
def test_another_time_and_a_cancellation_are_told_to_who_asks_unless_she_did_it_herself() -> None:
    made = services.arrange(agreed=agreed(), customer=None, person=bob(), now=NOW)
    services.rearrange(interview=made, agreed=agreed(at=SOON + timedelta(hours=1)), person=bob(), now=NOW)
    services.rearrange(interview=made, agreed=agreed(at=SOON + timedelta(hours=2)), person=alice(), now=NOW)
    services.end(interview=made, state=InterviewState.CANCELLED, person=bob(), now=NOW)
    services.end(interview=made, state=InterviewState.CANCELLED, person=bob(), now=NOW)
    kinds = list(AccountMail.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["interview-new", "interview-moved", "interview-cancelled"]
    with pytest.raises(Refused, match="It is over"):
        services.rearrange(interview=made, agreed=agreed(), person=bob(), now=NOW)


@pytest.mark.django_db
def test_what_has_not_been_cannot_have_taken_place() -> None:
    made = services.arrange(agreed=agreed(), customer=None, person=bob(), now=NOW)
    with pytest.raises(Refused, match="not taken place yet"):
        services.end(interview=made, state=InterviewState.DONE, person=alice(), now=NOW)
    services.end(interview=made, state=InterviewState.DONE, person=alice(), now=SOON)
    made.refresh_from_db()
    assert made.state == InterviewState.DONE


# -- Notes --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_notes_stand_under_their_questions_also_under_those_that_the_guide_has_no_longer() -> None:
    guide = a_guide("Why us", "Why do you buy?", "What else?")
    made = services.arrange(agreed=agreed(guide=guide), customer=her(), person=alice(), now=NOW)
    url = reverse("feedback:interview", args=[made.pk])
    asking = browser(alice())
    topic = a_topic("Lateness", ["late"])
    note = {
        "act": "note", "question": "Why do you buy?", "text": "It never comes late. <b>Never</b>", "quote": "on",
        "tags": "Speed, #price，speed", "topics": [topic.pk],
    }  # fmt: skip
    kept = asking.post(url, note)
    assert kept["Location"] == f"{url}#question-0"
    asking.post(url, note)
    one = InterviewNote.objects.get()
    assert (one.quote, one.tags, list(one.topics.all())) == (True, ["speed", "price"], [topic])
    services.keep_guide(guide=guide, name="Why us", questions=["What else?"], based_on=1, person=bob())
    text = asking.get(url).content.decode()
    assert "<b>Never" not in text
    assert "Why do you buy?" in text
    assert text.index("What else?") < text.index("Why do you buy?")
    asking.post(url, {"act": "remove_note", "note": one.pk})
    assert not InterviewNote.objects.exists()
    empty = asking.post(url, {"act": "note", "question": "What else?", "text": " "})
    assert empty.status_code == 200
    assert "id_0_text_error" in empty.content.decode()


@pytest.mark.django_db
def test_the_list_shows_days_to_come_and_what_is_late_and_filters_by_tag_and_topic() -> None:
    now = timezone.now()
    topic = a_topic("Lateness", ["late"])
    coming = services.arrange(
        agreed=agreed(at=now + timedelta(days=1)), customer=her(), person=alice(), now=now
    )
    Interview.objects.create(scope=scope("region:华东"), at=now - timedelta(hours=3), interviewer=alice())
    for text, tags in (("Too dear", ["price"]), ("Came late", ["speed"])):
        talk = Interview.objects.create(
            scope=scope("region:华东"),
            at=now - timedelta(days=9),
            state=InterviewState.DONE,
            interviewer=alice(),
        )
        services.add_note(
            interview=talk,
            said=services.NewNote(text=text, tags=tags, topics=[topic] if "late" in text else []),
            person=alice(),
            now=now,
        )
    elsewhere = Interview.objects.create(scope=scope("region:华北"), at=now, state=InterviewState.DONE)
    InterviewNote.objects.create(interview=elsewhere, text="Secret", tags=["secret"])
    url = reverse("feedback:interviews")
    looking = browser(alice())
    text = looking.get(url).content.decode()
    assert "1 appointment with a customer lies ahead of you." in text
    assert "Did they take place?" in text
    assert reverse("feedback:interview", args=[coming.pk]) in text
    assert ("Too dear" in text, "Came late" in text, "#price" in text, "secret" in text.lower()) == (
        True, True, True, False,
    )  # fmt: skip
    by_tag = looking.get(url, {"tag": "Price"}).content.decode()
    assert ("Too dear" in by_tag, "Came late" in by_tag) == (True, False)
    by_topic = looking.get(url, {"topic": topic.pk}).content.decode()
    assert ("Too dear" in by_topic, "Came late" in by_topic) == (False, True)
    assert looking.get(url, {"topic": "x"}).status_code == 200
    assert browser(charlie()).get(url).status_code == 403


@pytest.mark.django_db
def test_an_interview_of_another_region_is_not_found_and_one_she_only_looks_at_is_forbidden() -> None:
    made = Interview.objects.create(scope=scope("region:华北"), at=NOW)
    url = reverse("feedback:interview", args=[made.pk])
    assert browser(alice()).get(url).status_code == 404
    looks = person("Alice", "viewer", "region:华北")
    assert browser(looks).get(url).status_code == 403
    assert browser(bob()).get(url).status_code == 200


@pytest.mark.django_db
def test_the_list_asks_no_more_with_more_interviews(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    now = timezone.now()
    for number in range(12):
        talk = Interview.objects.create(
            scope=scope("region:华东"), at=now + timedelta(days=number - 6), interviewer=alice(),
            customer=her(f"c{number}"), state="planned" if number > 6 else "done",
        )  # fmt: skip
        InterviewNote.objects.create(interview=talk, text="Note", tags=[f"t{number}"])
    looking = browser(alice())
    looking.get(reverse("feedback:interviews"))
    with django_assert_max_num_queries(24):
        looking.get(reverse("feedback:interviews"))


# -- Guides -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_guide_is_made_edited_and_put_away_and_two_who_edit_it_do_not_mix() -> None:
    writing = browser(alice())
    made = writing.post(
        reverse("feedback:guide_new"), {"revision": 0, "name": "Why us", "questions": "One?\n\n Two? \n"}
    )
    assert made.status_code == 302
    guide = Guide.objects.get()
    assert guide.questions == ["One?", "Two?"]
    url = reverse("feedback:guide", args=[guide.pk])
    assert writing.post(url, {"revision": 1, "name": "Why us", "questions": "One?"}).status_code == 302
    late = writing.post(url, {"revision": 1, "name": "Why", "questions": "Three?"}).content.decode()
    assert "Somebody else has changed this guide meanwhile." in late
    guide.refresh_from_db()
    assert (guide.questions, guide.revision) == (["One?"], 2)
    writing.post(url, {"act": "archive"})
    assert "Bring back" in writing.get(reverse("feedback:guides")).content.decode()
    assert (
        f'<option value="{guide.pk}"'
        not in writing.get(f"{reverse('feedback:interview_new')}?customer=0").content.decode()
    )
    same = writing.post(reverse("feedback:guide_new"), {"revision": 0, "name": "Why us", "questions": "One?"})
    assert "There is a guide of this name already." in same.content.decode()


# -- Leaving ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_interviews_to_come_are_handed_over_to_who_looks_after_the_area() -> None:
    holding = next(one for one in holdings() if one.code == "interviews")
    made = services.arrange(agreed=agreed(), customer=None, person=bob(), now=NOW)
    assert len(holding.held(alice())) == 1
    leaving = Leaving(whom=alice(), by=bob(), now=NOW, today=NOW.date())
    assert holding.hand_over is not None
    assert holding.hand_over(leaving, bob()) == 1
    made.refresh_from_db()
    assert made.interviewer == bob()
