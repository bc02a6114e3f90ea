"""What the walk is about: things of 华东, which Alice leads, and of 华北, which she must not find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from alerts.models import Message
from organization.models import (
    Person,
)
from tests.alerts import builders as alert_builders
from tests.people import bob, node, scope


@dataclass
class World:
    """One thing of each sort, made for the walk: things of 华东 (Alice's) and things of 华北 (not hers)."""

    people: dict[str, Person] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    @cached_property
    def ours(self) -> Any:
        return node("region:华东/上海")

    @cached_property
    def theirs(self) -> Any:
        return node("region:华北/北京分店")

    @cached_property
    def our_alert(self) -> dict[str, Any]:
        return alert_on("region:华东/上海")

    @cached_property
    def their_alert(self) -> dict[str, Any]:
        return alert_on("region:华北/北京分店")


FOREIGN_NAMES = ("华北", "北京分店")
Arguments = Callable[[World], dict[str, Any]]


def alert_on(area: str) -> dict[str, Any]:
    """An alert on the area, in the rows that a look at a figure leaves behind."""
    made = alert_builders.rule(bob(), area=area)
    alert_builders.figure(scope(area), "0.6")
    alert_builders.look()
    return {
        "rule": made.pk,
        "alert": alert_builders.episode(area).pk,
        "message": Message.objects.latest("pk").pk,
    }
