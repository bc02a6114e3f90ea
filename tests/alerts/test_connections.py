"""Connections: set up, confirmed by a code, kept secret, and what they are told of an alert."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.utils import translation

from alerts.models import Connection, ConnectionCode, ConnectionKind, EpisodeEvent, Message
from alerts.services import connections
from alerts.services.connections import ConnectionRefused, figures_may_go
from alerts.wording import Subject
from alerts.wording_chat import compose_chat, compose_webhook, webhook_body
from config import embedded
from organization.models import AuditEntry, Person
from tests.alerts import builders
from tests.alerts.connections import (
    NOW,
    PARTS,
    SECRETS,
    TOOK,
    OtherSide,
    draft,
    drain,
    fresh,
    made,
    other_side,
    webhook_at,
)
from tests.people import ada, alice, bob, node, person, scope

KEY = UUID("7a1cbb9e-0000-5000-8000-000000000001")
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(settings: Any) -> Iterator[OtherSide]:
    with other_side(settings) as side:
        yield side


def refused(words: str) -> Any:
    return pytest.raises(ConnectionRefused, match=words)


def code_in(text: str) -> str:
    (found,) = re.findall(r"(?<!\d)\d{6}(?!\d)", text)
    return str(found)


def confirmed(connection: Connection) -> bool:
    return Connection.objects.get(pk=connection.pk).ready


# -- Confirming by a code ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wecom", "telegram"])
def test_a_group_is_confirmed_by_the_code_that_a_test_carries_there(kind: str, other: OtherSide) -> None:
    other.says = TOOK[kind]
    connection = made(kind, by=ada(), confirmed=False)
    message = connections.send_test(connection=connection, person=ada(), now=NOW)
    drain()
    text = other.json["text"]["content"] if kind == "wecom" else other.json["text"]
    code = code_in(text)
    # In the outbox nobody reads it, neither before nor after.
    assert code not in message.text + message.subject + json.dumps(message.fields)
    assert fresh(message).sealed == ""
    assert "••••••" in fresh(message).text
    connections.confirm(connection=connection, code=f" {code[:3]} {code[3:]}", person=ada(), now=NOW)
    assert confirmed(connection)


def test_a_test_that_was_asked_for_in_chinese_goes_out_by_an_english_worker(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    connection = made("wecom", by=ada(), confirmed=False)
    with translation.override("zh-hans"):
        message = connections.send_test(connection=connection, person=ada(), now=NOW)
    with translation.override("en"):
        drain()
    assert fresh(message).state == "sent"


def test_a_program_is_told_its_code_as_json(other: OtherSide) -> None:
    connection, _secret = webhook_at(other.server.url("/in"), by=ada())
    Connection.objects.update(confirmed_at=None)
    message = connections.send_test(connection=connection, person=ada(), now=NOW)
    drain()
    assert other.json | {"code": "", "link": ""} == {
        "version": 1, "id": str(message.key), "event": "test", "at": "2026-03-20T09:00:00Z",
        "connection": "Group of webhook", "code": "", "link": "",
    }  # fmt: skip
    connections.confirm(connection=connection, code=other.json["code"], person=ada(), now=NOW)
    assert confirmed(connection)


def test_five_wrong_tries_are_all_and_the_right_code_comes_too_late(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    connection = made("wecom", by=ada(), confirmed=False)
    connections.send_test(connection=connection, person=ada(), now=NOW)
    drain()
    code = code_in(other.json["text"]["content"])
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        with refused(words="not the code"):
            connections.confirm(connection=connection, code=wrong, person=ada(), now=NOW)
    with refused(words="too often"):
        connections.confirm(connection=connection, code=code, person=ada(), now=NOW)
    assert not confirmed(connection)


def test_a_code_ends_after_ten_minutes_once_used_and_when_a_newer_one_was_sent(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    connection = made("wecom", by=ada(), confirmed=False)
    connections.send_test(connection=connection, person=ada(), now=NOW)
    drain()
    first = code_in(other.json["text"]["content"])
    later = NOW + timedelta(minutes=10)
    with refused(words="expired"):
        connections.confirm(connection=connection, code=first, person=ada(), now=later)
    connections.send_test(connection=connection, person=ada(), now=NOW + timedelta(minutes=2))
    drain(NOW + timedelta(minutes=2))
    second, soon = code_in(other.json["text"]["content"]), NOW + timedelta(minutes=3)
    if first != second:
        with refused(words="not the code"):
            connections.confirm(connection=connection, code=first, person=ada(), now=soon)
    connections.confirm(connection=connection, code=second, person=ada(), now=soon)
    with refused(words="expired"):
        connections.confirm(connection=connection, code=second, person=ada(), now=soon)


def test_a_code_of_another_place_does_not_confirm_the_new_one(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    connection = made("wecom", by=ada(), confirmed=False)
    connections.send_test(connection=connection, person=ada(), now=NOW)
    drain()
    moved = draft("wecom", owner=ada(), parts={"key": "another-robot-0001"})
    connections.edit(connection=connection, draft=moved, version=1, person=ada())
    with refused(words="expired"):
        connections.confirm(
            connection=connection, code=code_in(other.json["text"]["content"]), person=ada(), now=NOW
        )


def test_tests_are_sent_once_a_minute_and_five_times_an_hour_also_to_a_place_made_anew() -> None:
    connection = made("wecom", by=ada())
    connections.send_test(connection=connection, person=ada(), now=NOW)
    with refused(words="moment ago"):
        connections.send_test(connection=connection, person=ada(), now=NOW + timedelta(seconds=59))
    for minute in range(1, 4):
        connections.send_test(connection=connection, person=ada(), now=NOW + timedelta(minutes=2 * minute))
    connections.remove(connection=connection, person=ada())
    again = made("wecom", by=ada(), confirmed=False)
    connections.send_test(connection=again, person=ada(), now=NOW + timedelta(minutes=20))
    with refused(words="Too many"):
        connections.send_test(connection=again, person=ada(), now=NOW + timedelta(minutes=30))


def test_a_test_of_a_confirmed_connection_carries_no_code() -> None:
    message = connections.send_test(connection=made("wecom", by=ada()), person=ada(), now=NOW)
    assert (message.template, message.sealed) == ("test", "")
    assert not ConnectionCode.objects.exists()
    assert "messages arrive here" in message.text


def test_a_code_that_cannot_be_sent_in_time_is_given_up(other: OtherSide) -> None:
    other.status = 500
    message = connections.send_test(
        connection=made("wecom", by=ada(), confirmed=False), person=ada(), now=NOW
    )
    drain(NOW)
    drain(NOW + timedelta(minutes=9))
    assert fresh(message).state == "failed"


def test_it_is_switched_off_and_on_by_hand_and_stays_confirmed() -> None:
    connection = made("wecom", by=ada())
    connections.switch_off(connection=connection, person=ada(), now=NOW)
    assert not confirmed(connection)
    connections.switch_on(connection=connection, person=ada())
    assert confirmed(connection)
    connections.refuse(connection=connection, address=connection.address, why="gone", now=NOW)
    with refused(words="Send a test first"):
        connections.switch_on(connection=connection, person=ada())


def test_a_refusal_of_the_place_that_it_led_to_before_changes_nothing() -> None:
    connection = made("wecom", by=ada())
    assert not connections.refuse(connection=connection, address="wecom #00000000", why="gone", now=NOW)
    assert confirmed(connection)


def test_confirming_anew_switches_on_what_was_refused(other: OtherSide) -> None:
    other.says = TOOK["wecom"]
    connection = made("wecom", by=ada())
    assert connections.refuse(connection=connection, address=connection.address, why="gone", now=NOW)
    assert not connections.refuse(connection=connection, address=connection.address, why="gone", now=NOW)
    connections.send_test(connection=connection, person=ada(), now=NOW)
    drain()
    connections.confirm(
        connection=connection, code=code_in(other.json["text"]["content"]), person=ada(), now=NOW
    )
    found = Connection.objects.get()
    assert (found.ready, found.switched_off_because) == (True, "")


# -- What is filled in -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hooks.example.com/in", "https://"),
        ("ftp://hooks.example.com/in", "https:// or http://"),
        ("wecom://key", "https:// or http://"),
        ("https://user:pass@hooks.example.com/", "name and password"),
        ("https://127.0.0.1/in", "internal network"),
        ("https://[::1]:8443/in", "internal network"),
        ("https://10.0.0.8/in", "internal network"),
        ("https://169.254.169.254/latest", "internal network"),
        ("https://localhost/in", "internal network"),
        ("https://127.1/in", "internal network"),
        ("https://2130706433/in", "internal network"),
        ("nonsense", "https:// or http://"),
    ],
)
def test_an_address_that_leads_inside_or_is_none_is_refused_when_it_is_typed(url: str, words: str) -> None:
    with refused(words=words) as error:
        connections.make(draft=draft("webhook", owner=ada(), parts={"url": url}), person=ada())
    assert error.value.at == "url"
    assert not Connection.objects.exists()


def test_what_the_server_opens_may_be_typed(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1:8080"]
    connection, secret = webhook_at("http://127.0.0.1:8080/in", by=ada())
    assert connection.place == {"url": "http://127.0.0.1:8080/in"}
    assert secret.startswith("pls_")


@pytest.mark.parametrize("kind", ConnectionKind.values)
def test_secrets_are_sealed_and_kept_when_left_empty(kind: str) -> None:
    connection = made(kind, by=ada())
    row = Connection.objects.get()
    kept = row.secrets
    assert {name: kept[name] for name in SECRETS[kind]} == {name: PARTS[kind][name] for name in SECRETS[kind]}
    stored = json.dumps(Connection.objects.values().get(), default=str)
    for secret in kept.values():
        assert secret not in stored + row.address
    open_parts = {name: value for name, value in PARTS[kind].items() if name not in SECRETS[kind]}
    renamed = draft(kind, owner=ada(), name="Renamed", parts=open_parts)
    connections.edit(connection=connection, draft=renamed, version=1, person=ada())
    again = Connection.objects.get()
    assert (again.name, again.secrets, again.mark, again.ready) == ("Renamed", kept, row.mark, True)


def test_a_part_that_is_missing_or_a_whole_address_is_refused_at_its_place() -> None:
    for parts, words in (({}, "needed"), ({"key": "https://qyapi.weixin.qq.com/?key=1"}, "this part alone")):
        with refused(words=words) as error:
            connections.make(draft=draft("wecom", owner=ada(), parts=parts), person=ada())
        assert error.value.at == "key"


def test_a_name_is_given_once_whatever_its_capitals() -> None:
    made("wecom", by=ada(), name="Sales")
    with refused(words="already") as error:
        made("slack", by=ada(), name="sales")
    assert error.value.at == "name"
    assert Connection.objects.count() == 1


def test_where_it_leads_elsewhere_it_is_not_confirmed_any_more() -> None:
    connection = made("wecom", by=ada())
    moved = draft("wecom", owner=ada(), parts={"key": "another-robot-0001"})
    connections.edit(connection=connection, draft=moved, version=1, person=ada())
    assert not confirmed(connection)


def test_of_two_edits_at_once_the_later_one_sees_the_conflict() -> None:
    connection = made("wecom", by=ada())
    connections.edit(connection=connection, draft=draft(owner=ada(), name="One"), version=1, person=ada())
    with refused(words="Somebody else"):
        connections.edit(connection=connection, draft=draft(owner=ada(), name="Two"), version=1, person=ada())
    assert Connection.objects.get().name == "One"


def test_the_history_tells_what_was_done_and_no_secret() -> None:
    connection = made("dingtalk", by=ada())
    moved = draft("dingtalk", owner=alice(), parts={"token": "another-robot-0001"})
    connections.edit(connection=connection, draft=moved, version=1, person=ada())
    connections.remove(connection=connection, person=ada())
    entries = AuditEntry.objects.filter(action__startswith="connection.").order_by("pk")
    assert [entry.action for entry in entries] == [
        "connection.make",
        "connection.change",
        "connection.remove",
    ]
    kept = json.dumps([entry.details for entry in entries])
    for secret in ("d1ng7a1kt0ken5566", "SECd1ng5ecret7788", "another-robot-0001"):
        assert secret not in kept


# -- Whose figures -----------------------------------------------------------------------------------


def test_only_who_may_read_the_figures_lets_them_go_there() -> None:
    lead = alice("region:华东")
    connection = made("wecom", by=ada(), owner=lead)
    for figures in ({}, {"region": node("region:华北")}):
        asked = draft(owner=lead, figures=figures)
        with refused(words="read yourself") as error:
            connections.edit(connection=connection, draft=asked, version=1, person=lead)
        assert error.value.at == "area"
    own = draft(owner=lead, figures={"region": node("region:华东")})
    connections.edit(connection=connection, draft=own, version=1, person=lead)
    found = Connection.objects.get().figures_scope
    assert found is not None
    assert found.key == "region:华东"


def test_who_may_not_read_the_figures_leaves_them_but_cannot_lead_them_elsewhere() -> None:
    lead = alice("region:华东")
    connection = made("wecom", by=ada(), owner=lead, figures={})
    kept = draft(owner=lead, name="Renamed", keep_figures=True)
    connections.edit(connection=connection, draft=kept, version=1, person=lead)
    found = Connection.objects.get().figures_scope
    assert found is not None
    assert found.is_company
    mine = draft(owner=lead, keep_figures=True, parts={"key": "my-own-robot-0001"})
    with refused(words="lead it elsewhere"):
        connections.edit(connection=connection, draft=mine, version=2, person=lead)
    connections.edit(connection=connection, draft=draft(owner=lead, parts=mine.parts), version=2, person=lead)
    assert Connection.objects.get().figures_scope is None


def test_figures_go_where_the_area_lies_inside(django_assert_num_queries: Any) -> None:
    east = made("wecom", by=ada(), figures={"region": node("region:华东")})
    cross = made("slack", by=ada(), figures={"region": node("region:华东"), "channel": node("channel:x")})
    whole, none = made("feishu", by=ada(), figures={}), made("teams", by=ada())
    areas = {key: scope(key) for key in ("company", "region:华东/上海", "region:华北", "channel:x", "region:华东/上海+channel:x/y")}  # fmt: skip
    every = list(Connection.objects.select_related("figures_scope"))
    with django_assert_num_queries(1):
        found = figures_may_go(connections=every, scopes=list(areas.values()))
    assert {(pk, key) for pk, sid in found for key, one in areas.items() if one.pk == sid} == {
        *((whole.pk, key) for key in areas),
        (east.pk, "region:华东/上海"),
        (east.pk, "region:华东/上海+channel:x/y"),
        (cross.pk, "region:华东/上海+channel:x/y"),
    }
    assert none.pk not in {pk for pk, _scope in found}


# -- What is told of an alert ------------------------------------------------------------------------


def subject(name: str = "Revenue behind plan") -> Subject:
    builders.figure(scope("region:华东"), "0.6")
    rule = builders.rule(ada(), area="region:华东", name=name)
    event = EpisodeEvent.objects.get()
    return Subject(rule, builders.revenue(), scope("region:华东"), event)


def test_a_program_is_told_the_alert_by_the_documented_json(settings: Any) -> None:
    connection = made("webhook", by=ada())
    about = subject()
    body = webhook_body(about=about, connection=connection, figures=True, key=KEY)
    event = about.event
    assert body == {
        "version": 1,
        "id": str(KEY),
        "event": "alert.first",
        "at": "2026-03-20T09:00:00Z",
        "tier": {"level": 3, "name": "critical"},
        "alert": {"id": event.episode_id, "number": 1},
        "rule": {"id": about.rule.pk, "name": "Revenue behind plan"},
        "area": {"code": "region:华东", "name": "华东"},
        "figure": {"code": "revenue", "name": str(about.metric.label)},
        "period": {"grain": "month", "start": "2026-03-01", "through": "2026-03-19"},
        "figures": {
            "value": "600", "expected": "1000", "target": "1500", "attainment": "0.6",
            "light": "red",
        },
        "condition": {"kind": "attainment", "below": "0.7"},
        "link": f"{settings.SITE_URL}/alerts/{event.episode_id}/",
    }  # fmt: skip
    wording = compose_webhook(about=about, connection=connection, figures=True, key=KEY)
    assert json.loads(wording.text) == body
    (example,) = re.findall(r"```json\n(.*?)```", (embedded.PROJECT / "docs/webhooks.md").read_text(), re.S)

    def shape(of: Any) -> Any:
        return {name: shape(value) for name, value in of.items()} if isinstance(of, dict) else type(of)

    assert shape(json.loads(example)) == shape(body)


def test_where_figures_may_not_go_neither_number_nor_area_nor_figure_is_told() -> None:
    about = subject()
    chat = compose_chat(about=about, connection=made("wecom", by=ada()), figures=False)
    hook = compose_webhook(about=about, connection=made("webhook", by=ada()), figures=False, key=KEY)
    for said in (chat.text + chat.subject, hook.text + hook.subject):
        assert "Revenue behind plan" in said
        for hidden in ("华东", "60%", "0.6", "600", "1500", "2026-03-01", "March"):
            assert hidden not in said, hidden
    body = json.loads(hook.text)
    assert {name for name, value in body.items() if value is None} == {
        "area", "figure", "period", "figures", "condition",
    }  # fmt: skip


def test_a_group_reads_it_in_its_own_language_with_the_light_and_the_link(settings: Any) -> None:
    about = subject()
    link = f"{settings.SITE_URL}/alerts/{about.event.episode_id}/"
    text = compose_chat(about=about, connection=made("wecom", by=ada()), figures=True).text
    assert text.splitlines()[0] == "Plumbline ■ Critical: Revenue, 华东 is at 60% of plan"
    assert text.splitlines()[-1] == link
    assert "Attainment: 60%" in text
    chinese = made("slack", by=ada(), language="zh-hans")
    assert "Critical" not in compose_chat(about=about, connection=chinese, figures=True).text


def test_a_rules_name_is_never_more_than_a_name() -> None:
    about = subject('{{ settings.SECRET_KEY }} {% now "Y" %} <at user_id="all"></at>"}\nx: y')
    text = compose_chat(about=about, connection=made("feishu", by=ada()), figures=True).text
    assert '{{ settings.SECRET_KEY }} {% now "Y" %}' in text
    body = webhook_body(about=about, connection=made("webhook", by=ada()), figures=True, key=KEY)
    assert body["rule"]["name"] == about.rule.name


# -- Leaving -----------------------------------------------------------------------------------------


def test_who_leaves_hands_her_connections_over() -> None:
    from organization.holdings import Leaving, holdings

    connection = made("wecom", by=ada(), owner=bob())
    (holding,) = [one for one in holdings() if one.code == "connections"]
    assert holding.held(bob()) == ["Group of wecom"]
    assert holding.hand_over is not None
    assert holding.end is not None
    leaving = Leaving(whom=bob(), by=ada(), now=NOW, today=NOW.date())
    assert holding.hand_over(leaving, alice()) == 1
    assert Connection.objects.get(pk=connection.pk).owner == alice()


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", "alerts", check=True, dry_run=True, verbosity=0)


def people() -> list[Person]:
    return [ada(), alice(), bob(), person("Mallory")]


def test_messages_to_connections_are_seen_by_who_sees_the_outbox_alone() -> None:
    from alerts.selectors import visible_messages

    connection = made("wecom", by=ada(), owner=alice())
    connections.send_test(connection=connection, person=ada(), now=NOW)
    assert {one.label: visible_messages(one).count() for one in people()} == {
        "Ada": 1,
        "Alice": 0,
        "Bob": 1,
        "Mallory": 0,
    }
    assert Message.objects.get().person is None
