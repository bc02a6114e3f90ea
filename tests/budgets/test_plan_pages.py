"""The pages on which people plan: begin, give lines and months, bring a workbook back, send, and approve."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from budgets.models import Budget, Line, PlanLine, Version
from budgets.selectors.plan_rows import rows_of
from budgets.services.plan_lines import LineDraft
from decisions.models import Proposal
from decisions.services import decide
from organization.models import Person
from tests.budgets.test_plans import NOW, a_plan, again, approved, search, send
from tests.people import PASSWORD, alice, bob, charlie, dana, node, scope

pytestmark = pytest.mark.django_db


def as_(client: Client, person: Person) -> Client:
    client.logout()
    assert client.login(username=person.username, password=PASSWORD)
    return client


def words_of(row: PlanLine | None, revision: int, **more: Any) -> dict[str, Any]:
    known = {
        "name": "Search", "amount": "1000", "category": "ads", "shape": "equal", "fed_by": "entries", "area": "",
        "revision": revision,
    }  # fmt: skip
    return {**known, **more}


def test_dana_begins_a_budget_gives_it_lines_and_sends_it_and_bob_approves(client: Client) -> None:
    bob()
    as_(client, dana())
    form = {"name": "Autumn", "first_day": "2026-07-15", "last_day": "2026-10-15", "start": ""}
    made = client.post(reverse("budgets:new"), form)
    version = Version.objects.get()
    assert made["Location"] == reverse("budgets:version", args=[version.pk])
    line = reverse("budgets:plan_line_new", args=[version.pk])
    assert client.post(line, words_of(None, 1, amount="50万", area="channel:x")).status_code == 422
    live = node("channel:抖音直播")
    assert client.post(line, words_of(None, 1, amount="50万", area=live.code)).status_code == 302
    hand = words_of(None, 2, name="Fair", amount="", shape="hand", **{"m-0": "100", "m-2": "0.5"})
    assert client.post(line, hand).status_code == 302
    assert [(row.name, row.amount) for row in rows_of(version)] == [
        ("Search", 500_000),
        ("Fair", Decimal("100.5")),
    ]
    client.post(reverse("budgets:plan_pools", args=[version.pk]), {"revision": 3})
    page = client.get(reverse("budgets:version", args=[version.pk]))
    assert "Reserve" in page.content.decode()
    sent = client.post(reverse("budgets:plan_send", args=[version.pk]), {"why": "As agreed.", "revision": 4})
    assert sent.status_code == 302
    decide(proposal=Proposal.objects.get(), person=bob(), verdict="approve", note="", as_of=NOW)
    assert Line.objects.count() == 4
    # From now on everybody may look.
    assert as_(client, alice()).get(reverse("budgets:version", args=[version.pk])).status_code == 200


def test_the_later_of_two_editors_is_told_and_keeps_what_she_typed(client: Client) -> None:
    version = a_plan(search())
    row = rows_of(version)[0]
    address = reverse("budgets:plan_line", args=[version.pk, row.pk])
    as_(client, bob()).post(address, words_of(row, 1, amount="800"))
    answer = as_(client, dana()).post(address, words_of(row, 1, amount="900"))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody has changed this plan meanwhile" in text
    assert 'value="900"' in text
    assert "¥800.00" in text
    client.post(address, words_of(row, 2, amount="900"))
    assert rows_of(version)[0].amount == 900


def test_strangers_find_no_draft_and_those_who_look_change_nothing(client: Client) -> None:
    version = a_plan(search())
    address = reverse("budgets:version", args=[version.pk])
    assert as_(client, charlie()).get(address).status_code == 404
    approved(version)
    assert client.get(address).status_code == 200
    assert client.post(reverse("budgets:plan", args=[version.budget_id])).status_code == 403
    assert client.get(reverse("budgets:new")).status_code == 403


def test_what_the_export_gives_changed_comes_back(client: Client) -> None:
    live = node("channel:抖音直播")
    version = a_plan(
        search(channel=live, fed_by="cost", owner=dana(), conversions=Decimal(30)),
        LineDraft("Fair", Decimal(930), category="events", core=False),
    )
    as_(client, dana())
    before = [
        (row.name, row.amount, row.amounts, row.shape, row.channel, row.owner) for row in rows_of(version)
    ]
    address = reverse("budgets:workbook", args=[version.pk])
    content = client.get(address).content
    assert _send(client, address, content, 1).status_code == 302
    assert before == [
        (row.name, row.amount, row.amounts, row.shape, row.channel, row.owner) for row in rows_of(version)
    ]
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    sheet["B2"] = 2000  # the months follow by the line's shape
    sheet["M3"] = 0  # this line's months are by hand now, and its amount follows
    sheet.append(["Video", 310, "content"])
    assert _send(client, address, _saved(book), 2).status_code == 302
    one, fair, video = rows_of(version)
    assert (sum(one.amounts), one.shape) == (2000, "equal")
    assert (fair.shape, fair.amounts[0], fair.amount) == ("hand", 0, Decimal(930) - Decimal("170.00"))
    assert (video.category, video.amount) == ("content", 310)


def test_a_workbook_with_bad_cells_changes_nothing_and_names_them(client: Client) -> None:
    version = a_plan(search(), LineDraft("Fair", Decimal(930)))
    as_(client, dana())
    address = reverse("budgets:workbook", args=[version.pk])
    book = load_workbook(io.BytesIO(client.get(address).content))
    sheet = book.worksheets[0]
    sheet["B2"], sheet["C2"], sheet["K3"], sheet["H3"] = "much", "gold", "nobody", "channel:none"
    answer = _send(client, address, _saved(book), 1)
    text = answer.content.decode()
    assert answer.status_code == 422
    for place in ("B2", "C2", "K3", "H3"):
        assert f"<strong>{place}</strong>" in text
    assert rows_of(version)[0].amount == 1000
    assert _send(client, address, b"no workbook", 1).status_code == 422


def _saved(book: Any) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _send(client: Client, address: str, content: bytes, revision: int) -> Any:
    file = SimpleUploadedFile("plan.xlsx", content)
    return client.post(address, {"file": file, "revision": revision})


def test_last_years_budget_is_copied_with_a_factor(client: Client) -> None:
    budget = approved(a_plan(search(), LineDraft("Fair", Decimal("10.01"))))
    as_(client, dana())
    form = {
        "name": "Next", "first_day": "2027-01-01", "last_day": "2027-12-31", "start": f"budget:{budget.pk}",
        "factor": "110",
    }  # fmt: skip
    client.post(reverse("budgets:new"), form)
    version = Version.objects.get(budget__node__name="Next")
    assert [(row.name, row.amount) for row in rows_of(version)] == [
        ("Search", 1100),
        ("Fair", Decimal("11.01")),
    ]
    assert len(rows_of(version)[0].months) == 12


def test_an_accepted_split_begins_a_budget_with_a_line_for_each_channel(client: Client) -> None:
    one, other = node("channel:a"), node("channel:b")
    made = Proposal.objects.create(
        kind="channels.allocation", subject_id=1, scope=scope("company"), summary="Split", body="x",
        payload={
            "parts": [{"node": one.pk, "today": "1", "amount": "300.50"}, {"node": other.pk, "today": "1", "amount": "0"}],
            "total": "300.50", "first_day": "2026-09-01", "last_day": "2026-09-30",
        },
        state="approved", decided_at=NOW, decided_by=bob(),
    )  # fmt: skip
    as_(client, dana())
    answer = client.post(reverse("budgets:new"), {"name": "Split", "start": f"split:{made.pk}"})
    assert answer.status_code == 302, answer.content.decode()
    (row,) = rows_of(Version.objects.get())
    assert (row.channel, row.amount, row.fed_by, row.months) == (
        one,
        Decimal("300.50"),
        "cost",
        [date(2026, 9, 1)],
    )


def test_a_later_version_shows_what_it_changes(client: Client) -> None:
    budget = approved(a_plan(search(), LineDraft("Fair", Decimal(500))))
    version = again(budget, search("1400"), LineDraft("Video", Decimal(93)))
    send(version)
    text = as_(client, bob()).get(reverse("budgets:version", args=[version.pk])).content.decode()
    assert "¥1,000.00 → ¥1,400.00 (+¥400.00)" in text
    assert "left out (¥500.00)" in text
    assert "new: ¥93.00" in text


def test_a_plan_with_many_lines_asks_the_database_as_often_as_one_with_few(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    version = a_plan(*(LineDraft(f"Line {n}", Decimal(10), owner=dana()) for n in range(40)))
    as_(client, dana())
    address = reverse("budgets:version", args=[version.pk])
    client.get(address)
    with django_assert_max_num_queries(45):
        assert client.get(address).status_code == 200
    assert Budget.objects.count() == 1
