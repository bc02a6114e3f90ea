"""What an alert's mail looks like, and the picture that goes along with it."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal as D
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import drawing, services
from alerts.conditions import Amount
from alerts.mail_chart import Picture
from alerts.models import EpisodeEvent, EventChart, Message
from alerts.services import charts
from alerts.wording import Subject, compose
from organization.models import Person, Scope
from tests.alerts.builders import FEBRUARY, NOW, browser, figure, look, rule
from tests.alerts.test_delivery import PostOffice, drain, office
from tests.people import alice, bob, dana, mallory, scope

__all__ = ["office"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
AREA = "region:华东"


def off_plan(*people: Person, history: bool = True, **more: object) -> None:
    """March is off plan, after a February on plan, and these people are to be told."""
    rule(*people, **more)  # type: ignore[arg-type]
    if history:
        figure(scope(AREA), "1.1", start=FEBRUARY)
    figure(scope(AREA), "0.6")
    look()


def parts(mail: Any) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def html_of(mail: Any) -> str:
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/html"]
    return str(part.get_content())


def test_a_mail_carries_its_chart_as_a_related_part(office: PostOffice) -> None:
    off_plan(bob())
    drain(NOW)
    (mail,) = office.mails
    assert parts(mail) == [
        "multipart/related",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "image/png",
    ]
    image = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert isinstance(image, EmailMessage)
    assert image.get_content().startswith(b"\x89PNG")
    assert image["Content-Disposition"].startswith("inline")
    html = html_of(mail)
    assert f'src="cid:{image["Content-ID"].strip("<>")}"' in html
    assert 'alt="Chart: Revenue of 华东, March 2025 to March 2026."' in html
    assert "Dashes: expected by then." in html
    assert "cid:chart" not in html


def test_two_people_of_one_language_get_one_drawing_and_the_chinese_reader_another(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Picture] = []
    draw = drawing.draw

    def counted(picture: Picture) -> bytes:
        drawn.append(picture)
        return draw(picture)

    monkeypatch.setattr(drawing, "draw", counted)
    Person.objects.filter(pk=dana().pk).update(language="zh-hans")
    off_plan(alice(), bob(), dana())
    drain(NOW)
    assert len(office.mails) == 3
    assert len(drawn) == EventChart.objects.count() == 2
    assert {drawn[0].points[-1].label, drawn[1].points[-1].label} == {"March 2026", "2026年3月"}
    assert all("image/png" in parts(mail) for mail in office.mails)
    of = dict(Message.objects.values_list("person", "chart__language"))
    assert of == {alice().pk: "en", bob().pk: "en", dana().pk: "zh-hans"}


def test_a_chart_that_takes_too_long_stays_behind_and_nobody_waits_for_it_again(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(picture: Picture) -> bytes:
        time.sleep(4)
        return draw(picture)

    draw = drawing.draw
    monkeypatch.setattr(drawing, "draw", slow)
    off_plan(alice(), bob())
    begun = time.monotonic()
    drain(NOW)
    assert time.monotonic() - begun < 2
    assert len(office.mails) == 2
    for mail in office.mails:
        assert parts(mail) == ["multipart/alternative", "text/plain", "text/html"]
        assert "<img" not in html_of(mail)
        assert "Dashes" not in html_of(mail)
        assert "¥600.00" in html_of(mail)
    assert bytes(EventChart.objects.get().png) == b""


@pytest.mark.parametrize("where", ["draw", "read"])
def test_a_chart_that_breaks_stays_behind(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*args: object, **named: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(*{"draw": (drawing, "draw"), "read": (charts, "picture_of")}[where], broken)
    off_plan(bob())
    drain(NOW)
    (mail,) = office.mails
    assert "image/png" not in parts(mail)
    assert Message.objects.get().state == "sent"
    assert bytes(EventChart.objects.get().png) == b"", "nobody tries again"


def test_the_figures_of_a_chart_are_read_with_a_time_limit_that_ends_with_it(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: object, **named: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(charts, "picture_of", slow)
    off_plan(bob())
    begun = time.monotonic()
    drain(NOW)
    assert time.monotonic() - begun < 2
    assert len(office.mails) == 1


def test_mallory_who_may_not_read_the_figures_gets_no_chart(office: PostOffice) -> None:
    off_plan(mallory())
    drain(NOW)
    (mail,) = office.mails
    assert "image/png" not in parts(mail)
    assert "¥600" not in html_of(mail)
    assert "华东" not in html_of(mail)
    assert not EventChart.objects.exists()


def test_one_figure_alone_makes_no_chart(office: PostOffice) -> None:
    off_plan(bob(), history=False)
    drain(NOW)
    assert "image/png" not in parts(office.mails[0])


def test_a_place_for_a_chart_without_a_notice_that_may_have_it_stays_empty(office: PostOffice) -> None:
    off_plan(bob())
    Message.objects.get().notices.update(figures=False)
    drain(NOW)
    assert "image/png" not in parts(office.mails[0])
    assert "<img" not in html_of(office.mails[0])


def test_old_charts_are_forgotten_when_a_new_one_comes_and_their_mails_stay(office: PostOffice) -> None:
    off_plan(bob())
    drain(NOW)
    EventChart.objects.update(drawn_at=NOW - timedelta(days=91))
    figure(scope(AREA), "1.2")
    later = NOW + timedelta(minutes=2)
    look(now=later)
    drain(later)
    assert EventChart.objects.get().event.kind == "recovered"
    first = Message.objects.order_by("pk").first()
    assert first is not None
    assert first.chart is None
    assert "<img" not in browser(bob()).get(reverse("alerts:message_html", args=[first.pk])).content.decode()


def test_the_outbox_shows_the_picture_that_went_along_and_none_before(office: PostOffice) -> None:
    off_plan(bob())
    at = reverse("alerts:message_html", args=[Message.objects.get().pk])
    client = browser(bob())
    assert "<img" not in client.get(at).content.decode()
    drain(NOW)
    frame = client.get(at)
    assert 'src="data:image/png;base64,iVBOR' in frame.content.decode()
    assert "img-src data:" in frame["Content-Security-Policy"]
    assert "default-src 'none'" in frame["Content-Security-Policy"]
    assert browser(alice()).get(at).status_code == 404


def test_kept_charts_cost_a_batch_of_mails_two_statements(office: PostOffice) -> None:
    off_plan(alice(), bob(), dana())
    mails = list(Message.objects.order_by("pk"))
    charts.Charts(mails).give(mails[0], now=NOW)
    batch = charts.Charts(mails)
    with CaptureQueriesContext(connection) as spent:
        for mail in mails:
            batch.give(mail, now=NOW)
    assert len(spent) == 2
    assert {mail.chart for mail in mails} == {EventChart.objects.get()}


def test_who_waited_in_vain_for_anothers_drawing_sends_without_and_keeps_nothing(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*args: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(charts, "_one_draws", late)
    off_plan(alice(), bob())
    drain(NOW)
    assert [parts(mail)[0] for mail in office.mails] == ["multipart/alternative"] * 2
    assert not EventChart.objects.exists()


def test_a_picture_that_is_gone_when_its_mail_has_left_does_not_keep_it_from_being_sent(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten(message: Message) -> str:
        EventChart.objects.all().delete()
        return ""

    off_plan(bob())
    monkeypatch.setattr("alerts.delivery.send", forgotten)
    drain(NOW)
    message = Message.objects.get()
    assert (message.state, message.chart) == ("sent", None)


def test_a_limit_of_one_amount_is_named_under_the_chart() -> None:
    off_plan(bob(), tiers=[services.TierDraft(3, Amount(above=D(500)))])
    assert "Dots: the limit of ¥500." in Message.objects.get().html


def test_the_light_stands_at_the_top_then_why_then_the_key_figures_then_the_button() -> None:
    off_plan(bob())
    html = Message.objects.get().html
    order = [
        "■ off plan", "Critical: Revenue, 华东 is at 60% of plan", "Critical when: under 70% of plan.",
        ">Value<", ">Expected by now<", ">Attainment<", "Open the alert", "<!--chart-->", ">Area<", ">Target<",
        "Open the area", "You get this because",
    ]  # fmt: skip
    body = html[html.index("<body") :]
    body = body[body.index('<table role="presentation"') :]
    places = [body.index(said) for said in order]
    assert places == sorted(places)
    assert "prefers-color-scheme: dark" in html
    assert 'class="m-card m-card-red"' in html, "the light colours the edge, and no text within"


def letter(*below: Scope, **more: str) -> tuple[str, str]:
    """HTML and text of a mail to Bob that speaks for areas below too, and has more than the rule's own words."""
    event = EpisodeEvent.objects.select_related("episode__instance__rule").get()
    instance = event.episode.instance
    about = Subject(instance.rule, instance.metric, instance.scope, event, below=below)
    wording = compose(about=about, person=bob(), figures=True, may_open=True, **more)
    return wording.html, wording.text


def test_a_mail_names_what_else_is_affected_how_to_acknowledge_and_why_one_is_told() -> None:
    off_plan(bob())
    hangzhou = scope("region:华东/<b>杭州")
    for said in letter(hangzhou, ack_link="https://plumbline.test/ack/1", told_as="You stand in for Alice."):
        assert "Also affected" in said
        assert "杭州" in said
        assert "https://plumbline.test/ack/1" in said
        assert "You stand in for Alice." in said
        assert "names you" not in said
    assert "<b>" not in letter(hangzhou)[0]
    assert "Also affected" not in letter()[0]


def test_what_people_write_cannot_open_a_place_for_a_picture(office: PostOffice) -> None:
    off_plan(bob(), name='<!--chart--><img src="cid:chart"><!--/chart-->')
    drain(NOW)
    assert html_of(office.mails[0]).count("<img") == 1
