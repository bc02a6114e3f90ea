"""What is posted: whatever a form of the project could carry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.foreign.of_boards import fields as fields_of_boards
from tests.foreign.of_boards import is_of_boards
from tests.foreign.of_budgets import fields, is_of_budgets
from tests.foreign.of_feedback import fields as fields_of_feedback
from tests.foreign.of_feedback import is_of_feedback
from tests.foreign.worlds import (
    MONTH,
    TODAY,
    WORLDS,
    Company,
    code,
    name,
    name_zh,
    path,
    slug,
)


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
            "verdict": "reject", "do": "done", "until": "4", "cause": "The bridge", "to": str(made.people["Viewer"].pk),
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
        if pattern.startswith("alerts:silence"):
            for area in (region.code, name("region", world), f"{channel.code}+{region.code}"):
                yield (
                    {
                        "area": area, "rule": str(pks["rule"]), "reason": "zqwhy", "ends_at": "2099-01-01T00:00",
                        "until": "2020-01-01T00:00",
                    },
                    "",
                )  # fmt: skip
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
        if pattern == "customers:margins":
            yield {**body, "area": channel.code, "percent": "12", "first_day": "2026-01-01"}, ""
        if pattern == "channels:profile":
            yield {**body, "tier": "core", "state": "dropped", "why": "zq"}, ""
        if is_of_budgets(pattern):
            yield {**body, **fields(made, world)}, ""
        if is_of_boards(pattern):
            yield {**body, **fields_of_boards(made, world)}, ""
        if is_of_feedback(pattern):
            yield {**body, **fields_of_feedback(made, world)}, ""
        if pattern == "channels:propose":
            yield {**body, "change": "stop", "reason": "zq"}, ""
        if pattern == "organization:alias_add":
            yield {**body, "alias": slug("region", world)}, ""
