"""Who works in the demo company, what they may see, and whose figures are whose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dashboards.demo.world import FALLING_REGION, PASSWORD, TEAMS
from organization.models import AddressKind, Node, Person, Responsibility, Scope
from organization.services import (
    assign_duty,
    assign_responsibility,
    confirm_address,
    ensure_scope,
    grant_role,
    make_person,
)


@dataclass(frozen=True)
class Somebody:
    """`role` on the code `area`; no role: never logs in, and only gets letters."""

    username: str
    name: str
    role: str = ""
    area: str = "company"
    language: str = "en"
    duties: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    team: str = ""  # whose people she is one of


PEOPLE = (
    Somebody("admin", "Ada Lin 林雅", "admin", duties=("General manager", "Board")),
    Somebody("lead", "Alice Chen 陈静", "lead", "region:华东", responsible=("region:华东",), team="零售组"),
    Somebody("manager", "Bob Li 李强", "manager", duties=("Director",), responsible=("company",)),
    Somebody("viewer", "Charlie Wu 吴昊", "viewer", team="内容与直播组"),
    Somebody("finance", "Dana Zhou 周敏", "finance", duties=("CFO", "Board")),
    Somebody(
        "wang.fang",
        "Wang Fang 王芳",
        language="zh-hans",
        responsible=(f"region:{FALLING_REGION}",),
        team="零售组",
    ),
    Somebody(
        "zhao.lei", "Zhao Lei 赵磊", responsible=("channel:抖音直播", "channel:小红书"), team="内容与直播组"
    ),
    Somebody("sun.li", "Sun Li 孙丽", language="zh-hans", team="电商组"),
    Somebody("he.jing", "He Jing 何静", language="zh-hans", team="社群组"),
    Somebody("xu.tao", "Xu Tao 徐涛", team="合作组"),
)


def hire(*, scopes: Mapping[str, Scope], teams: Mapping[str, Node], since: date) -> dict[str, Person]:
    """Makes the people, their grants, duties and responsibilities; what is there already stays. By user name."""
    people: dict[str, Person] = {}
    admin: Person | None = None
    for somebody in PEOPLE:
        person = Person.objects.filter(username=somebody.username).first() or make_person(
            username=somebody.username,
            display_name=somebody.name,
            email=f"{somebody.username}@example.com",
            language=somebody.language,
            password=PASSWORD if somebody.role else None,
            person=admin,
        )
        if person.email and person.email_verified_at is None:
            person = confirm_address(
                whom=person, kind=AddressKind.EMAIL, address=person.email, person=admin or person
            )
        people[somebody.username] = person
        admin = admin or person
        if somebody.role:
            grant_role(whom=person, role=somebody.role, scope=scopes[somebody.area], person=admin)
        for duty in somebody.duties:
            assign_duty(name=duty, scope=scopes["company"], whom=person, person=admin)
        own = [scopes[area] for area in somebody.responsible]
        if somebody.team:
            own.append(ensure_scope(nodes=[teams[somebody.team]]))
        for scope in own:
            if not Responsibility.objects.filter(scope=scope, person=person).exists():
                assign_responsibility(scope=scope, first_day=since, whose=person, person=admin)
    for name, channels in TEAMS:
        for channel in channels:
            scope = scopes[f"channel:{channel}"]
            if not Responsibility.objects.filter(scope=scope, team=teams[name.zh]).exists():
                assign_responsibility(scope=scope, first_day=since, team=teams[name.zh], person=admin)
    return people
