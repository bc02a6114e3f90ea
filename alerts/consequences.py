"""What an alert may do besides telling people. The floor that can do it registers it at start-up.

A level of a rule names consequences by their codes. When an alert comes to that level (as it begins, or by getting
worse), `alerts.services.consequences` carries each out once. This floor knows nothing of them but what is asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from alerts.models import Episode, EpisodeEvent, Instance, Rule
    from organization.models import Person

LONGEST_CODE = 60


@dataclass(frozen=True)
class Case:
    """What happened: `event` took `episode` to its level. `instance` has its area and figure at hand.

    `person` is the rule's owner, in whose name something may be proposed; None where the rule is nobody's.
    """

    rule: Rule
    instance: Instance
    episode: Episode
    event: EpisodeEvent
    person: Person | None
    now: datetime


@dataclass(frozen=True)
class Done:
    """`said`: what was done, in English (gettext_noop), since it goes through gettext where it is shown, with `values`
    put in afterwards. `subject_id`: what came of it, for `Consequence.url_of`.
    """

    said: str
    values: Mapping[str, str] = field(default_factory=dict)
    subject_id: int | None = None


@dataclass(frozen=True)
class Consequence:
    """`code`: "app.what", kept in rules, files and answers for programs.

    `carry_out` runs in a transaction of its own, together with the mark that it is done, so it does what it does in
    the database alone: what is to leave the house goes by a row that somebody sends. Raising `Refused` says that it
    cannot be, and it is not tried again; whatever else it raises is tried again later, and then given up.
    """

    code: str
    label: str | Promise
    help: str | Promise
    carry_out: Callable[[Case], Done]
    url_of: Callable[[int], str] | None = None


_registered: dict[str, Consequence] = {}


def register(consequence: Consequence) -> None:
    _registered[consequence.code] = consequence


def all_consequences() -> tuple[Consequence, ...]:
    return tuple(_registered.values())


def consequence_of(code: str) -> Consequence | None:
    """None where nobody has registered it: it was made up, or what could do it is gone."""
    return _registered.get(code)
