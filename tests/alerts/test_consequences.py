"""What alerts do besides telling people: once, whoever works and whatever breaks, and in words on the alert's page."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from alerts import consequences, services, tasks
from alerts.consequences import Case, Consequence, Done
from alerts.models import ConsequenceRun, Message, Rule, Tier
from alerts.services import consequences as carrying
from alerts.services.silences import SilenceDraft, make_silence
from alerts.telling_history import rules_in_words
from decisions.models import Task
from organization.models import AuditEntry, CalendarDay, Person, Responsibility
from organization.services import Refused
from tests.alerts.builders import NOW, browser, draft, episode, figure, look, rule, story
from tests.alerts.test_many_hands import at_once
from tests.alerts.test_pages import written
from tests.people import alice, bob, charlie, node, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
EAST, NORTH = "region:华东", "region:华北"
LATER = NOW + timedelta(hours=1)


class Freezer:
    """What an upper floor would register: it remembers its cases, and breaks when it is told to."""

    code = "tests.freeze"

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.breaks: list[BaseException] = []

    def carry_out(self, case: Case) -> Done:
        self.cases.append(case)
        charlie()  # a row, which a failure takes back
        if self.breaks:
            raise self.breaks.pop(0)
        return Done("Froze %(line)s.", {"line": "9%"}, subject_id=7)


@pytest.fixture
def freezer(monkeypatch: pytest.MonkeyPatch) -> Freezer:
    made = Freezer()
    one = Consequence(
        made.code, "Freeze the line", "Nothing is spent.", made.carry_out, lambda pk: f"/f/{pk}/"
    )
    monkeypatch.setitem(consequences._registered, made.code, one)
    return made


def with_levels(*asked: tuple[str, ...]) -> list[services.TierDraft]:
    """Tiers of watch, warning and critical with what each brings about."""
    return [
        services.TierDraft(tier.level, tier.condition, consequences=codes)
        for tier, codes in zip(draft().tiers, asked, strict=True)
    ]


def rule_with(*asked: tuple[str, ...], author: Person | None = None, **more: object) -> Rule:
    return rule(author=author or bob(), tiers=with_levels(*asked), **more)


def goes(attainment: str, area: str = EAST) -> None:
    figure(scope(area), attainment)
    look()


def carry_out(now: object = LATER) -> None:
    while services.carry_out_next(now=now):  # type: ignore[arg-type]
        pass


def runs() -> list[tuple[str, int, str, str]]:
    """Code, level, state and words, oldest first."""
    found = ConsequenceRun.objects.select_related("event").order_by("pk")
    return [(one.code, one.event.tier, one.state, one.words) for one in found]


def page(who: Person) -> str:
    return browser(who).get(reverse("alerts:episode", args=[episode().pk])).content.decode()


# -- When --------------------------------------------------------------------------------------------


def test_an_alert_does_what_the_level_asks_for_that_it_comes_to(freezer: Freezer) -> None:
    rule_with((), ("tests.freeze",), ("task", "tests.freeze"))
    goes("0.8")
    assert runs() == [("tests.freeze", 2, "waiting", "")]
    goes("0.6")
    assert runs()[1:] == [("task", 3, "waiting", ""), ("tests.freeze", 3, "waiting", "")]
    carry_out()
    assert [one[2:] for one in runs()] == [
        ("done", "Froze 9%."), ("done", "A task was opened, due in three working days."), ("done", "Froze 9%."),
    ]  # fmt: skip
    (first, second) = freezer.cases
    assert (first.event.tier, second.event.tier, first.episode) == (2, 3, episode())
    assert (first.rule.name, first.instance.scope, first.person, first.now) == (
        "Revenue behind plan", scope(EAST), bob(), LATER,
    )  # fmt: skip


def test_nothing_happens_as_it_gets_better_recovers_or_is_answered(freezer: Freezer) -> None:
    rule_with(("tests.freeze",), ("tests.freeze",), ("tests.freeze",))
    goes("0.6")
    for attainment in ("0.8", "0.9"):
        goes(attainment)
    services.acknowledge(episode=episode(), person=alice(), now=NOW)
    goes("1.5")
    assert story() == ["first 3", "lowered 2", "lowered 1", "acknowledged 1", "recovered 1"]
    assert [one[1] for one in runs()] == [3]


def test_a_silence_keeps_people_from_being_told_and_nothing_from_happening(freezer: Freezer) -> None:
    rule_with((), (), ("tests.freeze",), recipients=[services.RecipientDraft(alice())])
    known = SilenceDraft(scope=scope(EAST), ends_at=NOW + timedelta(days=1), reason="Known")
    make_silence(draft=known, person=bob(), now=NOW)
    goes("0.6")
    carry_out()
    assert not Message.objects.exists()
    assert len(freezer.cases) == 1


def test_what_an_edited_rule_no_longer_asks_for_is_still_done_where_it_was_ordered(freezer: Freezer) -> None:
    made = rule_with((), (), ("tests.freeze",))
    goes("0.6")
    services.save_rule(draft=draft(), person=bob(), now=NOW, rule=made)
    look()
    carry_out()
    assert len(freezer.cases) == 1
    assert runs() == [("tests.freeze", 3, "done", "Froze 9%.")]


def test_to_ask_for_something_more_judges_nothing_anew_and_does_nothing_about_open_alerts(
    freezer: Freezer,
) -> None:
    made = rule_with((), (), ())
    goes("0.6")
    changed = draft(tiers=with_levels((), (), ("tests.freeze",)))
    assert not services.save_rule(draft=changed, person=bob(), now=NOW, rule=made).anew_due
    look()
    assert runs() == []
    entry = AuditEntry.objects.filter(action="rule.edit").latest("pk")
    assert entry.details["after"]["consequences"] == {"3": ["tests.freeze"]}
    assert "consequences" not in entry.details["before"]


def test_thirty_areas_order_with_as_many_statements_as_one(freezer: Freezer) -> None:
    def cost(area: str, number: int) -> int:
        for one in range(number):
            node(f"{area}/{one}")
        rule_with((), (), ("tests.freeze",), area=area, spread="children", along="region", name=area)
        for one in range(number):
            figure(scope(f"{area}/{one}"), "0.6")
        with CaptureQueriesContext(connection) as spent:
            look()
        return len(spent)

    cost("region:西北", 2)
    few = cost(EAST, 2)
    assert cost(NORTH, 30) == few
    assert ConsequenceRun.objects.count() == 34


# -- Once, whatever breaks ---------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_four_workers_do_each_thing_once(freezer: Freezer) -> None:
    areas = [f"region:r{number}" for number in range(12)]
    for area in areas:
        node(area)
    charlie()
    rule_with((), (), ("task", "tests.freeze"), area="company", spread="children", along="region")
    for area in areas:
        figure(scope(area), "0.6")
    look()
    done: list[object] = []
    lock = threading.Lock()

    def work() -> None:
        while services.carry_out_next(now=LATER):
            with lock:
                done.append(1)

    at_once(work, 4)
    assert len(done) == 24
    assert sorted(case.instance.scope.key for case in freezer.cases) == sorted(areas)
    assert Task.objects.count() == 12
    assert set(ConsequenceRun.objects.values_list("state", "attempts")) == {("done", 1)}


def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_done_and_the_sweep_finds_it(
    freezer: Freezer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_with((), (), ("tests.freeze",))
    goes("0.6")
    freezer.breaks = [KeyboardInterrupt()]
    now = timezone.now()
    with pytest.raises(KeyboardInterrupt):
        services.carry_out_next(now=now)
    assert (runs(), Person.objects.filter(username="charlie").exists()) == (
        [("tests.freeze", 3, "waiting", "")],
        False,
    )
    assert not services.carry_out_next(now=now)  # another worker leaves it alone for a minute
    asked: list[str] = []
    monkeypatch.setattr("alerts.tasks.queueing.enqueue", lambda task, **_more: asked.append(task))
    tasks.sweep()
    assert "alerts.tasks.carry_out" not in asked
    ConsequenceRun.objects.update(next_try_at=now)  # the minute is over
    tasks.sweep()
    assert "alerts.tasks.carry_out" in asked
    tasks.carry_out()
    assert runs() == [("tests.freeze", 3, "done", "Froze 9%.")]


def test_what_takes_the_worker_with_it_each_time_is_given_up_and_holds_up_nothing(freezer: Freezer) -> None:
    rule_with((), (), ("tests.freeze", "task"))
    goes("0.6")
    freezer.breaks = [KeyboardInterrupt() for _ in range(carrying.TRIES)]
    now = LATER
    for _ in range(carrying.TRIES):
        with pytest.raises(KeyboardInterrupt):
            carry_out(now)
        carry_out(now)  # whoever comes next
        assert Task.objects.count() == 1
        now += timedelta(hours=3)
    carry_out(now)
    assert len(freezer.cases) == carrying.TRIES
    assert runs()[0] == ("tests.freeze", 3, "failed", carrying.STOPPED)


def test_a_worker_that_slept_over_its_turn_leaves_alone_what_another_has_done(
    freezer: Freezer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_with((), (), ("tests.freeze",))
    goes("0.6")
    claimed = carrying._claim(LATER)
    carry_out(LATER + timedelta(minutes=2))
    monkeypatch.setattr("alerts.services.consequences._claim", lambda now: claimed)
    services.carry_out_next(now=LATER)
    assert len(freezer.cases) == 1


def test_a_failure_is_tried_again_at_longer_intervals_and_undoes_what_it_half_did(freezer: Freezer) -> None:
    rule_with((), (), ("tests.freeze",))
    goes("0.6")
    freezer.breaks = [ValueError("no such line\nDETAIL: secret"), ValueError("still none")]
    now = LATER
    tried = []
    for _minute in range(20):
        before = len(freezer.cases)
        carry_out(now)
        if len(freezer.cases) > before:
            tried.append((now - LATER).total_seconds() / 60)
            assert Person.objects.filter(username="charlie").exists() == (len(tried) == 3)
        if len(tried) == 1:
            assert runs() == [("tests.freeze", 3, "waiting", "ValueError: no such line")]
        now += timedelta(minutes=1)
    assert tried == [0, 1, 6]
    assert runs() == [("tests.freeze", 3, "done", "Froze 9%.")]


def test_what_fails_again_and_again_is_given_up_and_told_to_the_rules_owner_once_a_day(
    freezer: Freezer,
) -> None:
    node(NORTH)
    rule_with((), (), ("tests.freeze",), area="company", spread="children", along="region")
    for area in (EAST, NORTH):
        node(area)
    services.cover_new_areas(now=NOW, today=NOW.date())
    for area in (EAST, NORTH):
        goes("0.6", area)
    freezer.breaks = [ValueError("no such line") for _ in range(2 * carrying.TRIES)]
    for hour in range(20):
        carry_out(LATER + timedelta(hours=hour))
    assert len(freezer.cases) == 2 * carrying.TRIES
    assert [one[2:] for one in runs()] == 2 * [("failed", "ValueError: no such line")]
    (letter,) = Message.objects.filter(template="rule-undone")
    assert (letter.person, letter.subject) == (
        bob(),
        "Not done for an alert of the rule “Revenue behind plan”",
    )
    assert "Freeze the line: ValueError: no such line" in letter.text


def test_one_that_breaks_stops_neither_the_others_nor_the_engine(freezer: Freezer) -> None:
    rule_with((), ("tests.freeze",), ("tests.freeze", "task"))
    freezer.breaks = [ValueError("x") for _ in range(9)]
    goes("0.8")
    carry_out()
    goes("0.6")
    carry_out(LATER + timedelta(minutes=30))
    assert story() == ["first 2", "raised 3"]
    assert Task.objects.count() == 1


def test_what_is_refused_is_not_tried_again(freezer: Freezer) -> None:
    rule_with((), (), ("tests.freeze",))
    goes("0.6")
    freezer.breaks = [Refused("It is paused already.")]
    for hour in range(5):
        carry_out(LATER + timedelta(hours=hour))
    assert len(freezer.cases) == 1
    assert runs() == [("tests.freeze", 3, "failed", "It is paused already.")]


def test_what_nothing_can_do_any_more_says_so_and_is_done_where_it_is_back(
    freezer: Freezer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_with((), ("tests.freeze",), ("tests.freeze",))
    goes("0.8")
    with monkeypatch.context() as patch:
        patch.delitem(consequences._registered, "tests.freeze")
        goes("0.6")
        carry_out()
        assert [one[2:] for one in runs()] == 2 * [("waiting", carrying.GONE)]
    carry_out(LATER + timedelta(hours=1))
    assert [one[2] for one in runs()] == ["done", "done"]


# -- A task ------------------------------------------------------------------------------------------


def test_whoever_is_responsible_gets_a_task_due_in_three_working_days() -> None:
    Responsibility.objects.create(person=charlie(EAST), scope=scope(EAST), first_day=date(2020, 1, 1))
    CalendarDay.objects.update_or_create(day=date(2026, 3, 23), defaults={"working": False})
    alice()
    rule_with((), (), ("task",))
    goes("0.6")
    carry_out()  # on a Friday; the Monday is a holiday
    task = Task.objects.get()
    assert (task.kind, task.subject_id, task.scope) == ("alerts.alert", episode().pk, scope(EAST))
    assert (task.title, task.due_on, task.assigned_to, task.opened_by) == (
        "Revenue behind plan: 华东", date(2026, 3, 26), None, None,
    )  # fmt: skip


def test_where_nobody_is_responsible_it_is_the_leads_task() -> None:
    alice()
    rule_with((), (), ("task",))
    goes("0.6")
    carry_out()
    assert Task.objects.get().assigned_to == alice()


def test_an_alert_that_comes_to_a_level_again_opens_no_second_task_for_it() -> None:
    rule_with((), ("task",), ("task",))
    for attainment in ("0.6", "0.8", "0.6"):
        goes(attainment)
    carry_out()
    assert story() == ["first 3", "lowered 2", "raised 3"]
    assert Task.objects.count() == 1
    assert [one[2:] for one in runs()] == [
        ("done", "A task was opened, due in three working days."),
        ("done", "There is a task for this level already."),
    ]


# -- Choosing them, and seeing what they did ---------------------------------------------------------


def test_alice_ticks_what_happens_besides_and_her_form_shows_it_again(freezer: Freezer) -> None:
    scope(EAST)
    client = browser(alice())
    new = client.get(reverse("alerts:rule_new")).content.decode()
    for said in ("What happens besides", "Open a task", "due in three working days", "Freeze the line"):
        assert said in new, said
    sent = {**written(), "warning-consequences": ["tests.freeze", "task"]}
    assert client.post(reverse("alerts:rule_new"), sent).status_code == 302
    made = Rule.objects.get()
    assert [tier.consequences for tier in made.tiers.order_by("level")] == [[], ["tests.freeze", "task"]]
    form = client.get(reverse("alerts:rule_edit", args=[made.pk])).content.decode()
    ticked = re.findall(r'name="(\w+)-consequences" value="([\w.]+)"[^>]* checked', form)
    assert sorted(ticked) == [("warning", "task"), ("warning", "tests.freeze")]
    listed = client.get(reverse("alerts:rules")).content.decode()
    assert "→ Freeze the line, Open a task" in listed


def test_the_history_says_what_was_added(freezer: Freezer) -> None:
    made = rule_with((), (), ("task",))
    services.save_rule(draft=draft(tiers=with_levels((), (), ())), person=bob(), now=NOW, rule=made)
    first, second = AuditEntry.objects.filter(action__in=["rule.make", "rule.edit"]).order_by("pk")
    told = rules_in_words([first, second])
    assert ("What happens besides", "Critical: Open a task") in told[first.pk].details
    assert ("What happens besides", "Critical: Open a task → —") in told[second.pk].details


@pytest.mark.parametrize("code", ["moon", "", "tests.freeze\0", "x" * 61])
def test_what_nothing_can_do_is_refused_wherever_it_is_written(code: str) -> None:
    scope(EAST)
    client = browser(alice())
    answer = client.post(reverse("alerts:rule_new"), {**written(), "warning-consequences": [code]})
    assert "Select a valid choice" in answer.content.decode()
    body = {
        "name": "x", "metric": "revenue", "scope": EAST,
        "levels": [{"level": "watch", "condition": {"kind": "attainment", "below": "1"},
                    "consequences": ["task", code]}],
    }  # fmt: skip
    answer = client.post("/api/v1/rules/", body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert [one["pointer"] for one in answer.json()["errors"]] == ["#/levels/0/consequences/1"]
    with pytest.raises(services.RuleRefused):
        rule_with((), (), (code,))
    text = yaml.safe_dump({"rules": [body]})
    answer = client.post(reverse("alerts:rules_import"), {"text": text, "do": "apply"})
    assert answer.context["lines"][0].wrong[0].startswith("levels.1.consequences.2: ")
    assert not Rule.objects.exists()


def test_rules_go_out_and_in_again_with_what_happens_besides() -> None:
    scope(EAST)
    client = browser(alice())
    body = {
        "name": "Return", "metric": "revenue", "scope": EAST,
        "levels": [{"level": "watch", "condition": {"kind": "attainment", "below": "1"}, "consequences": ["task"]}],
    }  # fmt: skip
    made = client.post("/api/v1/rules/", body, content_type="application/json")
    assert (made.status_code, made.json()["levels"][0]["consequences"]) == (201, ["task"])
    text = client.get(reverse("alerts:rules_file")).content.decode()
    assert "consequences:\n    - task\n" in text
    (line,) = client.post(reverse("alerts:rules_import"), {"text": text}).context["lines"]
    assert line.what == "same"
    without = text.replace("consequences:\n    - task\n", "consequences: []\n")
    client.post(reverse("alerts:rules_import"), {"text": without, "do": "apply"})
    assert Tier.objects.get().consequences == []
    left_out = client.put(
        f"/api/v1/rules/{made.json()['id']}/", body,
        content_type="application/json",
    )  # fmt: skip
    assert left_out.json()["levels"][0]["consequences"] == ["task"]


def test_the_preview_of_a_rule_does_nothing(freezer: Freezer) -> None:
    figure(scope(EAST), "0.6")
    sent = {**written(), "warning-consequences": ["tests.freeze"]}
    assert browser(alice()).post(reverse("alerts:rule_preview"), sent).status_code == 200
    assert (ConsequenceRun.objects.count(), freezer.cases) == (0, [])


def test_the_page_says_what_it_did_with_a_link_and_what_it_could_not_in_words(freezer: Freezer) -> None:
    alice()
    rule_with((), (), ("task", "tests.freeze"))
    goes("0.6")
    assert "Waiting" in re.sub(r"(?s).*What it did", "", page(charlie()))
    freezer.breaks = [ValueError("no such line"), Refused("It is frozen <already>.")]
    carry_out()
    shown = page(charlie())
    assert f'href="{reverse("decisions:task", args=[Task.objects.get().pk])}">Open a task</a>' in shown
    for said in ("A task was opened", "ValueError: no such line", "It is tried again 20 Mar 2026"):
        assert said in shown, said
    carry_out(LATER + timedelta(hours=1))
    shown = page(charlie())
    assert "It is frozen &lt;already&gt;." in shown
    assert "Failed" in shown
    assert "It is tried again" not in shown


def test_words_are_kept_in_english_and_read_in_the_readers_language(freezer: Freezer) -> None:
    rule_with((), (), ("tests.freeze",))
    goes("0.6")
    freezer.breaks = [Refused(gettext_lazy("Give the rule a name."))]
    with translation.override("zh-hans"):
        carry_out()
        assert (runs()[0][3], ConsequenceRun.objects.get().said) == (
            gettext_lazy("Give the rule a name."),
            "Give the rule a name.",
        )
        assert runs()[0][3] != "Give the rule a name."


def test_an_alert_that_did_nothing_says_nothing_of_it() -> None:
    rule_with((), (), ())
    goes("0.6")
    assert "What it did" not in page(bob())


def test_many_deeds_take_no_more_queries_to_show(freezer: Freezer) -> None:
    rule_with((), ("tests.freeze",), ("task", "tests.freeze"))

    def cost() -> int:
        client = browser(bob())
        client.get(reverse("alerts:episode", args=[episode().pk]))
        with CaptureQueriesContext(connection) as spent:
            client.get(reverse("alerts:episode", args=[episode().pk]))
        return len(spent)

    goes("0.6")
    carry_out()
    few = cost()
    for attainment in ("0.8", "0.6", "0.8", "0.6"):
        goes(attainment)
    carry_out(LATER + timedelta(hours=1))
    assert ConsequenceRun.objects.count() == 6
    assert cost() == few
