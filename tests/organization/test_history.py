"""The history: found, read in words, paged, and taken away as a file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from common.spreadsheets import harmless
from organization import services
from organization.exporting import as_csv
from organization.models import AuditEntry, Person
from organization.selectors.audit import AuditFilter, all_entries, audit_entries, audited_actions
from tests.people import ada, alice, bob, node, person, scope

pytestmark = pytest.mark.django_db


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def shown(**query: Any) -> str:
    return browser(ada()).get(reverse("organization:audit"), query).content.decode()


def rows_of(page: str) -> str:
    return page.split("<tbody>")[1].split("</tbody>")[0]


def entries(number: int, *, action: str = "x.make", who: Person | None = None) -> None:
    """So many, a minute apart, the last one newest."""
    start = timezone.now() - timedelta(minutes=number)
    AuditEntry.objects.bulk_create(
        AuditEntry(at=start + timedelta(minutes=n), action=action, subject=f"thing {n}", person=who)
        for n in range(number)
    )


def test_a_role_is_told_by_names_not_by_codes() -> None:
    node("region:华东", name_zh="华东大区")
    node("channel:x")
    whom = person("Erin")
    services.grant_role(whom=whom, role="lead", scope=scope("region:华东+channel:x"), person=ada())
    rows = rows_of(shown(action="grant.make"))
    assert "Erin" in rows
    assert "Lead" in rows
    assert "华东 × x" in rows
    assert "region:" not in rows
    with translation.override("zh-hans"):
        client = browser(ada())
        client.cookies["django_language"] = "zh-hans"
        page = rows_of(client.get(reverse("organization:audit"), {"action": "grant.make"}).content.decode())
    assert "华东大区 × x" in page


def test_a_target_is_told_with_its_unit_before_and_after() -> None:
    from decimal import Decimal

    from common.periods import Period
    from kpis.models import Metric
    from kpis.services import set_target

    place, month = scope("region:华东"), Period.parse("2025-03")
    revenue = Metric.objects.get(code="revenue")
    for value in (Decimal(1000000), Decimal(1200000)):
        set_target(metric=revenue, scope=place, period=month, value=value, person=bob())
    rows = rows_of(shown(action="target.set"))
    assert "¥1,000,000.00 → ¥1,200,000.00" in rows
    assert "Revenue · 华东 · 2025-03" in rows


def test_a_code_whose_area_is_gone_stays_as_it_was() -> None:
    AuditEntry.objects.create(action="duty.assign", subject="region:nowhere", details={})
    assert "region:nowhere" in rows_of(shown())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"person": "bob"}, {"b"}),
        ({"person": "Bob"}, {"b"}),
        ({"person": "bob@example.com"}, {"b"}),
        ({"action": "thing.make"}, {"a", "b"}),
        ({"action": "thing."}, {"a", "b", "c"}),
        ({"text": "subject c"}, {"c"}),
        ({"first_day": "2025-03-02", "last_day": "2025-03-02"}, {"b"}),
        ({"person": "bob", "action": "thing.make", "first_day": "2025-03-03"}, set()),
    ],
)
def test_filters_narrow_and_join(query: dict[str, str], found: set[str]) -> None:
    for name, action, who, day in (
        ("a", "thing.make", alice(), "2025-03-01T12:00:00Z"),
        ("b", "thing.make", bob(), "2025-03-02T12:00:00Z"),
        ("c", "thing.change", alice(), "2025-03-03T12:00:00Z"),
        ("d", "other.make", alice(), "2025-03-03T13:00:00Z"),
    ):
        AuditEntry.objects.create(action=action, subject=f"subject {name}", person=who, at=day)
    page = shown(**query)
    assert {name for name in "abcd" if f"subject {name}<" in page} == found


def test_pages_go_back_without_a_gap_or_a_double_even_within_one_moment() -> None:
    at = timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(at=at - timedelta(seconds=n // 7), action="x.y", subject=str(n)) for n in range(100)
    )
    seen: list[int] = []
    wanted = AuditFilter()
    while True:
        page = audit_entries(wanted, page=9)
        seen += [entry.pk for entry in page.entries]
        if page.older is None:
            break
        wanted = AuditFilter(before=page.older)
    assert len(seen) == len(set(seen)) == 100
    assert [len(chunk) for chunk in all_entries(AuditFilter(), chunk=40)] == [40, 40, 20]


@pytest.mark.parametrize("narrowed", ["nothing", "person", "action", "days"])
def test_a_page_is_a_range_of_an_index(narrowed: str) -> None:
    who = bob()
    entries(3000, who=who)
    entries(3000, action="y.make", who=alice())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE organization_auditentry")
    middle = AuditEntry.objects.order_by("at", "pk")[2000].pk
    wanted = {
        "nothing": AuditFilter(before=middle),
        "person": AuditFilter(person=who, before=middle),
        "action": AuditFilter(action="x.make", before=middle),
        "days": AuditFilter(last_day=timezone.localdate(), before=middle),
    }[narrowed]
    from organization.selectors.audit import _found

    plan = _found(wanted)[:51].explain()
    assert "Sort" not in plan, plan
    assert "Seq Scan on organization_auditentry" not in plan, plan


def test_the_kinds_are_found_without_reading_every_entry() -> None:
    entries(10, action="b.make")
    entries(10, action="a.make")
    assert audited_actions() == ["a.make", "b.make"]


def test_the_page_costs_the_same_for_one_entry_as_for_fifty(django_assert_max_num_queries: Any) -> None:
    entries(60, action="grant.make")
    client = browser(ada())
    with django_assert_max_num_queries(20):
        client.get(reverse("organization:audit"))


# -- As a file


def export(**form: str) -> Any:
    return browser(ada()).post(reverse("organization:audit_export"), form)


def test_ada_takes_what_the_filters_show_as_csv_and_that_is_history_too() -> None:
    entries(3, action="x.make", who=bob())
    entries(2, action="y.make")
    answer = export(format="csv", action="x.make")
    table = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row[3] for row in table[1:]] == ["thing 2", "thing 1", "thing 0"]
    assert table[1][1] == "Bob"
    assert "attachment" in answer["Content-Disposition"]
    entry = AuditEntry.objects.get(action="audit.export")
    assert (entry.person, entry.details) == (ada(), {"filters": ["action: x.make"]})


def test_the_excel_file_holds_the_same() -> None:
    entries(3, action="x.make", who=bob())
    sheet = load_workbook(io.BytesIO(b"".join(export(format="xlsx", action="x.make")))).active
    assert sheet is not None
    assert [row[3].value for row in sheet.iter_rows(min_row=2)] == ["thing 2", "thing 1", "thing 0"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_compute_is_text(text: str) -> None:
    AuditEntry.objects.create(action="x.make", subject=text, details={"name": "=cmd"})
    assert harmless(text) == f"'{text}"
    table = list(
        csv.reader(
            io.StringIO("".join(as_csv([list(AuditEntry.objects.select_related("person"))])), newline="")
        )
    )
    assert table[1][3].startswith("'")
    sheet = load_workbook(io.BytesIO(b"".join(export(format="xlsx", action="x.make")))).active
    assert sheet is not None
    cell = sheet["D2"]
    assert (cell.data_type, str(cell.value)[0]) == ("s", "'")


def test_too_much_for_excel_is_said_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("organization.exporting.MOST_IN_XLSX", 3)
    entries(4)
    client = browser(ada())
    answer = client.post(reverse("organization:audit_export"), {"format": "xlsx"}, follow=True)
    assert "too many for an Excel file" in answer.content.decode()
    assert not AuditEntry.objects.filter(action="audit.export").exists()


def test_filters_that_make_no_sense_give_no_file() -> None:
    assert export(format="csv", first_day="yesterday").status_code == 302
