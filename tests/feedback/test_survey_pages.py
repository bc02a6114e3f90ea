"""Bob makes a survey, its links and invitations, and sees what comes of them."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from feedback.models import Driver, Invitation, Origin, Survey, SurveyLink
from feedback.services.links import switch_link
from feedback.services.rated import MOST, add_driver
from feedback.services.surveys import SurveyDraft, edit_survey
from feedback.tokens import token_hash
from organization.models import AuditEntry, Person
from organization.services import Refused
from tests.feedback.made import a_link, a_survey, an_answer, an_invitation
from tests.people import ada, alice, bob, charlie, node

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def logged_in(person: Person) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def told(response: Any) -> str:
    return words(response) if response.status_code == 200 else response["Location"]


FORM = {"name": "Shop", "asks_nps": "on", "asks_comment": "on", "open": "on"}


# -- Surveys ----------------------------------------------------------------------------------------


def test_bobs_first_survey_is_a_click_and_two_clicks_are_one() -> None:
    client = logged_in(bob())
    assert "Make my first survey" in words(client.get("/feedback/surveys/"))
    for _ in range(2):
        client.post("/feedback/surveys/first/")
    made = Survey.objects.get()
    assert (made.asks_nps, made.asks_comment, made.drivers.count()) == (True, True, 5)
    page = words(client.get(f"/feedback/surveys/{made.pk}/"))
    assert "How likely are you to recommend" in page
    assert "No link yet" in page


def test_bob_puts_one_together_and_changes_it() -> None:
    client, price = logged_in(bob()), Driver.objects.get(code="price")
    new = client.post("/feedback/surveys/new/", {**FORM, "drivers": [price.pk], "title_zh": "门店如何？"})
    made = Survey.objects.get()
    assert told(new) == f"/feedback/surveys/{made.pk}/"
    assert list(made.drivers.all()) == [price]
    assert "门店如何？" in words(client.get(f"/feedback/surveys/{made.pk}/"))
    edit = f"/feedback/surveys/{made.pk}/edit/"
    assert 'name="revision" value="1"' in client.get(edit).content.decode()
    client.post(edit, {**FORM, "asks_ces": "on", "revision": "1"})
    made.refresh_from_db()
    assert (made.asks_ces, made.revision, made.drivers.count()) == (True, 2, 0)
    assert AuditEntry.objects.filter(action="feedback.survey").count() == 2


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "Shop"}, "Choose at least one score"),
        ({"asks_nps": "on"}, "This field is required"),
        ({**FORM, "name": "x" * 101}, "at most 100 characters"),
        ({**FORM, "drivers": ["99999"]}, "99999 is not one of the available choices"),
        ({**FORM, "name": "Taken"}, "Another survey is called “Taken”"),
    ],
)
def test_a_survey_that_cannot_be_is_told_why(sent: dict[str, Any], said: str) -> None:
    a_survey("Taken")
    assert said in words(logged_in(bob()).post("/feedback/surveys/new/", sent))
    assert Survey.objects.count() == 1


def test_two_who_change_a_survey_at_once_do_not_mix() -> None:
    survey = a_survey()
    edit_survey(survey=survey, draft=SurveyDraft(name="Hers"), revision=1, person=ada())
    client, address = logged_in(bob()), f"/feedback/surveys/{survey.pk}/edit/"
    page = client.post(address, {**FORM, "name": "His", "revision": "1"})
    assert "Somebody else has saved this survey meanwhile" in words(page)
    assert 'name="revision" value="2"' in page.content.decode()  # sent again, it is meant so
    client.post(address, {**FORM, "name": "His", "revision": "2"})
    assert Survey.objects.get().name == "His"


def test_what_was_put_away_stays_with_its_surveys_and_comes_back_with_it() -> None:
    survey, client = a_survey(drivers=["price", "delivery"]), logged_in(bob())
    price = Driver.objects.get(code="price")
    client.post(f"/feedback/surveys/rated/{price.pk}/away/")
    assert "Value for money" not in words(client.get(f"/feedback/surveys/{survey.pk}/"))
    kept = [driver.pk for driver in survey.drivers.filter(archived_at__isnull=True)]
    client.post(f"/feedback/surveys/{survey.pk}/edit/", {**FORM, "drivers": kept, "revision": "1"})
    client.post(f"/feedback/surveys/rated/{price.pk}/back/")
    assert "Value for money" in words(client.get(f"/feedback/surveys/{survey.pk}/"))


def test_the_list_says_what_came_of_each(django_assert_max_num_queries: Any) -> None:
    today = timezone.localdate()
    for number in range(8):
        link = a_link(a_survey(f"Survey {number}"), slug=f"link-{number}")
        an_answer(survey=link.survey, day=today, origin=Origin.FORM)
        an_invitation(link, token=f"a{number}", day=today, answered_at=timezone.now())
        an_invitation(link, token=f"b{number}", day=today)
        an_invitation(link, token=f"c{number}", day=today - timedelta(days=91))
    client = logged_in(bob())
    client.get("/feedback/surveys/")
    with django_assert_max_num_queries(20):
        page = words(client.get("/feedback/surveys/"))
    assert "8 surveys are open. 8 answers came in the last 90 days." in page
    assert page.count("50%") == 8


@pytest.mark.parametrize("who", [alice, charlie])
def test_who_does_not_keep_surveys_sees_neither_page_nor_tab(who: Any) -> None:
    link = a_link()
    client = logged_in(who())
    for address in (
        "surveys/",
        "surveys/new/",
        f"surveys/{link.survey_id}/",
        f"links/{link.pk}/",
        f"links/{link.pk}/qr.svg",
    ):
        assert client.get(f"/feedback/{address}").status_code == 403


# -- What people rate -------------------------------------------------------------------------------


def test_bob_adds_renames_and_orders_what_people_rate() -> None:
    client = logged_in(bob())
    client.post("/feedback/surveys/rated/", {"name": "Store staff", "name_zh": "店员"})
    made = Driver.objects.get(code="store-staff")
    client.post(f"/feedback/surveys/rated/{made.pk}/", {"name": "Our staff", "name_zh": "店员"})
    made.refresh_from_db()
    assert (made.name, made.code) == ("Our staff", "store-staff")
    for _ in range(9):
        client.post(f"/feedback/surveys/rated/{made.pk}/up/")
    assert Driver.objects.first() == made
    assert "store-staff" in words(client.get("/feedback/surveys/rated/"))
    assert client.post(f"/feedback/surveys/rated/{made.pk}/sideways/").status_code == 404


@pytest.mark.parametrize(("name", "said"), [("Delivery", "is rated already"), ("!!!", "at least one letter")])
def test_a_name_that_cannot_be_is_told_why(name: str, said: str) -> None:
    assert said in words(logged_in(bob()).post("/feedback/surveys/rated/", {"name": name}))


def test_no_more_is_rated_than_people_answer() -> None:
    who = bob()
    for number in range(MOST - 5):
        add_driver(name=f"Thing {number}", name_zh="", person=who)
    with pytest.raises(Refused, match="At most 12"):
        add_driver(name="One more", name_zh="", person=who)


# -- Links ------------------------------------------------------------------------------------------


def test_a_link_stands_where_bob_says_and_shows_its_code() -> None:
    survey, client = a_survey(), logged_in(bob())
    node("channel:门店"), node("region:华东/上海")
    sent = client.post(
        f"/feedback/surveys/{survey.pk}/links/new/",
        {"area": "region:华东/上海+channel:门店", "segment": "new", "each": "one"},
    )
    link = SurveyLink.objects.get()
    assert told(sent) == f"/feedback/links/{link.pk}/"
    assert (link.region.code, link.channel.code, link.segment) == ("region:华东/上海", "channel:门店", "new")  # type: ignore[union-attr]
    assert re.fullmatch(r"[\w-]{12}", link.slug)
    page = client.get(f"/feedback/links/{link.pk}/").content.decode()
    assert f"/s/{link.slug}/" in page
    code = client.get(f"/feedback/links/{link.pk}/qr.svg?size=large&save")
    assert code["Content-Type"] == "image/svg+xml"
    assert b'width="100' in code.content
    assert "attachment" in code["Content-Disposition"]
    assert client.get(f"/feedback/links/{link.pk}/qr.svg?size=huge").status_code == 404


def test_one_for_every_region_below_and_none_twice() -> None:
    survey, client = a_survey(), logged_in(bob())
    for path in ("华东/上海/徐汇店", "华东/上海/静安店", "华东/杭州", "华北/北京"):
        node(f"region:{path}")
    address = f"/feedback/surveys/{survey.pk}/links/new/"
    client.post(address, {"area": "region:华东", "each": "below"})
    assert [link.region.path for link in survey.links.order_by("region__path")] == ["华东/上海", "华东/杭州"]  # type: ignore[union-attr]
    client.post(address, {"area": "region:华东", "each": "tips"})
    assert survey.links.count() == 4  # 杭州 had one
    client.post(address, {"area": "", "each": "below"})
    assert set(survey.links.filter(region__depth=1).values_list("region__path", flat=True)) == {
        "华东",
        "华北",
    }
    assert "open link of this survey already" in words(
        client.post(address, {"area": "region:华东", "each": "below"})
    )
    assert "There is no region below it" in words(
        client.post(address, {"area": "region:华北/北京", "each": "below"})
    )


def test_an_answer_belongs_to_no_team() -> None:
    survey = a_survey()
    node("team:销售")
    sent = logged_in(bob()).post(
        f"/feedback/surveys/{survey.pk}/links/new/", {"area": "team:销售", "each": "one"}
    )
    assert "Choose among these" in words(sent)


def test_a_closed_link_opens_again_unless_its_place_is_taken() -> None:
    link, client = a_link(region="region:华东"), logged_in(bob())
    client.post(f"/feedback/links/{link.pk}/close/")
    assert Client().get("/s/shop-door/").status_code == 410
    client.post(f"/feedback/links/{link.pk}/open/")
    assert Client().get("/s/shop-door/").status_code == 200
    switch_link(link=link, open=False, person=bob())
    a_link(link.survey, slug="another", region="region:华东")
    client.post(f"/feedback/links/{link.pk}/open/")
    assert "Another link of the same survey is open" in words(client.get(f"/feedback/links/{link.pk}/"))
    assert client.post(f"/feedback/links/{link.pk}/sideways/").status_code == 404


def test_a_links_figures_are_those_of_its_place() -> None:
    survey, today = a_survey(), timezone.localdate()
    east = a_link(survey, slug="east", region="region:华东")
    west = a_link(survey, slug="west", region="region:西部")
    for n in range(3):
        an_answer(survey=survey, day=today, region_id=east.region_id, detail=100 + n)
    an_answer(survey=survey, day=today, region_id=west.region_id, detail=200)
    an_answer(survey=survey, day=today - timedelta(days=90), region_id=west.region_id, detail=201)
    client = logged_in(bob())
    assert "3 answers from here" in words(client.get(f"/feedback/links/{east.pk}/"))
    assert "1 answer from here" in words(client.get(f"/feedback/links/{west.pk}/"))


# -- Invitations ------------------------------------------------------------------------------------


def rows_of(response: Any) -> list[list[str]]:
    assert response.status_code == 200, response
    assert "attachment" in response["Content-Disposition"], words(response)
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))[1:]


def test_bob_is_given_addresses_once_and_each_is_answered_once() -> None:
    link, client = a_link(), logged_in(bob())
    sent = {"how_many": "3", "days": "30", "batch": str(uuid4())}
    rows = rows_of(client.post(f"/feedback/links/{link.pk}/invitations/", sent))
    assert len({address for _n, _customer, address in rows}) == 3
    assert rows_of(client.post(f"/feedback/links/{link.pk}/invitations/", sent)) == rows  # a second click
    assert Invitation.objects.count() == 3
    token = rows[0][2].rstrip("/").rpartition("/")[2]
    assert Invitation.objects.get(token_hash=token_hash(token)).expires_at is not None
    assert Client().get(f"/s/i/{token}/").status_code == 200
    entry = AuditEntry.objects.get(action="feedback.invitations")
    assert entry.details["count"] == 3
    assert token not in str(entry.details)


def test_customers_get_one_each_however_they_are_written() -> None:
    link, client = a_link(), logged_in(bob())
    sent = {"customers": "C-1\n c-1 \nC-2\n\n=1+1\n", "days": "30", "batch": str(uuid4())}
    rows = rows_of(client.post(f"/feedback/links/{link.pk}/invitations/", sent))
    assert [row[1] for row in rows] == ["c-1", "C-2", "'=1+1"]
    assert Customer.objects.count() == 3
    assert Invitation.objects.filter(customer__isnull=False).count() == 3


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"how_many": "0"}, "greater than or equal to 1"),
        ({"how_many": "5001"}, "less than or equal to 5000"),
        ({"how_many": ""}, "Between 1 and 5000"),
        ({"how_many": "5", "days": "0"}, "greater than or equal to 1"),
        ({"customers": "\n".join(f"C{n}" for n in range(5001))}, "these are 5001"),
        ({"customers": "x" * 201}, "at most 200 letters"),
        ({"how_many": "5", "batch": "no"}, "Load it anew"),
    ],
)
def test_invitations_that_cannot_be_are_told_why(sent: dict[str, str], said: str) -> None:
    link = a_link()
    page = logged_in(bob()).post(
        f"/feedback/links/{link.pk}/invitations/", {"days": "30", "batch": str(uuid4()), **sent}
    )
    assert page.status_code == 200
    assert said in words(page)
    assert not Invitation.objects.exists()


def test_five_thousand_are_made_at_once(django_assert_max_num_queries: Any) -> None:
    link, client = a_link(), logged_in(bob())
    keys = "\n".join(f"C{n}" for n in range(5000))
    sent = {"customers": keys, "days": "30", "batch": str(uuid4())}
    with django_assert_max_num_queries(60):
        rows = rows_of(client.post(f"/feedback/links/{link.pk}/invitations/", sent))
    assert len(rows) == 5000
    assert Invitation.objects.filter(day=timezone.localdate(), customer__isnull=False).count() == 5000


def test_a_closed_link_invites_nobody() -> None:
    link = a_link(open=False)
    page = logged_in(bob()).post(
        f"/feedback/links/{link.pk}/invitations/", {"how_many": "3", "days": "30", "batch": str(uuid4())}
    )
    assert not Invitation.objects.exists()
    assert "Closed" in words(page)
