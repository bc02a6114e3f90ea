"""Rules as YAML and by the API: out and in again as the same, and every fault at its place."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal as D
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from alerts import services
from alerts.conditions import Amount, Attainment, Change, Combined, Dynamic, Stale
from alerts.models import Rule
from alerts.rule_data import RuleBodySerializer, as_data
from organization.models import Person
from tests.alerts.builders import browser, rule
from tests.people import alice, bob, charlie, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
RULES = "/api/v1/rules/"


def many_kinds() -> Rule:
    tiers = [
        services.TierDraft(1, Combined(True, (Change(D("-0.1")), Stale(2))), 2, 3),
        services.TierDraft(2, Amount(D(100), D(900), inclusive=True)),
        services.TierDraft(3, Dynamic(200, D(50), "low")),
    ]
    return rule(
        bob(), author=alice(), name="各种: {{ 7*7 }}", tiers=tiers, grain="day", margin=D("0.05"), keep_periods=2,
        schedule="working", look_at=time(8, 30), without_data="fire",
    )  # fmt: skip


def downloaded(who: Person) -> str:
    answer = browser(who).get(reverse("alerts:rules_file"))
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return answer.content.decode()


def looked_at(who: Person, text: str, **more: str) -> Any:
    file = SimpleUploadedFile("rules.yaml", text.encode())
    return browser(who).post(reverse("alerts:rules_import"), {"file": file, **more})


def test_a_file_reads_back_as_the_same_rules_and_makes_them_anew_elsewhere() -> None:
    made = many_kinds()
    before, text = as_data(made), downloaded(alice())
    (line,) = looked_at(alice(), text).context["lines"]
    assert line.what == "same"
    Rule.objects.update(name="old")
    answer = browser(alice()).post(reverse("alerts:rules_import"), {"text": text, "do": "apply"})
    assert answer.status_code == 302
    again = Rule.objects.exclude(pk=made.pk).get()
    assert as_data(again) == before
    assert again.next_look_at is not None


def test_a_rule_of_the_same_name_is_changed_and_nothing_before_she_says_so() -> None:
    made = rule(alice(), author=alice())
    data = yaml.safe_load(downloaded(alice()))
    data["rules"][0]["levels"][0]["condition"]["below"] = "0.99"
    text = yaml.safe_dump(data)
    (line,) = looked_at(alice(), text).context["lines"]
    assert (line.what, made.tiers.first().condition["below"]) == ("changed", "1")  # type: ignore[union-attr]
    browser(alice()).post(reverse("alerts:rules_import"), {"text": text, "do": "apply"})
    assert made.tiers.first().condition["below"] == "0.99"  # type: ignore[union-attr]
    assert Rule.objects.count() == 1


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nrules: *b\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [", "line 1 cannot be read"),
        ("", "There are no rules in it"),
        ("rules: {}", "There are no rules in it"),
        ("just words", "There are no rules in it"),
        (BOMB, "without anchors"),
        ("rules: !!python/object/apply:os.system ['true']", "This is not YAML"),
        ("x" * 600_000, "too large"),
        ("rules:\n" + "- {}\n" * 501, "more than 500"),
        ("[" * 3000, "This is not YAML"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_words(text: str, said: str) -> None:
    answer = looked_at(alice(), text, do="apply")
    assert answer.status_code == 200
    assert said in answer.content.decode()


def one(**more: Any) -> dict[str, Any]:
    return {
        "name": "Return", "metric": "revenue", "scope": "region:华东",
        "levels": [{"level": "watch", "condition": {"kind": "attainment", "below": "1"}}], **more,
    }  # fmt: skip


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"metric": "moon"}, "metric", "by its code"),
    ({"levels": []}, "levels", "may not be empty"),
    ({"levels": [{"level": "watch"}]}, "levels/0/condition", "required"),
    ({"levels": [{"level": "watch", "condition": {"kind": "moon"}}]}, "levels/0/condition", "no condition of the kind"),
    ({"levels": [{"level": "dire", "condition": {"kind": "stale", "days": 1}}]}, "levels/0/level", "not a valid choice"),
    ({"people": [{"person": "nobody"}]}, "people/0/person", "nobody active"),
    ({"people": [{"person": "bob"}, {"person": "bob"}]}, "people/1/person", "named once"),
    ({"schedule": "daily"}, "", "at what time"),
    ({"look_at": "25:00"}, "look_at", "wrong format"),
    ({"margin": "NaN"}, "margin", "valid number"),
    ({"spread": "children"}, "", "which areas below"),
    ({"moon": 1}, "moon", "no such field"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "place", "said"), WRONG)
def test_the_api_says_what_is_wrong_and_where(more: dict[str, Any], place: str, said: str) -> None:
    scope("region:华东")
    bob()
    answer = browser(alice()).post(RULES, one(**more), content_type="application/json")
    assert answer.status_code in (400, 422), answer.content
    problem = answer.json()
    told = (
        [fault for fault in problem.get("errors", []) if fault["pointer"] == f"#/{place}"]
        if place
        else [problem]
    )
    assert said in str(told)
    assert not Rule.objects.exists()


@pytest.mark.parametrize(("more", "place", "said"), WRONG)
def test_a_file_says_what_is_wrong_and_saves_nothing_of_it(
    more: dict[str, Any], place: str, said: str
) -> None:
    scope("region:华东")
    bob()
    text = yaml.safe_dump({"rules": [{**one(), "name": "Good"}, one(**more)]}, allow_unicode=True)
    good, wrong = looked_at(alice(), text, do="apply").context["lines"]
    assert (good.what, wrong.what) == ("new", "wrong")
    assert said.replace("no such field", "no field") in str(wrong.wrong)
    assert not Rule.objects.exists()


def test_a_rule_is_written_read_and_changed_by_a_program() -> None:
    scope("region:华东")
    bob()
    client = browser(alice())
    made = client.post(RULES, one(people=[{"person": "bob"}]), content_type="application/json")
    assert made.status_code == 201
    at = f"{RULES}{made.json()['id']}/"
    assert client.get(at).json() == made.json()
    assert [row["id"] for row in client.get(RULES, {"metric": "revenue"}).json()["results"]] == [
        made.json()["id"]
    ]
    changed = client.put(at, one(name="Other", grain="week"), content_type="application/json")
    assert (changed.status_code, changed.json()["grain"], changed.json()["people"]) == (200, "week", [])
    assert Rule.objects.get().tiers.get().condition == Attainment(D(1)).as_json()


@pytest.mark.parametrize("area", ["region:华北", "company", "region:nowhere"])
def test_she_writes_no_rules_for_areas_that_she_does_not_lead(area: str) -> None:
    scope("region:华北")
    answer = browser(alice()).post(RULES, one(scope=area), content_type="application/json")
    assert answer.status_code in (403, 404)
    (line,) = looked_at(alice(), yaml.safe_dump({"rules": [one(scope=area)]})).context["lines"]
    assert "no such area that you lead" in str(line.wrong)
    assert browser(charlie()).get(reverse("alerts:rules_import")).status_code == 403
    assert "华北" not in downloaded(alice())


def test_a_place_in_a_file_is_counted_as_people_count() -> None:
    scope("region:华东")
    bob()
    rows = [
        one(people=[{"person": "bob"}, {"person": "nobody"}]),
        {**one(), "name": "B", "levels": [{"level": "watch"}]},
    ]
    person, level = looked_at(alice(), yaml.safe_dump({"rules": rows}, allow_unicode=True)).context["lines"]
    assert person.wrong[0].startswith("people.2.person: ")
    assert level.wrong[0].startswith("levels.1.condition: ")


def test_the_rule_in_the_documents_can_be_read() -> None:
    text = (settings.BASE_DIR / "docs/alerting.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.S)
    (row,) = yaml.safe_load(example)["rules"]
    read = RuleBodySerializer(data=row)
    assert read.is_valid(), read.errors
