"""Values that people enter by hand: versions, months over their days, who may, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from kpis.models import EnteredFact, EnteredValue, Measure
from kpis.services import EntryMoved, EntryRefused, enter_value, enter_values
from organization.models import AuditEntry, Person
from tests.ingest.files import send, write
from tests.kpis.own import TODAY, enter, entry, measure
from tests.kpis.test_own_metrics import at_once
from tests.kpis.test_stocks import seen, value
from tests.people import alice, bob, charlie, dana, scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def web(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def held(area: str = "region:east") -> list[tuple[int, Decimal | None, str]]:
    rows = EnteredValue.objects.filter(scope__key=area).order_by("version")
    return [(row.version, row.value, row.note) for row in rows]


def test_a_months_sum_is_spread_over_its_days_exactly_and_marked_estimated() -> None:
    enter(entry("leads", "region:east", "2025-08", "100"))
    facts = EnteredFact.objects.order_by("day")
    assert (facts.count(), sum(fact.amounts[2] for fact in facts)) == (31, 100)
    month, day = seen("leads", "region:east", "2025-08"), seen("leads", "region:east", "2025-08-10")
    assert (month.value, month.estimated) == (D(100), True)
    assert day.value is not None
    assert (round(day.value, 2), day.estimated) == (D("3.23"), True)
    assert value("leads", "company", "2025-Q3") == 100


def test_an_estimate_of_one_amount_makes_no_other_an_estimate(tmp_path: Path) -> None:
    send(write(tmp_path, "date,region,orders,clicks\n2025-08-10,East,3,6\n"))
    enter(entry("leads", "region:east", "2025-08", "100"))
    assert seen("leads", "region:east", "2025-08").estimated
    assert not seen("orders", "region:east", "2025-08").estimated
    assert not seen("conversion_rate", "region:east", "2025-08-10").estimated


def test_a_correction_and_a_removal_are_versions_with_who_and_what() -> None:
    for text, note in (("10", "by telephone"), ("12", "counted again"), (None, "")):
        done = enter_values(
            entries=[entry("leads", "region:east", "2025-08-10", text, note)], person=bob(), today=TODAY
        )
    assert (done.removed, done.new) == (1, 0)
    assert held() == [(1, D(10), "by telephone"), (2, D(12), "counted again"), (3, None, "")]
    assert EnteredValue.objects.filter(superseded_at__isnull=True).get().version == 3
    assert not EnteredFact.objects.exists()
    assert [entry.action for entry in AuditEntry.objects.filter(person=bob()).order_by("pk")] == [
        "value.enter", "value.enter", "value.take_away",
    ]  # fmt: skip
    again = enter_values(
        entries=[entry("leads", "region:east", "2025-08-10", None)], person=bob(), today=TODAY
    )
    assert again.unchanged == 1
    assert len(held()) == 3


def test_what_says_the_same_makes_no_version() -> None:
    enter(entry("leads", "region:east", "2025-08-10", "10"))
    assert enter(entry("leads", "region:east", "2025-08-10", "10.00004")).unchanged == 1
    assert len(held()) == 1


@pytest.mark.parametrize(
    ("what", "area", "period", "text"),
    [
        ("leads", "company", "2025-08", "NaN"),
        ("leads", "company", "2025-08", "Infinity"),
        ("leads", "company", "2025-08", "1e15"),
        ("leads", "company", "2025-08", "-1"),
        ("leads", "company", "2026-04", "1"),
        ("leads", "company", "2026-03-21", "1"),
        ("leads", "company", "1990-12", "1"),
        ("leads", "company", "2025-Q3", "1"),
        ("leads", "company", "2025-W33", "1"),
        ("leads", "team:field", "2025-08", "1"),
        ("reach", "company", "2025-08", "1"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_of_the_change_is_kept(
    what: str, area: str, period: str, text: str
) -> None:
    Measure.objects.create(code="reach", slot=99, name="Reach", over_time="computed")
    with pytest.raises(EntryRefused) as refused:
        enter(entry("leads", "region:east", "2025-08", "1"), entry(what, area, period, text))
    assert refused.value.place == 1
    assert not EnteredValue.objects.exists()


def test_a_month_is_not_counted_beside_its_own_days() -> None:
    enter(entry("leads", "region:east", "2025-08", "100"))
    with pytest.raises(EntryRefused):
        enter(entry("leads", "region:east", "2025-08-10", "5"))
    enter(entry("leads", "region:east", "2025-08", None), entry("leads", "region:east", "2025-08-10", "5"))
    assert value("leads", "region:east", "2025-08") == 5
    with pytest.raises(EntryRefused):
        enter(entry("leads", "region:east", "2025-08", "100"))
    with pytest.raises(EntryRefused):
        enter(entry("leads", "region:east", "2025-09", "1"), entry("leads", "region:east", "2025-09-01", "1"))
    with pytest.raises(EntryRefused):
        enter(entry("leads", "region:east", "2025-10", "1"), entry("leads", "region:east", "2025-10", "2"))


def test_two_people_at_one_cell_are_told_of_each_other() -> None:
    first = entry("leads", "region:east", "2025-08", "10")
    enter_value(entry=first, based_on=0, person=alice("region:east"), today=TODAY)
    with pytest.raises(EntryMoved) as moved:
        enter_value(
            entry=entry("leads", "region:east", "2025-08", "11"), based_on=0, person=bob(), today=TODAY
        )
    assert moved.value.current.value == 10
    enter_value(entry=entry("leads", "region:east", "2025-08", "11"), based_on=1, person=bob(), today=TODAY)
    assert held()[-1] == (2, D(11), "")


def test_many_people_at_once_leave_one_current_version_and_its_facts() -> None:
    cells = [entry("leads", "region:east", "2025-08-10", str(number)) for number in range(6)]
    at_once([lambda cell=cell: enter_values(entries=[cell], person=None, today=TODAY) for cell in cells])  # type: ignore[misc]
    current = EnteredValue.objects.get(superseded_at__isnull=True)
    fact = EnteredFact.objects.get()
    assert (fact.value_id, fact.amounts[2], current.version) == (current.pk, current.value, 6)


def test_alice_enters_values_for_her_region_and_sees_no_other(tmp_path: Path) -> None:
    scope("region:华北")
    enter(entry("leads", "region:华北", "2025-08", "77", "secret"))
    client = web(alice())
    leads = Measure.objects.get(code="leads").pk
    typed = {
        "measure": leads,
        "area": "region:华东",
        "period": "2025年8月",
        "value": "1.2万",
        "note": "by telephone",
    }
    answer = client.post("/entered/", typed, follow=True).content.decode()
    assert held("region:华东") == [(1, D(12000), "by telephone")]
    assert "12,000" in answer
    assert "secret" not in answer
    assert client.post("/entered/", {**typed, "area": "region:华北"}).status_code == 404
    assert client.post("/entered/", {**typed, "area": "company"}).status_code == 404
    theirs = EnteredValue.objects.get(scope__key="region:华北")
    assert client.get(f"/entered/?value={theirs.pk}").status_code == 404
    assert web(charlie()).post("/entered/", typed).status_code == 403


def test_dana_corrects_a_value_that_bob_has_changed_meanwhile() -> None:
    enter(entry("leads", "company", "2025-08", "10"))
    leads = Measure.objects.get(code="leads").pk
    enter_values(entries=[entry("leads", "company", "2025-08", "20")], person=bob(), today=TODAY)
    client = web(dana())
    typed = {"measure": leads, "area": "company", "period": "2025-08", "value": "30", "version": 1}
    page = client.post("/entered/", typed).content.decode()
    assert "Bob entered 20 here" in page
    assert 'name="version" value="2"' in page
    client.post("/entered/", {**typed, "version": 2})
    assert held("company")[-1] == (3, D(30), "")
    shown = EnteredValue.objects.get(superseded_at__isnull=True)
    history = client.get(f"/entered/{shown.pk}/").content.decode()
    assert all(text in history for text in ("30", "20", "10", "Bob", "Dana"))
    client.post(f"/entered/{shown.pk}/", {"version": 2})
    assert held("company")[-1][1] == 30, "she saw another version"
    client.post(f"/entered/{shown.pk}/", {"version": 3})
    assert held("company")[-1] == (4, None, "")


def test_alice_pastes_lines_from_a_spreadsheet_and_all_go_in_or_none() -> None:
    scope("region:华东/上海")
    scope("region:华北")
    client, leads = web(alice()), Measure.objects.get(code="leads").pk
    lines = "地区\t月份\t线索\n上海\t2025-08\t1,200\t电话\nregion:华东\t2025/8/10\t3"
    wrong = client.post(
        "/entered/paste/", {"measure": leads, "lines": f"{lines}\n华北\t2025-08\t5\n上海\tAugust\t5"}
    )
    page = wrong.content.decode()
    assert "There is no area called 华北" in page
    assert "Line 5" in page
    assert not EnteredValue.objects.exists()
    client.post("/entered/paste/", {"measure": leads, "lines": lines})
    assert held("region:华东/上海") == [(1, D(1200), "电话")]
    assert held("region:华东") == [(1, D(3), "")]
    client.post("/entered/paste/", {"measure": leads, "lines": "上海\t2025-08\t"})
    assert held("region:华东/上海")[-1] == (2, None, "")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": "9" * 40}, "too large"),
        ({"value": "many"}, "This is not a number"),
        ({"period": "0000-01"}, "Write a month as"),
        ({"period": "9999-12"}, "has not begun yet"),
        ({"area": "region:nowhere"}, "There is no area"),
        ({"measure": "999999"}, "Select a valid choice"),
        ({"note": "a\0b"}, "Null characters"),
    ],
)
def test_what_is_typed_wrong_is_said_and_kept_in_its_field(change: dict[str, str], said: str) -> None:
    leads = Measure.objects.get(code="leads").pk
    typed = {
        "measure": str(leads),
        "area": "company",
        "period": "2025-08",
        "value": "5",
        "note": "kept",
        **change,
    }
    page = web(bob()).post("/entered/", typed).content.decode()
    assert said in page
    assert not EnteredValue.objects.exists()
    assert web(bob()).get("/entered/?measure=%00&value=%00").status_code == 200


def test_percent_is_typed_as_percent() -> None:
    awareness = measure("Awareness", unit="percent", over_time="last")
    client = web(bob())
    client.post(
        "/entered/", {"measure": awareness.pk, "area": "company", "period": "2025-08", "value": "42.5%"}
    )
    assert held("company") == [(1, D("0.425"), "")]
    assert "42.50%" in client.get("/entered/").content.decode()


def test_the_page_asks_few_questions_however_many_values_there_are(
    django_assert_max_num_queries: object,
) -> None:
    client = web(bob())
    enter(*(entry("leads", f"region:r{number}", "2025-08", "1") for number in range(30)))
    client.get("/entered/")
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        assert client.get("/entered/").content.decode().count("Correct") >= 30


def test_a_day_that_has_not_come_is_refused_by_the_page_too() -> None:
    leads = Measure.objects.get(code="leads").pk
    typed = {"measure": leads, "area": "company", "period": date(2099, 1, 1).isoformat(), "value": "1"}
    assert "has not begun yet" in web(bob()).post("/entered/", typed).content.decode()
