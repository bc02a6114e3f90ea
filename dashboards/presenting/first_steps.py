"""The first steps in words, each with one button."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from common import formats
from dashboards.selectors.first_steps import FirstSteps, Stand, Step
from dashboards.templatetags.numbers import language

COOKIE = "first_steps"  # in whose browser a bar says which of the steps she is at
# Under which names the sample comes in, so that it is known again.
SAMPLE_NAMES = {"en": "Plumbline sample (invented).csv", "zh": "Plumbline 示例（虚构数据）.csv"}
# On which pages the bar says which step one is at.
PAGES: dict[str, Step] = {
    "ingest:imports": Step.FIGURES,
    "ingest:import": Step.FIGURES,
    "ingest:columns": Step.FIGURES,
    "kpis:targets": Step.TARGET,
    "kpis:grid": Step.TARGET,
    "dashboards:overview": Step.LIGHT,
    "dashboards:why": Step.LIGHT,
    "alerts:rules": Step.RULE,
    "alerts:rule_new": Step.RULE,
    "alerts:rule_edit": Step.RULE,
    "organization:people": Step.PEOPLE,
    "organization:invite": Step.PEOPLE,
    "organization:me": Step.PEOPLE,
    "alerts:listening": Step.PEOPLE,
}


@dataclass(frozen=True)
class StepCard:
    """`who`: who can do it where the reader cannot; `url` and `action` are her one button."""

    number: int
    code: str
    title: str
    words: str
    done: bool
    current: bool
    url: str = ""
    action: str = ""
    who: str = ""


@dataclass(frozen=True)
class Tour:
    cards: tuple[StepCard, ...]
    done: int
    said: str
    sample: int | None
    working: int | None

    @property
    def of(self) -> int:
        return len(self.cards)


@dataclass(frozen=True)
class StepBar:
    said: str
    done: bool


def tour(found: FirstSteps) -> Tour:
    now = found.now
    cards = tuple(_card(number, one, found, now) for number, one in enumerate(found.steps, 1))
    said = _("%(done)s of %(all)s steps done.") % {"done": found.done, "all": len(cards)}
    return Tour(cards, found.done, said, found.sample, found.working)


def bar(found: FirstSteps, page: str) -> StepBar:
    """What stands above a page that is one of the steps."""
    step = PAGES[page]
    number = list(Step).index(step) + 1
    stand = found.steps[number - 1]
    said = _("Step %(number)s of %(all)s: %(title)s") % {
        "number": number,
        "all": len(found.steps),
        "title": _title(step, found),
    }
    return StepBar(said, stand.done)


def _card(number: int, stand: Stand, found: FirstSteps, now: Step | None) -> StepCard:
    step = stand.step
    url, action = _button(step, found)
    return StepCard(
        number=number,
        code=step.value,
        title=_title(step, found),
        words=_words(step, found),
        done=stand.done,
        current=step == now,
        url=url if stand.hers else "",
        action=action,
        who=formats.listed(stand.who, language()),
    )


def _title(step: Step, found: FirstSteps) -> str:
    return {
        Step.FIGURES: _("Bring in figures"),
        Step.TARGET: _("Set a target"),
        Step.LIGHT: _("See a light, and why it has its colour"),
        Step.RULE: _("Make an alert rule"),
        Step.PEOPLE: _("Invite people") if found.invites else _("Say how you are told"),
    }[step]


def _words(step: Step, found: FirstSteps) -> str:
    return {
        Step.FIGURES: _(
            "Send a file as your systems give it out, or try it with invented figures of the last 60 days. Each"
            " import can be taken back as a whole."
        ),
        Step.TARGET: _(
            "A figure alone is neither good nor bad: a target says what it should be. Begin with one, such as the"
            " revenue of this month."
        ),
        Step.LIGHT: _(
            "As soon as there are figures and a target, the overview says in shape, word and colour how they stand."
            " Click the light: it shows how the colour came about, and where the figure comes from."
        ),
        Step.RULE: _(
            "A rule watches a figure, so that you need not. Before you save it you see what it would have said so far."
        ),
        Step.PEOPLE: (
            _(
                "Each person gets a role on an area and sees that alone. Confirm your own address too, so that"
                " messages reach you."
            )
            if found.invites
            else _(
                "Confirm your address, so that messages reach you. Then choose what you want to hear of, and when."
            )
        ),
    }[step]


def _button(step: Step, found: FirstSteps) -> tuple[str, str]:
    own = next(one for one in found.steps if one.step == Step.PEOPLE)
    return {
        Step.FIGURES: (reverse("ingest:imports"), _("Import a file")),
        Step.TARGET: (reverse("kpis:targets"), _("Set a target")),
        Step.LIGHT: (reverse("dashboards:overview"), _("Open the overview")),
        Step.RULE: (reverse("alerts:rule_new"), _("Make a rule")),
        Step.PEOPLE: (
            (reverse("organization:people"), _("Invite people"))
            if found.invites and not own.done
            else (reverse("organization:me"), _("Open your preferences"))
        ),
    }[step]
