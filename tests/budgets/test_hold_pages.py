"""The pages on what is held back: read by all, lifted by who may, answered from a phone, set by who keeps budgets."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from budgets.line_parts import parts_of
from budgets.models import AskedFor, Balance, Hold, Line, Statement
from budgets.services import holds, ladder, statements
from budgets.services.settings import settings
from organization.history import lines
from organization.models import AuditEntry, NodeReader, Person
from tests.alerts.builders import browser
from tests.budgets.books import a_budget, a_line
from tests.decisions.plans import CHINA
from tests.people import alice, bob, charlie, dana, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
NOW = datetime(2026, 8, 20, 9, tzinfo=CHINA)


def frozen(line: Line, amount: int = 100, why: str = "It burns.") -> Hold:
    made = holds.freeze(line=line, amount=D(amount), why=why, person=None, now=NOW)
    assert made is not None
    return made


def asked(line: Line) -> Statement:
    return statements.ask(
        line=line,
        asked_for=AskedFor.REST,
        day=date(2026, 8, 20),
        values={"total": "1000"},
        episode=None,
        now=NOW,
    )[0]


def page(who: Person, name: str, *args: Any, query: str = "") -> str:
    found = browser(who).get(reverse(f"budgets:{name}", args=args) + query)
    assert found.status_code == 200, found.status_code
    return found.content.decode()


def test_charlie_reads_what_is_frozen_but_finds_no_way_to_lift_it() -> None:
    hold = frozen(a_line(a_budget(), "Fair", planned=1000))
    said = page(charlie(), "holds")
    assert "¥100.00" in said
    assert "It burns." in said
    one = page(charlie(), "hold", hold.pk)
    assert "Who can lift it" in one
    assert "Lift it" not in one
    refused = browser(charlie()).post(reverse("budgets:hold", args=[hold.pk]), {"why": "So."})
    assert refused.status_code == 403


def test_dana_lifts_it_with_a_reason_and_the_reason_stays() -> None:
    line = a_line(a_budget(), "Fair", planned=1000)
    hold = frozen(line)
    there = browser(dana()).post(reverse("budgets:hold", args=[hold.pk]), {"why": "The fair is paid."})
    assert there["Location"] == reverse("budgets:line", args=[line.pk])
    assert Balance.objects.get(line=line).frozen == 0
    assert "The fair is paid." in page(charlie(), "holds", query="?shown=lifted")
    again = browser(dana()).post(reverse("budgets:hold", args=[hold.pk]), {"why": "Again."})
    assert again.status_code == 422
    assert "Dana has lifted this meanwhile." in again.content.decode()


def test_bob_freezes_and_pauses_by_hand() -> None:
    line = a_line(a_budget(), "Fair", planned=20_000)
    there = reverse("budgets:hold_new", args=[line.pk])
    wrong = browser(bob()).post(there, {"kind": "freeze", "amount": "much", "why": "So."})
    assert "Write how much" in wrong.content.decode()
    browser(bob()).post(there, {"kind": "freeze", "amount": "1.2万", "why": "So."})
    browser(bob()).post(there, {"kind": "pause", "why": "So."})
    assert Balance.objects.get(line=line).frozen == 12_000
    line.refresh_from_db()
    assert line.state == "paused"


def test_the_owner_says_what_was_asked_and_nobody_may_say_it_for_her_who_only_looks() -> None:
    owner = alice()
    made = asked(a_line(a_budget(), "Fair", planned=1000, owner=owner))
    there = reverse("budgets:statement", args=[made.pk])
    assert "textarea" not in page(charlie(), "statement", made.pk)
    assert browser(charlie()).post(there, {"text": "No."}).status_code == 403
    assert "textarea" in page(owner, "statement", made.pk)
    assert browser(owner).post(there, {"text": ""}).status_code == 422
    browser(owner).post(there, {"text": "Two more fairs."})
    assert "Two more fairs." in page(charlie(), "statement", made.pk)


def test_what_is_closed_to_alices_area_is_not_hers_to_find() -> None:
    budget = a_budget()
    line = a_line(budget, "Fair", planned=1000)
    hold, made = frozen(line), asked(line)
    NodeReader.objects.create(node=budget.node, scope=scope("region:华北"))
    assert "Fair" not in page(alice(), "holds")
    for name, pk in (("hold", hold.pk), ("statement", made.pk), ("hold_new", line.pk)):
        assert browser(alice()).get(reverse(f"budgets:{name}", args=[pk])).status_code == 404


def test_the_line_shows_what_holds_it_and_what_its_owner_said() -> None:
    line = a_line(a_budget(), "Fair", planned=1000)
    frozen(line)
    asked(line)
    parts = {part.anchor: part for part in parts_of(bob(), line, NOW)}
    assert [row.why for row in parts["holds"].context["held"].standing] == ["It burns."]
    assert [row.says for row in parts["statements"].context["rows"]] == [True]
    assert "It burns." in page(bob(), "line", line.pk)


def test_a_list_of_many_asks_no_more_than_one_of_a_few() -> None:
    budget, who = a_budget(), bob()

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            page(who, "holds")
        return len(seen)

    frozen(a_line(budget, "First", planned=1000))
    asked(a_line(budget, "Asked", planned=1000))
    page(who, "holds")
    few = count()
    for number in range(6):
        line = a_line(budget, f"Line {number}", planned=1000)
        frozen(line)
        asked(line)
    assert count() == few


# -- Settings ----------------------------------------------------------------------------------------


def typed(**more: str) -> dict[str, str]:
    """What the form shows, as a browser sends it."""
    from budgets.forms.holds import SettingsForm

    form = SettingsForm(row=settings())
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: str(value) for name, value in shown.items() if value not in (None, False)}
    return {**sent, **more}


def test_bob_sets_shares_in_percent_and_charlie_reads_them() -> None:
    ladder.make_rules(budget=a_budget(), person=None, now=NOW)
    saved = browser(bob()).post(reverse("budgets:settings"), typed(warn_share="75", enforce="on"))
    assert saved.status_code == 302, saved.content.decode()
    assert (settings().warn_share, settings().enforce) == (D("0.75"), True)
    said = page(charlie(), "settings")
    assert 'value="75"' in said
    assert "disabled" in said
    assert "Much is used" in said
    assert browser(charlie()).post(reverse("budgets:settings"), typed()).status_code == 403


def test_what_cannot_be_stands_at_its_field() -> None:
    wrong = browser(bob()).post(reverse("budgets:settings"), typed(warn_share="0"))
    assert wrong.status_code == 422
    assert "This needs a share above 0%." in wrong.content.decode()


def test_usual_shares_add_up() -> None:
    shares = {"usual_content": "30", "usual_ads": "40", "usual_events": "20"}
    wrong = browser(bob()).post(reverse("budgets:settings"), typed(**shares))
    assert "add up to 100%" in wrong.content.decode()
    browser(bob()).post(reverse("budgets:settings"), typed(**shares, usual_other="10"))
    assert settings().categories == {"content": "30", "ads": "40", "events": "20", "other": "10"}


def test_of_two_who_set_at_once_the_later_is_shown_what_stands() -> None:
    first = typed(warn_share="70")
    browser(dana()).post(reverse("budgets:settings"), typed(warn_share="60"))
    late = browser(bob()).post(reverse("budgets:settings"), first)
    assert "Dana has saved other settings meanwhile" in late.content.decode()
    assert settings().warn_share == D("0.6")


def test_the_history_says_in_words_what_was_held_back_and_why_it_was_lifted() -> None:
    line = a_line(a_budget(), "Fair", planned=1000)
    hold = frozen(line)
    holds.lift(hold=hold, why="The fair is paid.", person=bob(), now=NOW)
    made = asked(line)
    statements.say(statement=made, text="Two more fairs.", person=bob(), now=NOW)
    entries = AuditEntry.objects.filter(action__startswith="budget.").order_by("pk")
    told = [(one.action, dict(one.details)) for one in lines(entries)]
    assert [action for action, _details in told] == [
        "Budget · frozen",
        "Budget · lifted",
        "Budget · asked of its owner",
        "Budget · answered",
    ]
    assert told[0][1] == {"Budget line": "Fair", "Frozen": "¥100.00", "Why": "It burns."}
    assert told[1][1]["Lifted because"] == "The fair is paid."
    assert told[3][1]["What was said"] == "Two more fairs."
