"""Every address of the project, with what belongs to either world in its path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from alerts.answer_links import token_for
from tests.decisions.plans import PLAN
from tests.foreign import of_keeping, of_sending
from tests.foreign.of_boards import is_of_boards
from tests.foreign.of_budgets import KINDS, is_of_budgets
from tests.foreign.of_feedback import ACTS, is_of_feedback
from tests.foreign.of_feedback import KINDS as KINDS_OF_FEEDBACK
from tests.foreign.worlds import (
    WORLDS,
    Company,
    code,
)


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
        "alerts:episode_why": ["rule-alert", "crossrule-alert"],
        "alerts:episode_task": ["rule-alert", "crossrule-alert"],
        **{
            f"alerts:episode_{way}": ["rule-alert", "crossrule-alert"]
            for way in ("acknowledge", "hand_over", "close")
        },
        "api:episode": ["rule-alert", "crossrule-alert"],
        **{
            f"api:episode_{way}": ["rule-alert", "crossrule-alert"]
            for way in ("acknowledge", "hand_over", "close")
        },
        "alerts:rule_edit": ["rule", "crossrule"],
        "alerts:rule_who": ["rule", "crossrule"],
        "alerts:rule_switch": ["rule", "crossrule"],
        "alerts:policy_edit": ["policy"],
        "alerts:policy_remove": ["policy"],
        "alerts:rota": ["rota"],
        "alerts:rota_edit": ["rota"],
        "alerts:rota_remove": ["rota"],
        "alerts:rota_swap": ["rota"],
        "api:rule": ["rule", "crossrule"],
        "alerts:silence": ["rule-silence", "crossrule-silence"],
        "alerts:silence_end": ["rule-silence", "crossrule-silence"],
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
        "customers:margin_remove": ["margin"],
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
    if is_of_boards(pattern):
        keys = ["board"]
    if is_of_budgets(pattern):
        keys = list(KINDS)
    if is_of_feedback(pattern):
        keys = list(KINDS_OF_FEEDBACK)
    keys = {**of_sending.KEYS, **of_keeping.KEYS}.get(pattern, keys)
    if pattern.startswith("customers:") and not keys:
        keys = ["customer"]
    found = [{"pk": pks[key]} for key in keys] or [{"pk": pks["rule"]}]
    ways = ("region", "channel", "region/store", "region/shut", "region/joined", "channel/wanderer", "team")
    nodes = [made.nodes[way, world].pk for way in ways]
    if pattern == "channels:piece":
        nodes = [pks["piece"]]
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
        "rate_id": 1, "job_id": 1, "event_id": 1, "duty_id": 1, "responsibility_id": 1, "uidb36": "1", "key": "x-y",
        "provider_id": "company", "about": PLAN, "act": "open",
        "row_pk": pks["plan_row"],
        "slug": pks["slug"],
        "token": token_for(episode=pks["rule-alert"], person=pks["owner"]),
    }  # fmt: skip
    found = [
        {**one, "subject_id": pks[what]} for one in found for what in ("plan-subject", "crossplan-subject")
    ]
    if is_of_boards(pattern):
        charts = [pk for key, pk in pks.items() if key.startswith("panel-")]
        found = [{**one, "panel_pk": pk} for one in found for pk in charts]
    if pattern == "feedback:complaint_act":
        found = [{**one, "act": act} for one in found for act in ACTS]
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
