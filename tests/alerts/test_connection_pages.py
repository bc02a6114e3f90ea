"""The pages of connections, as administrators and owners use them; and what they never show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alerts.models import Connection, ConnectionKind, Message
from alerts.services import connections
from organization.models import Person
from tests.alerts.builders import browser
from tests.alerts.connections import PARTS, SECRETS, TOOK, OtherSide, drain, made, other_side
from tests.people import ada, alice, bob, mallory, node

pytestmark = pytest.mark.django_db
LIST = "/alerts/connections/"


@pytest.fixture
def other(settings: Any) -> Iterator[OtherSide]:
    with other_side(settings) as side:
        yield side


def written(kind: str = "wecom", **changes: Any) -> dict[str, Any]:
    """What the form of this kind sends."""
    form = {
        "kind": kind,
        "name": "Sales in the east",
        "language": "zh-hans",
        "owner": alice().pk,
        "figures": "none",
        "area": "",
        **{f"part_{name}": value for name, value in PARTS[kind].items()},
    }
    return {**form, **changes}


def at(connection: Connection, way: str = "") -> str:
    return reverse(f"alerts:connection{way}", args=[connection.pk])


def page_of(who: Person, url: str) -> str:
    return browser(who).get(url).content.decode()


def test_ada_connects_a_group_tests_it_and_confirms_it_by_its_code(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    client = browser(ada())
    assert "WeCom" in client.get(f"{LIST}new/").content.decode()
    assert "Key of the robot" in client.get(f"{LIST}new/?kind=wecom").content.decode()
    answer = client.post(
        f"{LIST}new/", written(figures="area", area="region:华东") | {"area": node("region:华东").code}
    )
    connection = Connection.objects.get()
    assert answer.url == at(connection)  # type: ignore[attr-defined]
    assert "Not confirmed: gets nothing but tests" in page_of(ada(), at(connection))
    client.post(at(connection, "_test"))
    assert "Waiting for its code" in page_of(ada(), LIST)
    drain(timezone.now())
    code = re.findall(r"\d{6}", other.json["text"]["content"])[0]
    page = client.post(at(connection, "_confirm"), {"code": code}, follow=True).content.decode()
    assert "is confirmed. Alerts may be sent there." in page
    shown = page_of(ada(), LIST)
    for words in ("Sales in the east", "Confirmed on", "华东", "Alice", "Sent"):
        assert words in shown, words


def test_a_wrong_code_is_told_and_the_field_stays(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    connection = made("wecom", by=ada(), confirmed=False)
    client = browser(ada())
    client.post(at(connection, "_test"))
    page = client.post(at(connection, "_confirm"), {"code": "nonsense"}, follow=True).content.decode()
    assert "This is not the code that was sent" in page
    assert 'name="code"' in page


def test_where_the_test_could_not_be_sent_no_code_is_asked_for(other: OtherSide) -> None:
    other.status, other.says = 404, "no_service"
    connection = made("slack", by=ada(), confirmed=False)
    browser(ada()).post(at(connection, "_test"))
    assert 'name="code"' in page_of(ada(), at(connection))
    drain(timezone.now())
    page = page_of(ada(), at(connection))
    assert 'name="code"' not in page
    assert "Slack said 404: no_service" in page


def test_the_secret_of_a_webhook_is_shown_once_and_anew_when_it_is_made_anew() -> None:
    client = browser(ada())
    page = client.post(f"{LIST}new/", written("webhook"))
    (secret,) = re.findall(r"pls_[\w-]+", page.content.decode())
    assert "no-store" in page["Cache-Control"]
    connection = Connection.objects.get()
    assert secret not in page_of(ada(), at(connection)) + page_of(ada(), LIST)
    assert "Make a new secret?" in client.get(at(connection, "_secret")).content.decode()
    assert Connection.objects.get().secrets == {"signing": secret}
    again = client.post(at(connection, "_secret"))
    (new,) = re.findall(r"pls_[\w-]+", again.content.decode())
    assert new != secret
    assert "no-store" in again["Cache-Control"]
    assert client.get(at(made("wecom", by=ada()), "_secret")).status_code == 404


@pytest.mark.parametrize("kind", ConnectionKind.values)
def test_no_page_and_no_api_shows_a_secret_again(kind: str) -> None:
    connection = made(kind, by=ada(), owner=alice())
    connections.send_test(connection=connection, person=ada(), now=timezone.now())
    message = Message.objects.get()
    secrets = [PARTS[kind][name] for name in SECRETS[kind]] or list(connection.secrets.values())
    pages = "".join(
        page_of(ada(), url)
        for url in (
            LIST, at(connection), at(connection, "_remove"), "/outbox/", f"/outbox/{message.pk}/",
            f"/outbox/{message.pk}/html/", "/organization/history/", "/api/v1/alerts/",
        )
    )  # fmt: skip
    assert connection.name in pages
    for secret in secrets:
        assert secret not in pages


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved() -> None:
    client = browser(ada())
    for changes, words in (
        ({"part_key": "https://qyapi.weixin.qq.com/x?key=1"}, "Paste this part alone"),
        ({"part_key": ""}, "This field is required"),
        ({"name": ""}, "This field is required"),
        ({"figures": "area", "area": "Nowhere"}, "There is no area called Nowhere"),
        ({"owner": ""}, "This field is required"),
    ):
        page = client.post(f"{LIST}new/", written(**changes)).content.decode()
        assert words in page, changes
    page = client.post(f"{LIST}new/", written("webhook", part_url="https://127.0.0.1/in")).content.decode()
    assert "internal network" in page
    assert not Connection.objects.exists()
    assert client.get(f"{LIST}new/?kind=nonsense").status_code == 200


def test_an_edit_that_leaves_secrets_empty_keeps_them_and_the_later_one_sees_the_conflict() -> None:
    connection = made("dingtalk", by=ada())
    client = browser(ada())
    form = written("dingtalk", name="One", part_token="", part_secret="", version="1")
    assert client.post(at(connection), form).status_code == 302
    found = Connection.objects.get()
    assert (found.name, found.ready, found.version) == ("One", True, 2)
    assert found.secrets == PARTS["dingtalk"]
    page = client.post(at(connection), {**form, "name": "Two"}).content.decode()
    assert "Somebody else has changed this connection" in page
    assert Connection.objects.get().name == "One"


# -- Who may ------------------------------------------------------------------------------------------


def test_the_owner_keeps_hers_and_finds_no_other() -> None:
    hers = made("wecom", by=ada(), owner=alice(), name="Hers")
    other = made("slack", by=ada(), name="Another's")
    client = browser(alice())
    page = client.get(LIST).content.decode()
    assert "Hers" in page
    assert "Another" not in page
    assert "New connection" not in page
    form = written(name="Still hers", part_key="", version="1", owner=bob().pk)
    assert client.post(at(hers), form).status_code == 302
    hers.refresh_from_db()
    assert (hers.name, hers.owner) == ("Still hers", alice())  # she cannot hand it to somebody else
    whole = written(figures="area", part_key="", version="2")
    assert "Choose an area whose figures you may read" in client.post(at(hers), whole).content.decode()
    for way in ("", "_remove"):
        assert client.get(at(other, way)).status_code == 404
    for way in ("", "_test", "_confirm", "_switch", "_secret", "_remove"):
        assert client.post(at(other, way)).status_code == 404
    assert client.get(f"{LIST}new/").status_code == 403
    assert client.post(f"{LIST}new/", written()).status_code == 403
    assert Connection.objects.count() == 2


def test_whoever_has_none_is_refused_and_a_stranger_finds_none() -> None:
    connection = made("wecom", by=ada())
    for who in (bob(), alice(), mallory()):
        client = browser(who)
        assert client.get(LIST).status_code == 403
        assert client.get(at(connection)).status_code == 404
        assert client.post(at(connection, "_test")).status_code == 404
    assert Client().get(LIST).status_code == 302
    assert not Message.objects.exists()


def test_an_area_that_is_not_the_owners_is_not_named_and_stays_when_she_edits() -> None:
    connection = made("wecom", by=ada(), owner=alice(), figures={"region": node("region:华北")})
    client = browser(alice())
    page = client.get(at(connection)).content.decode() + client.get(LIST).content.decode()
    assert "华北" not in page
    assert "Of an area that you may not see" in page
    assert client.post(at(connection), written(figures="keep", part_key="", version="1")).status_code == 302
    scope = Connection.objects.get().figures_scope
    assert scope is not None
    assert scope.key == "region:华北"
    form = written(figures="keep", part_key="my-own-robot-0001", version="2")
    assert "you cannot lead it elsewhere" in client.post(at(connection), form).content.decode()


def test_it_is_switched_off_on_and_removed_from_its_page() -> None:
    connection = made("wecom", by=ada())
    client = browser(ada())
    client.post(at(connection, "_switch"), {"on": "0"})
    assert "Switched off on" in page_of(ada(), LIST)
    client.post(at(connection, "_switch"), {"on": "1"})
    assert "Confirmed on" in page_of(ada(), LIST)
    assert "Remove this connection?" in client.get(at(connection, "_remove")).content.decode()
    client.post(at(connection, "_remove"))
    assert not Connection.objects.exists()


def test_why_it_was_switched_off_stands_in_the_list() -> None:
    connection = made("slack", by=ada())
    connections.refuse(
        connection=connection,
        address=connection.address,
        why="Slack said 404: <b>gone</b>",
        now=timezone.now(),
    )
    page = page_of(ada(), LIST)
    assert "messages were refused for good" in page
    assert "Slack said 404: &lt;b&gt;gone&lt;/b&gt;" in page


def test_the_list_asks_the_database_as_often_for_many_as_for_one() -> None:
    client = browser(ada())

    def queries() -> int:
        client.get(LIST)
        with CaptureQueriesContext(database) as seen:
            client.get(LIST)
        return len(seen)

    first = made("wecom", by=ada(), name="0", figures={"region": node("region:华东")})
    connections.send_test(connection=first, person=ada(), now=timezone.now())
    few = queries()
    for number in range(1, 12):
        one = made("wecom", by=ada(), name=str(number), figures={"region": node(f"region:华{number}")},
                   parts={"key": f"robot-number-{number:04}"})  # fmt: skip
        connections.send_test(connection=one, person=ada(), now=timezone.now())
    assert queries() == few


def test_the_outbox_names_the_connection_and_the_place_without_its_secret() -> None:
    connection = made("webhook", by=ada())
    connections.send_test(connection=connection, person=ada(), now=timezone.now())
    page = page_of(bob(), "/outbox/")
    assert "Group of webhook" in page
    assert f"hooks.example.com #{connection.mark}" in page
