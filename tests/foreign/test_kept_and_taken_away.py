"""What was kept for another, granted for a while, or said in a message tells nothing of a foreign area either."""

from __future__ import annotations

import html
import json

import pytest
from django.test import Client
from django.urls import reverse

from alerts.models import Message
from organization.models import Person
from organization.services.aliases import add_alias
from organization.services.errors import Refused
from organization.services.people import grant_role, revoke_grant, set_grants
from tests.api.callers import token_of
from tests.foreign.walking import (
    EVERYBODY_KNOWS,
    RESTRICTED,
    client_of,
    said_of,
    strangers_words,
    text_of,
)
from tests.foreign.worlds import (
    MEMBERS,
    MONTH,
    WORLDS,
    Company,
    Member,
    code,
    name,
    slug,
)
from tests.people import person

pytestmark = pytest.mark.django_db
LABELS = ("Viewer of A", "Viewer of B", "Lead of the cross", "Viewer", "Manager of channel A", "Viewer of A")
HOT = [
    f"/?period={MONTH}",
    f"/?period={MONTH}&by=region",
    f"/why/?metric=revenue&period={MONTH}",
    "/alerts/",
    "/targets/",
]


@pytest.mark.parametrize("order", [LABELS, LABELS[::-1]], ids=["forwards", "backwards"])
@pytest.mark.parametrize("url", HOT)
def test_what_was_kept_for_one_never_reaches_another(
    order: tuple[str, ...], url: str, company: Company
) -> None:
    marks: list[str] = []
    for label in (*order, *order):  # from the second time on, pages come from the cache
        client = client_of(company, next(one for one in MEMBERS if one.label == label))
        response = client.get(url)
        assert not strangers_words(company, label, text_of(response)), label
        for mark in marks:  # another's ETag opens nothing: 304 only for her own page
            again = client.get(url, headers={"If-None-Match": mark})
            assert again.status_code == response.status_code or mark == response.get("ETag")
            assert not strangers_words(company, label, text_of(again))
        if "ETag" in response and response["ETag"] not in marks:
            marks.append(response["ETag"])


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/api/v1/scopes/",
        "/api/v1/readings/",
        "/organization/areas/?dimension=region",
        "/alerts/",
        "/targets/",
    ],
)
def test_what_was_granted_and_taken_away_again_is_gone_with_the_next_request(
    url: str, company: Company
) -> None:
    whom, admin = company.people["Viewer of A"], company.people["Admin"]
    member = next(one for one in MEMBERS if one.label == "Viewer of A")
    client = client_of(company, member)
    granted = grant_role(whom=whom, role="viewer", scope=company.nodes["region", "b"].scope, person=admin)
    before = client.get(f"{url}?region={slug('region', 'b')}" if url == "/" else url)
    assert strangers_words(company, member.label, text_of(before))
    revoke_grant(grant=granted, person=admin)
    after = client.get(url, headers={"If-None-Match": before.get("ETag", "*-")})
    assert after.status_code == 200
    assert not strangers_words(company, member.label, text_of(after))


def test_a_cursor_of_another_person_opens_nothing(company: Company) -> None:
    whose = client_of(company, EVERYBODY_KNOWS[0])
    address = whose.get("/api/v1/readings/?limit=1").json()["next"]
    for member in RESTRICTED:
        if member.grants:
            response = client_of(company, member).get(address)
            assert response.status_code == 400
            assert not strangers_words(company, member.label, text_of(response))


def test_a_weaker_role_opens_less_from_the_next_request_on(company: Company) -> None:
    whom, admin = company.people["Manager of A"], company.people["Admin"]
    client = client_of(company, next(one for one in MEMBERS if one.label == "Manager of A"))
    address = reverse("organization:node_merge", args=[company.nodes["region/store", "a"].pk])
    assert client.get(address).status_code == 200
    set_grants(whom=whom, wanted=[("viewer", company.nodes["region", "a"].scope)], person=admin)
    assert client.get(address).status_code == 403


def test_who_left_is_told_nothing_neither_in_her_session_nor_by_her_token(company: Company) -> None:
    whom, admin = company.people["Viewer of B"], company.people["Admin"]
    client = client_of(company, next(one for one in MEMBERS if one.label == "Viewer of B"))
    _token, secret = token_of(whom)
    program = {"Authorization": f"Bearer {secret}"}
    assert client.get("/").status_code == 200
    assert Client().get("/api/v1/scopes/", headers=program).status_code == 200
    Person.objects.filter(pk=whom.pk).update(is_active=False)
    for url in ("/", "/alerts/", "/api/v1/scopes/", "/organization/areas/"):
        for response in (client.get(url), Client().get(url, headers=program)):
            assert response.status_code in (302, 401)
            assert not said_of(frozenset(company.secrets), text_of(response))
    assert admin.is_active


@pytest.mark.parametrize("world", WORLDS)
def test_a_message_to_who_lacks_the_grant_has_no_figure_and_no_areas_name(
    world: str, company: Company
) -> None:
    told = Message.objects.filter(notices__event__episode=company.things[world]["rule-alert"]).select_related(
        "person"
    )
    assert {message.person.display_name for message in told if message.person} == {
        "Lead of A",
        "Viewer of B",
        "Admin",
    }
    for message in told:
        assert message.person is not None
        text = "\n".join(
            [message.subject, message.text, html.unescape(message.html), json.dumps(message.fields)]
        )
        rule = {name("rule", world)}  # by which she knows whom to ask
        assert strangers_words(company, message.person.display_name, text) <= rule


@pytest.mark.parametrize("world", WORLDS)
def test_what_another_keeps_is_not_named_in_a_refusal(world: str, company: Company) -> None:
    other = "b" if world == "a" else "a"
    member = Member("Keeper", (("manager", code("region", world)),))
    whom = person("Keeper")
    grant_role(whom=whom, role="manager", scope=company.nodes["region", world].scope, person=None)
    for typed in (f"zqotherregion{other}", slug("region", other)):
        with pytest.raises(Refused) as refused:
            add_alias(node=company.nodes["region", world], name=typed, person=whom)
        said = str(refused.value)
        closed = company.closed_to(member)
        assert not [word for word in closed if word in said and word != typed], said


def test_a_move_that_went_through_anothers_channel_is_not_told_by_its_name(company: Company) -> None:
    keeper = company.people["Manager of channel A"]
    page = client_of(company, next(one for one in MEMBERS if one.label == "Manager of channel A")).get(
        reverse("organization:node", args=[company.nodes["channel/wanderer", "a"].pk])
    )
    assert page.status_code == 200
    assert not strangers_words(company, keeper.display_name, text_of(page))
