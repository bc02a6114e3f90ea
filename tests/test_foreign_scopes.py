"""Every address × every person × what is not hers: nothing of a foreign area is told, not even its name.

A company of two worlds (tests/two_worlds.py) is walked by people of every role. Each of them asks for every address
with what belongs to either world, in its path and behind its question mark, and posts whatever a form could carry; what
comes back, with headers, cookies and messages, may hold no word and no figure that is closed to her. What she wrote
herself may be said back to her.
"""

from __future__ import annotations

import html
import json
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any
from urllib.parse import unquote_plus, urlencode

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone, translation

from alerts.models import Message
from organization.api.throttling import MinuteThrottle
from organization.models import DIMENSIONS, Person
from organization.services.aliases import add_alias
from organization.services.errors import Refused
from organization.services.people import grant_role, revoke_grant, set_grants
from tests import two_worlds
from tests.api.callers import token_of
from tests.clean_slate import start_over
from tests.decisions.plans import PLAN
from tests.people import person
from tests.two_worlds import (
    MEMBERS,
    MONTH,
    TODAY,
    TREES,
    WORLDS,
    Company,
    Member,
    code,
    name,
    name_zh,
    path,
    slug,
)

# Each person asks one part of the plain addresses in 2 and of all else in so many; together they ask everything.
SHARES = 12
pytestmark = pytest.mark.django_db
EVERYBODY_KNOWS = [member for member in MEMBERS if member.grants == (("admin", "company"),)]
RESTRICTED = [member for member in MEMBERS if member not in EVERYBODY_KNOWS]


# -- What is asked ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """One request. `typed` is all that it says itself, which may be said back."""

    method: str
    url: str
    body: Any = None
    kind: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    pattern: str = ""

    @property
    def plain(self) -> bool:
        return self.method == "GET" and "?" not in self.url

    @property
    def typed(self) -> str:
        body = (
            self.body
            if isinstance(self.body, str)
            else json.dumps(self.body, ensure_ascii=False, default=str)
        )
        return unquote_plus(self.url) + (body if self.body is not None else "")


@dataclass(frozen=True)
class Told:
    ask: Ask
    status: int
    text: str


def patterns() -> Iterator[tuple[str, URLPattern]]:
    def walk(resolver: URLResolver, namespace: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
            elif isinstance(entry, URLPattern):
                yield f"{namespace}{entry.name}", entry

    yield from walk(get_resolver(), "")


AIMS = ("objective", "crossobjective")
OF_OBJECTIVES = tuple(
    f"kpis:{way}"
    for way in (
        "objective", "objective_edit", "objective_begin", "objective_remove", "objective_close", "objective_carry_over",
        "key_result_new",
    )
)  # fmt: skip
OF_CONNECTIONS = tuple(
    f"alerts:connection{way}" for way in ("", "_test", "_confirm", "_switch", "_secret", "_remove")
)
OF_SCORES = ("kpis:scorecard_score", "kpis:scorecard_plan", "api:score_plan", "api:score_plan_notes")
OF_KEY_RESULTS = ("kpis:key_result_edit", "kpis:key_result_remove", "kpis:check_in", "api:check_ins")


def arguments(made: Company, pattern: str, world: str) -> list[dict[str, Any]]:
    """What an address's arguments can be in a world, by the thing that it is about."""
    pks = made.things[world]
    subject = {
        "alerts:episode": ["rule-alert", "crossrule-alert"],
        "api:episode": ["rule-alert", "crossrule-alert"],
        "alerts:rule_edit": ["rule", "crossrule"],
        "alerts:rule_switch": ["rule", "crossrule"],
        "api:rule": ["rule", "crossrule"],
        **{pattern: ["connection"] for pattern in OF_CONNECTIONS},
        "alerts:message": ["message"],
        "alerts:message_html": ["message"],
        "kpis:entered_value": ["value0", "value1"],
        "kpis:calibration": ["calibration", "crosscalibration"],
        "kpis:change_undo": ["change", "crosschange"],
        "api:target_change_undo": ["change", "crosschange"],
        "kpis:warning_answer": ["warning", "crosswarning"],
        "api:target_warning_answer": ["warning", "crosswarning"],
        "kpis:benchmark_remove": ["benchmark"],
        "api:benchmark": ["benchmark"],
        "kpis:scorecard_edit": ["card"],
        "kpis:scorecard_put_away": ["card"],
        **{pattern: ["score", "teamscore"] for pattern in OF_SCORES},
        "api:calibration": ["calibration", "crosscalibration"],
        "api:calibration_file": ["calibration", "crosscalibration"],
        **{pattern: list(AIMS) for pattern in OF_OBJECTIVES},
        **{
            pattern: [f"{what}-{kind}" for what in AIMS for kind in ("hand", "tied")]
            for pattern in OF_KEY_RESULTS
        },
        "kpis:milestone_tick": ["objective-milestone", "crossobjective-milestone"],
        "decisions:task": ["plan-task", "crossplan-task"],
        "decisions:away_end": ["delegation"],
        "api:proposal": ["plan", "crossplan"],
        "api:decide": ["plan", "crossplan"],
        "api:task_done": ["plan-task", "crossplan-task"],
        "organization:token_revoke": ["token"],
        "ingest:source": ["source"],
        "ingest:check": ["check"],
    }
    app, _, view = pattern.partition(":")
    if view.startswith("pull_"):
        keys = ["pull"]
    elif app == "ingest" or (app == "api" and view in ("import", "rejects", "undo")):
        keys = subject.get(pattern, ["import"])
    else:
        keys = subject.get(pattern, [])
    if app == "decisions" and not keys:
        keys = ["plan", "crossplan"]
    found = [{"pk": pks[key]} for key in keys] or [{"pk": pks["rule"]}]
    ways = ("region", "channel", "region/store", "region/shut", "region/joined", "channel/wanderer", "team")
    nodes = [made.nodes[way, world].pk for way in ways]
    if "alias" in pattern or "undo" in view:
        pairs = [("region", pks["alias"], pks["change"]), ("channel/wanderer", pks["alias"], pks["away"])]
        nodes_of = [
            {"node_id": made.nodes[way, world].pk, "alias_id": alias, "change_id": change}
            for way, alias, change in pairs
        ]
    else:
        nodes_of = [{"node_id": pk} for pk in nodes]
    rest = {
        "person_id": pks["owner"], "code": pks["layout"], "kind": "email", "secret": "zq", "link": "zq",
        "rate_id": 1, "event_id": 1, "duty_id": 1, "responsibility_id": 1, "uidb36": "1", "key": "x-y",
        "provider_id": "company", "about": PLAN,
    }  # fmt: skip
    found = [
        {**one, "subject_id": pks[what]} for one in found for what in ("plan-subject", "crossplan-subject")
    ]
    areas = [code("region", world), f"{code('channel', world)}+{code('region', world)}", code("team", world)]
    return [{**rest, **one, **two, "area": area} for one, two, area in product(found, nodes_of, areas)]


def addresses(made: Company) -> dict[str, list[str]]:
    """Every address with the things of both worlds, by its pattern's name; each once."""
    found: dict[str, list[str]] = {}
    for pattern, entry in patterns():
        names = set(entry.pattern.converters) | set(
            getattr(entry.pattern, "regex", re.compile("")).groupindex
        )
        urls: list[str] = []
        for world in WORLDS:
            for all_of_them in arguments(made, pattern, world):
                try:
                    url = reverse(pattern, kwargs={key: all_of_them[key] for key in names})
                except NoReverseMatch:
                    url = (
                        "/api/zq" if "api_nothing" in pattern else pytest.fail(f"no arguments for {pattern}")
                    )
                if url not in urls:
                    urls.append(url)
        found[pattern] = urls
    return found


FRAGMENTS = ("dashboards:why", "dashboards:places", "kpis:target", "kpis:movement", "kpis:suggest")
OVERVIEW = ("dashboards:overview", "dashboards:why", "dashboards:places")


def questions(pattern: str) -> Iterator[dict[str, str]]:
    """What stands behind the question mark: areas of either world under every name that any page reads."""
    if pattern in OVERVIEW:
        turned = {"period": MONTH, "metric": "revenue", "dimension": "channel"}
        yield turned
        for by in ("channel", "region", "product"):
            yield {**turned, "by": by, "dimension": by, "rank": "worst", "step": "day"}
        for world in WORLDS:
            for dimension in ("region", "channel", "product"):
                yield {**turned, dimension: slug(dimension, world)}
                yield {**turned, dimension: slug(dimension, world), "dimension": dimension, "by": dimension}
            for way in (
                "region/store",
                "region/shut",
                "region/joined",
                "channel/campaign",
                "channel/wanderer",
            ):
                yield {**turned, way.split("/")[0]: path(way, world)}
            yield {**turned, "area": code("team", world)}
            for other in WORLDS:
                crossed = {"region": slug("region", world), "channel": slug("channel", other)}
                yield {**turned, **crossed}
                yield {**turned, **crossed, "by": "product", "period": "2026"}
                yield {"area": f"{code('region', world)}+{code('channel', other)}", **turned}
            for dimension in ("region", "channel", "product"):
                yield {**turned, "dimension": dimension, "q": slug(dimension, world)[:8]}
                yield {**turned, "dimension": dimension, "q": name(dimension, world)}
        yield {**turned, "period": "zq", "area": "company"}
        yield {**turned, "by": "zq", "metric": "zq", "rank": "zq", "step": "zq"}
    elif pattern in (
        "api:scopes", "api:readings", "api:forecasts", "api:targets", "api:episodes", "api:proposals", "api:tasks",
        "api:objectives", "api:target_changes", "api:target_warnings", "api:calibrations",
    ):  # fmt: skip
        for world in WORLDS:
            for dimension in TREES:
                yield {"within": code(dimension, world)}
                yield {"scope": code(dimension, world), "metric": "revenue"}
                yield {"dimension": dimension, "search": slug(dimension, world)[:9], "archived": "true"}
            cut = f"{code('channel', world)}+{code('region', world)}"
            yield {"within": cut}
            yield {
                "scope": cut,
                "grain": "month",
                "from": "2026-11-01",
                "to": "2026-11-30",
                "as_of": "2026-11-20",
            }
            yield {"search": name("region", world)}
            yield {"search": name_zh("store", world), "archived": "true"}
        yield {"archived": "true", "limit": "3"}
        yield {"cursor": "zq"}
        yield {"state": "open", "tier": "critical", "status": "red,grey"}
    elif pattern in ("api:suggestions", "api:plan_check"):
        yield {"metric": "revenue", "year": str(TODAY.year + 1)}
        for world in WORLDS:
            for area in (code("region", world), f"{code('channel', world)}+{code('region', world)}"):
                yield {"metric": "revenue", "scope": area}
    elif pattern in ("api:scores", "kpis:scorecards"):
        yield {"period": "2026-10"}
        yield {"period": "2026-10", "subject": "team"}
        yield {"mine": "true", "card": "1"}
    elif pattern == "organization:nodes":
        for dimension in DIMENSIONS:
            yield {"dimension": dimension, "archived": "on"}
            for world in WORLDS:
                yield {
                    "dimension": dimension,
                    "text": slug(dimension, world)[:9],
                    "archived": "on",
                    "page": "1",
                }
                yield {"dimension": dimension, "text": f"zqother{dimension}{world}"}
    elif pattern == "organization:area_find":
        for word in ("", "z", "zq", "Zq", "密", *(slug("store", world) for world in WORLDS)):
            yield {"q": word}
    elif pattern in ("kpis:targets", "kpis:target"):
        for tree in ("", "region", "channel", "product", "team"):
            yield {"areas": tree, "month": MONTH, "metric": "revenue", "page": "2" if tree == "team" else "1"}
        yield {"month": MONTH, "since": "1", "was": "green"}
    elif pattern in ("kpis:grid", "kpis:grid_workbook", "kpis:grid_upload"):
        for world in WORLDS:
            yield {"year": MONTH[:4], "metric": "revenue", "below": code("region", world)}
        for tree in ("region", "channel", "product"):
            yield {"year": MONTH[:4], "metric": "roas", "areas": tree}
    elif pattern in ("kpis:break_down", "kpis:plan_check", "kpis:suggest"):
        for world in WORLDS:
            for area in (code("region", world), f"{code('channel', world)}+{code('region', world)}"):
                asked = {"metric": "revenue", "area": area, "period": str(TODAY.year + 1)}
                yield {**asked, "tree": "region", "method": "history", "total": "100"}
            yield {
                "area": name("region", world),
                "tree": "channel",
                "time": "",
                "method": "equal",
                "total": "5",
            }
        for metric in ("revenue", "roas"):
            yield {"metric": metric, "year": MONTH[:4], "area": "company", "tree": "region"}
    elif pattern == "api:movement":
        for world in WORLDS:
            cut = f"{code('channel', world)}+{code('region', world)}"
            for area in (code("region", world), code("channel", world), cut, "company"):
                for against in ("last_period", "expected"):
                    yield {"metric": "revenue", "scope": area, "period": MONTH, "against": against}
    elif pattern == "kpis:calibrations":
        yield {"show": "all", "page": "1"}
    elif pattern == "kpis:history":
        for world in WORLDS:
            areas = (
                code("region", world),
                f"{code('channel', world)}+{code('region', world)}",
                code("team", world),
            )
            for area in areas:
                yield {"metric": "revenue", "area": area, "period": MONTH}
    elif pattern == "kpis:movement":
        for against in ("last_period", "last_year", "expected"):
            yield {"metric": "revenue", "period": MONTH, "against": against}
    elif pattern in ("kpis:okr", "kpis:okr_tree", "kpis:okr_mine", "kpis:objective_new"):
        for world in WORLDS:
            yield {"quarter": "2026-Q4", "team": path("team", world), "level": "team"}
            yield {"supports": f"o{world}", "page": "zq"}
    elif pattern in ("kpis:entered", "alerts:rule_new"):
        for world in WORLDS:
            yield {"measure": "leads", "area": code("region", world), "scope": code("channel", world)}
    else:
        yield {
            "area": code("region", "b"), "text": slug("region", "b"), "q": "zq", "next": "/?region=zq", "page": "2",
            "person": "1", "state": "sent", "dimension": "region", "at": "1",
        }  # fmt: skip


def _bodies(pattern: str, world: str) -> list[dict[str, Any]]:
    """Of addresses that take one of their own."""
    region, store = code("region", world), f"region:{path('region/store', world)}"
    asked = {"metric": "revenue", "period": str(TODAY.year + 1), "total": "100", "method": "equal"}
    bodies: dict[str, list[dict[str, Any]]] = {
        "api:break_downs": [
            {**asked, "scope": region, "tree": "region", "dry_run": True},
            {**asked, "scope": region, "tree": "region", "locks": [{"scope": store, "value": "7"}]},
            {**asked, "scope": f"{code('channel', world)}+{region}", "time": "month", "season": "equal"},
        ],
        "api:break_down_apply": [{"preview": "zq"}],
        "api:calibration_file": [
            {
                "cause": "market",
                "reason": "zq",
                "plan": "zq",
                "numbers": [{"period": "2027-03", "value": "7"}],
            }
        ],
        "api:target_warning_answer": [{"answer": "zq"}],
        "api:benchmarks": [
            {"metric": "revenue", "scope": region, "value": "1", "first_day": "2099-02-01", "source": "zq"}
        ],
        **{
            one: [
                {
                    "name": "zq",
                    "metric": "revenue",
                    "scope": region,
                    "people": [{"person": "zqnobody"}],
                    "levels": [{"level": "watch", "condition": {"kind": "stale", "days": 400}}],
                }
            ]
            for one in ("api:rules", "api:rule")
        },
        "api:score_plan": [{"goal": "zq", "mentor": "manager"}],
        "api:score_plan_notes": [{"text": "zq"}],
    }
    return bodies.get(pattern, [])


def posted(made: Company, pattern: str, url: str) -> Iterator[tuple[Any, str]]:
    """Bodies: whatever any form of the project reads, filled with what belongs to the one or the other world."""
    if pattern.startswith("api:"):
        rows = [
            {"scope": code("region", world), "metric": "revenue", "period": MONTH, "value": "5", "version": 0}
            for world in WORLDS
        ]
        facts = [
            {
                "day": "2026-11-11",
                "region": slug("region", world),
                "channel": slug("channel", world),
                "revenue": "x",
            }
            for world in WORLDS
        ]
        bodies: list[dict[str, Any]] = [
            {"source": slug("source", "b"), key: lines} for key, lines in (("targets", rows), ("rows", facts))
        ]
        for world in WORLDS:
            bodies += _bodies(pattern, world)
        for body in bodies:
            yield json.dumps(body), "application/json"
        return
    for world in WORLDS:
        pks = made.things[world]
        region, channel = made.nodes["region", world], made.nodes["channel", world]
        store = made.nodes["region/store", world]
        body = {
            "name": f"other {world}", "name_zh": "", "alias": f"zqotherregion{world}", "text": "zq", "into": region.pk,
            "below": channel.pk, "last": "999999", "enabled": "1", "back": "areas", "state": "sent",
            "area": f"{region.code}+{channel.code}", "metric": "1", "grain": "month", "below_": "one",
            "watch-0-kind": "attainment", "watch-0-below": "100", "schedule": "changes", "margin": "2", "keep_periods": "1", "measure": "6",
            "period": MONTH, "value": "5", "note": "x", "version": "1", "lines": "\n".join(
                f"{where}\t{MONTH}\t5" for where in (region.code, store.code, "zqnowhere")
            ), f"target-{region.scope.pk}": "7", f"version-{region.scope.pk}": "0", "person": str(pks["owner"]),
            "display_name": "Me", "language": "en", "time_zone": "Asia/Shanghai", "kind": "email", "code": "123456",
            "people-TOTAL_FORMS": "1", "people-INITIAL_FORMS": "0", "people-0-person": str(pks["owner"]),
            "people-0-way": "email", "people-0-from_level": "1", "next": "/?region=zq", "theme": "dark",
            "title": f"zqmine{world}", "level": "team", "owner": str(pks["owner"]), "commitment": "committed",
            "supports": f"k{pks['objective-tied']}", "how": "metric", "baseline": "1", "target": "2", "weight": "1",
            "confidence": "11", "revision": "1", "done": "1",
            "verdict": "reject", "do": "done", "to": str(made.people["Viewer"].pk),
            "source": str(pks["source"]), "roles-TOTAL_FORMS": "1", "roles-0-role": "admin", "roles-0-area": "company",
        }  # fmt: skip
        yield body, ""
        if pattern == "kpis:grid_save":
            cells = [
                {"metric": "revenue", "area": one.scope.key, "month": f"{TODAY.year + 1}-01", "text": "5"}
                for one in (region, channel, store)
            ]
            yield json.dumps({"cells": cells}), "application/json"
        if pattern == "alerts:rules_import":
            text = f"rules:\n- name: zq{world}\n  metric: revenue\n  scope: {region.code}\n  levels: []\n"
            yield {"text": text, "do": "apply"}, ""
        if pattern == "kpis:learn_again":
            yield {"metric": "revenue", "area": region.code, "period": MONTH}, ""
        if pattern == "kpis:break_down":
            for method in ("stage", "equal"):
                yield (
                    {
                        "metric": "revenue", "area": region.code, "period": str(TODAY.year + 1), "total": "100",
                        "tree": "region", "method": method, "state": json.dumps({"out": [f"n{store.pk}"]}),
                    },
                    "",
                )  # fmt: skip
        if pattern.startswith("organization:node"):
            yield {**body, "into": store.pk, "below": region.pk, "name": name("region", world)}, ""
        if pattern in (
            "alerts:rule_new",
            "alerts:rule_edit",
            "alerts:rule_preview",
            "kpis:entered",
            "kpis:entered_paste",
        ):
            yield (
                {
                    **body,
                    "area": name("region", world),
                    "below": "region",
                    "lines": f"{name_zh('store', world)}\t2026-11\t5",
                },
                "",
            )
        if pattern == "alerts:connection":
            for figures in ("keep", "area", "none"):
                yield (
                    {**body, "figures": figures, "area": name("region", world), "part_key": "zqtypedkey"},
                    "",
                )
        if pattern == "organization:alias_add":
            yield {**body, "alias": slug("region", world)}, ""


NOT_WALKED = {
    "account_logout",  # ends the walk
    "organization:leave_elsewhere",
    "metrics",  # opened by a token of the machine's, not of a person
    "ingest:pull_test",  # calls an address (a POST that IMPORT guards; who may is in tests/test_every_url.py)
}


def asks(made: Company) -> list[Ask]:
    found: dict[tuple[Any, ...], Ask] = {}

    def add(method: str, url: str, body: Any = None, kind: str = "", **headers: str) -> None:
        one = Ask(method, url, body, kind, tuple(headers.items()), pattern)
        found.setdefault((method, url, repr(body), one.headers), one)

    for pattern, urls in addresses(made).items():
        for url in urls:
            add("GET", url)
            for query in questions(pattern):
                if len(urls) < 3 or len(query) > 3:
                    in_place = (
                        {"HX_Request": "true", "HX_Current_URL": "/?region=zq"}
                        if pattern in FRAGMENTS
                        else {}
                    )
                    add("GET", f"{url}?{urlencode(query)}", **in_place)
        for url in urls[:: max(1, len(urls) // 2)]:
            add("HEAD", url)
        if pattern in NOT_WALKED:
            continue
        for url in urls if len(urls) < 5 else urls[:: len(urls) // 4]:
            for body, kind in posted(made, pattern, url):
                add("POST", url, body, kind)
                if pattern in ("api:targets", "api:score_plan"):
                    add("PUT", url, body, kind)
        if pattern.startswith("api:"):
            add("DELETE", urls[0])
            add("OPTIONS", urls[0])
    for way in ("organization:node_merge", "organization:node_move"):
        pattern = way
        for one, other in product(WORLDS, WORLDS):
            for child, target in (
                ("region/store", "region"),
                ("channel/wanderer", "channel"),
                ("region", "region"),
            ):
                url = reverse(way, args=[made.nodes[child, one].pk])
                at = made.nodes[target, other].pk
                add("GET", f"{url}?into={at}&below={at}")
                add("POST", url, {"into": at, "below": at})
                add("GET", f"{url}?below=top&text=zq")
    return list(found.values())


# -- What is told -------------------------------------------------------------------------------------


@dataclass
class Walk:
    """What one person was told, and what of it was not hers to know."""

    member: Member
    closed: frozenset[str]
    leaks: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    asked: int = 0
    broken: list[str] = field(default_factory=list)

    def hear(self, told: Told, secrets: frozenset[str]) -> None:
        self.asked += 1
        self.statuses[told.status] += 1
        if told.status >= 500 and told.ask.pattern != "healthz":  # which says 503 where no beat runs
            self.broken.append(f"{told.ask.method} {told.ask.url} {told.status}")
        words = said_of(secrets, told.text)
        for word in words & self.closed:
            if word not in told.ask.typed:
                self.leaks[told.ask.pattern, word].append(f"{told.ask.method} {told.ask.url} {told.status}")

    def report(self) -> str:
        return "\n".join(
            f"  {pattern}: {word!r} in {len(places)} answers, such as {unquote_plus(places[0])}"
            for (pattern, word), places in sorted(self.leaks.items())
        )


_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def text_of(response: Any) -> str:
    """All that reaches her: the body as she reads it, the headers, the cookies."""
    body = b"".join(response) if response.streaming else response.content
    if body[:2] == b"PK":
        body = b"xlsx" + body
    plain = html.unescape(_ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), body.decode("utf-8", "replace")))
    said = [f"{key}: {unquote_plus(value)}" for key, value in response.items()]
    cookies = [
        f"{key}={cookie.value}" for key, cookie in response.cookies.items() if key not in _PLAIN_COOKIES
    ]
    return "\n".join([unquote_plus(plain) if "%" in plain else plain, *said, *cookies])


_PLAIN_COOKIES = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}


class Nothing(Exception):
    """Takes back whatever a request has written."""


def client_of(made: Company, member: Member, language: str = "en") -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(made.people[member.label], backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


def answer(client: Client, ask: Ask) -> list[Told]:
    """The answer, and the page that it leads to, with its messages. Whatever was written is taken back."""
    headers = {key.replace("_", "-"): value for key, value in ask.headers}
    told: list[Told] = []
    cookies: Any = client.cookies.copy()
    try:
        with transaction.atomic():
            if ask.kind:
                response: Any = client.generic(
                    ask.method, ask.url, ask.body, content_type=ask.kind, headers=headers
                )
            elif ask.method == "POST":
                response = client.post(ask.url, ask.body or {}, headers=headers)
            else:
                response = client.generic(ask.method, ask.url, headers=headers)
            told.append(Told(ask, response.status_code, text_of(response)))
            if ask.method == "POST" and response.status_code in (302, 303):
                page = client.get(response["Location"])
                told.append(Told(ask, page.status_code, text_of(page)))
            if ask.method != "GET":
                raise Nothing
    except Nothing:
        client.cookies = cookies
    return told


@pytest.fixture(scope="module")
def company(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    """Made once for the module and committed, since imports need transactions of their own; swept away after it."""
    patch = pytest.MonkeyPatch()
    patch.setattr(
        timezone, "localdate", lambda value=None, timezone=None: TODAY if value is None else value.date()
    )
    patch.setattr(MinuteThrottle, "allow_request", lambda self, request, view: True)
    patch.setattr(settings, "UPLOAD_DIR", tmp_path_factory.mktemp("uploads"))
    logging.disable(logging.CRITICAL)
    with django_db_blocker.unblock():
        try:
            yield two_worlds.build()
        finally:
            start_over()
            patch.undo()
            logging.disable(logging.NOTSET)
            translation.deactivate()


@pytest.fixture(scope="module")
def every_ask(company: Company) -> list[Ask]:
    return asks(company)


def said_of(secrets: frozenset[str], text: str) -> set[str]:
    """Which of the words a text says: where one begins with another, the longer; no part of a number."""
    there = frozenset(
        word for word in secrets if word in text
    )  # many times quicker than to try each at each letter
    return set(pattern_of(there).findall(text)) if there else set()


@lru_cache(maxsize=1024)
def pattern_of(words: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    parts = [
        rf"(?<![\d.,]){re.escape(word)}(?!\d)" if word.replace(",", "").isdigit() else re.escape(word)
        for word in longest_first
    ]
    return re.compile("|".join(parts))


def walk(made: Company, member: Member, todo: list[Ask]) -> Walk:
    """Her share of all that can be asked, every other time in Chinese."""
    secrets = frozenset({*made.secrets, *made.figures})
    done = Walk(member, made.closed_to(member))
    clients = [client_of(made, member, language) for language in ("en", "zh-hans")]
    place = MEMBERS.index(member)
    for number, ask in enumerate(todo):
        if (number + place) % (2 if ask.plain else SHARES):
            continue
        for told in answer(clients[number % 2], ask):
            done.hear(told, secrets)
    return done


@pytest.mark.parametrize("member", RESTRICTED, ids=lambda member: member.label)
def test_no_address_tells_her_what_is_not_hers(
    member: Member, company: Company, every_ask: list[Ask]
) -> None:
    done = walk(company, member, every_ask)
    assert done.asked > 150
    assert not done.leaks, f"{member.label} is told:\n{done.report()}"
    assert not done.broken, f"{member.label} breaks {done.broken}"


def test_the_walk_meets_the_words_that_it_looks_for(company: Company, every_ask: list[Ask]) -> None:
    """Or it would find nothing because there is nothing to be found: the administrator reads nearly all of them."""
    wanted: list[set[str]] = []  # of each at least one
    for world in WORLDS:
        for what in (
            "region",
            "channel",
            "store",
            "campaign",
            "product",
            "rule",
            "source",
            "layout",
            "pull",
            "owner",
        ):
            wanted.append({name(what, world), name_zh(what, world)})
        wanted += [{f"zqaudit{world}"}, {f"zqnote0{world}"}]
    secrets = frozenset({*company.secrets, *company.figures})
    figures = set(company.figures)
    met: set[str] = set()
    clients = [client_of(company, EVERYBODY_KNOWS[0], language) for language in ("en", "zh-hans")]
    asked = [
        ask
        for ask in every_ask
        if ask.plain or ("?" in ask.url and ask.pattern in (*OVERVIEW, "organization:nodes"))
    ]
    turns: Counter[str] = Counter()
    in_turn: list[
        tuple[int, int]
    ] = []  # the first of each address, the second of each, ... until all words are met
    for ask in asked:
        in_turn.append((turns[ask.pattern], len(in_turn)))
        turns[ask.pattern] += 1
    for number, (_turn, at) in enumerate(sorted(in_turn)):
        ask = asked[at]
        for told in answer(clients[number % 2], ask):
            met |= said_of(secrets, told.text)
        if len(met & figures) > 12 and all(words & met for words in wanted):
            return
    missed = [words for words in wanted if not words & met]
    pytest.fail(f"never read: {missed}, and only {len(met & figures)} figures")


LABELS = ("Viewer of A", "Viewer of B", "Lead of the cross", "Viewer", "Manager of channel A", "Viewer of A")
HOT = [
    f"/?period={MONTH}",
    f"/?period={MONTH}&by=region",
    f"/why/?metric=revenue&period={MONTH}",
    "/alerts/",
    "/targets/",
]


def strangers_words(company: Company, label: str, text: str) -> set[str]:
    member = next(one for one in MEMBERS if one.label == label)
    return said_of(frozenset({*company.secrets, *company.figures}), text) & company.closed_to(member)


@pytest.mark.parametrize("order", [LABELS, LABELS[::-1]], ids=["forwards", "backwards"])
@pytest.mark.parametrize("url", HOT)
def test_what_was_kept_for_one_never_reaches_another(
    order: tuple[str, ...], url: str, company: Company
) -> None:
    marks: list[str] = []
    for label in (*order, *order):  # from the second time on, pages come from the cache
        client = client_of(company, next(one for one in MEMBERS if one.label == label))
        response = client.get(url)
        assert not strangers_words(company, label, text_of(response)), label
        for mark in marks:  # another's ETag opens nothing: 304 only for her own page
            again = client.get(url, headers={"If-None-Match": mark})
            assert again.status_code == response.status_code or mark == response.get("ETag")
            assert not strangers_words(company, label, text_of(again))
        if "ETag" in response and response["ETag"] not in marks:
            marks.append(response["ETag"])


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/api/v1/scopes/",
        "/api/v1/readings/",
        "/organization/areas/?dimension=region",
        "/alerts/",
        "/targets/",
    ],
)
def test_what_was_granted_and_taken_away_again_is_gone_with_the_next_request(
    url: str, company: Company
) -> None:
    whom, admin = company.people["Viewer of A"], company.people["Admin"]
    member = next(one for one in MEMBERS if one.label == "Viewer of A")
    client = client_of(company, member)
    granted = grant_role(whom=whom, role="viewer", scope=company.nodes["region", "b"].scope, person=admin)
    before = client.get(f"{url}?region={slug('region', 'b')}" if url == "/" else url)
    assert strangers_words(company, member.label, text_of(before))
    revoke_grant(grant=granted, person=admin)
    after = client.get(url, headers={"If-None-Match": before.get("ETag", "*-")})
    assert after.status_code == 200
    assert not strangers_words(company, member.label, text_of(after))


def test_a_cursor_of_another_person_opens_nothing(company: Company) -> None:
    whose = client_of(company, EVERYBODY_KNOWS[0])
    address = whose.get("/api/v1/readings/?limit=1").json()["next"]
    for member in RESTRICTED:
        if member.grants:
            response = client_of(company, member).get(address)
            assert response.status_code == 400
            assert not strangers_words(company, member.label, text_of(response))


def test_a_weaker_role_opens_less_from_the_next_request_on(company: Company) -> None:
    whom, admin = company.people["Manager of A"], company.people["Admin"]
    client = client_of(company, next(one for one in MEMBERS if one.label == "Manager of A"))
    address = reverse("organization:node_merge", args=[company.nodes["region/store", "a"].pk])
    assert client.get(address).status_code == 200
    set_grants(whom=whom, wanted=[("viewer", company.nodes["region", "a"].scope)], person=admin)
    assert client.get(address).status_code == 403


def test_who_left_is_told_nothing_neither_in_her_session_nor_by_her_token(company: Company) -> None:
    whom, admin = company.people["Viewer of B"], company.people["Admin"]
    client = client_of(company, next(one for one in MEMBERS if one.label == "Viewer of B"))
    _token, secret = token_of(whom)
    program = {"Authorization": f"Bearer {secret}"}
    assert client.get("/").status_code == 200
    assert Client().get("/api/v1/scopes/", headers=program).status_code == 200
    Person.objects.filter(pk=whom.pk).update(is_active=False)
    for url in ("/", "/alerts/", "/api/v1/scopes/", "/organization/areas/"):
        for response in (client.get(url), Client().get(url, headers=program)):
            assert response.status_code in (302, 401)
            assert not said_of(frozenset(company.secrets), text_of(response))
    assert admin.is_active


@pytest.mark.parametrize("world", WORLDS)
def test_a_message_to_who_lacks_the_grant_has_no_figure_and_no_areas_name(
    world: str, company: Company
) -> None:
    told = Message.objects.filter(notices__event__episode=company.things[world]["rule-alert"]).select_related(
        "person"
    )
    assert {message.person.display_name for message in told if message.person} == {
        "Lead of A",
        "Viewer of B",
        "Admin",
    }
    for message in told:
        assert message.person is not None
        text = "\n".join(
            [message.subject, message.text, html.unescape(message.html), json.dumps(message.fields)]
        )
        rule = {name("rule", world)}  # by which she knows whom to ask
        assert strangers_words(company, message.person.display_name, text) <= rule


@pytest.mark.parametrize("world", WORLDS)
def test_what_another_keeps_is_not_named_in_a_refusal(world: str, company: Company) -> None:
    other = "b" if world == "a" else "a"
    member = Member("Keeper", (("manager", code("region", world)),))
    whom = person("Keeper")
    grant_role(whom=whom, role="manager", scope=company.nodes["region", world].scope, person=None)
    for typed in (f"zqotherregion{other}", slug("region", other)):
        with pytest.raises(Refused) as refused:
            add_alias(node=company.nodes["region", world], name=typed, person=whom)
        said = str(refused.value)
        closed = company.closed_to(member)
        assert not [word for word in closed if word in said and word != typed], said


def test_a_move_that_went_through_anothers_channel_is_not_told_by_its_name(company: Company) -> None:
    keeper = company.people["Manager of channel A"]
    page = client_of(company, next(one for one in MEMBERS if one.label == "Manager of channel A")).get(
        reverse("organization:node", args=[company.nodes["channel/wanderer", "a"].pk])
    )
    assert page.status_code == 200
    assert not strangers_words(company, keeper.display_name, text_of(page))
