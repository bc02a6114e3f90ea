"""Where alerts stand is written in one place alone, `alerts/services/apply.py`: read from the source, not from one run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
WRITER = "alerts/services/apply.py"
APPS = ("alerts", "kpis", "ingest", "dashboards", "channels", "decisions", "organization", "common", "config")
KEPT = {
    "state", "tier", "since", "period", "streaks", "settled_tier", "recent", "flapping", "outcome", "reason",
    "peak_tier", "closed_at", "close_reason",
}  # fmt: skip
ABOUT = re.compile(r"\b(Instance|Episode)\b|\b(instances?|episodes?)\b", re.IGNORECASE)
MODEL = re.compile(r"\b(Instance|Episode)\b|\.(instances|episodes)\b")
WRITES = {"update", "aupdate", "bulk_update", "update_or_create", "get_or_create", "create", "save", "asave"}
SQL = re.compile(r"\b(UPDATE|INSERT\s+INTO)\s+\"?alerts_(instance|episode)\b", re.IGNORECASE)


def writes(source: str) -> list[str]:
    """What in a module writes a kept column of Instance or Episode. It would rather name one too many."""
    tree = ast.parse(source)
    theirs = set(_names(tree))
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            spread = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Attribute)]
            found += [one for one in spread if one.attr in KEPT and _is_theirs(one.value, theirs)]
        elif isinstance(node, ast.Call):
            if _writes(node, theirs):
                found.append(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _sets(node.value):
            found.append(node)
    return [f"{one.lineno}: {ast.unparse(one)[:80]}" for one in found]


def _sets(sql: str) -> bool:
    """Whether a statement sets a kept column; what a condition compares does not count."""
    return bool(SQL.search(sql)) and bool(set(re.findall(r"\w+", re.split(r"\bFROM\b", sql)[0])) & KEPT)


def _names(tree: ast.Module) -> Iterator[str]:
    """Variables that come from the models, or are declared to be theirs."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.For | ast.comprehension | ast.withitem | ast.NamedExpr):
            value, targets = _bound(node)
            if value is not None and MODEL.search(ast.unparse(value)):
                yield from (one.id for two in targets for one in ast.walk(two) if isinstance(one, ast.Name))
        elif isinstance(node, ast.arg) and node.annotation and MODEL.search(ast.unparse(node.annotation)):
            yield node.arg
        elif isinstance(node, ast.AnnAssign) and MODEL.search(ast.unparse(node.annotation)):
            yield ast.unparse(node.target)


def _bound(node: ast.AST) -> tuple[ast.expr | None, list[ast.expr]]:
    if isinstance(node, ast.Assign):
        return node.value, node.targets
    if isinstance(node, ast.For | ast.comprehension):
        return node.iter, [node.target]
    if isinstance(node, ast.NamedExpr):
        return node.value, [node.target]
    assert isinstance(node, ast.withitem)
    return node.context_expr, [node.optional_vars] if node.optional_vars else []


def _is_theirs(value: ast.expr, theirs: set[str]) -> bool:
    if isinstance(value, ast.Name):
        return value.id in theirs or bool(ABOUT.fullmatch(value.id))
    return isinstance(value, ast.Attribute) and bool(ABOUT.fullmatch(value.attr))


def _writes(call: ast.Call, theirs: set[str]) -> bool:
    if isinstance(call.func, ast.Name):
        if call.func.id == "setattr":
            return bool(call.args) and _is_theirs(call.args[0], theirs)
        return call.func.id in ("Instance", "Episode") and bool(_said(call) & KEPT)
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in WRITES:
        return False
    whose = call.func.value
    names = {one.id for one in ast.walk(whose) if isinstance(one, ast.Name)}
    if not (MODEL.search(ast.unparse(whose)) or names & theirs or _is_theirs(whose, theirs)):
        return False
    if call.func.attr in ("save", "asave"):  # without names it writes every column
        return "update_fields" not in {word.arg for word in call.keywords} or bool(_said(call) & KEPT)
    return bool(_said(call) & KEPT)


def _said(call: ast.Call) -> set[str]:
    """The columns that a call names: as keywords, in lists, or as keys."""
    said = {word.arg for word in call.keywords if word.arg}
    inside = [*call.args[1:], *(word.value for word in call.keywords)]
    strings = [one for part in inside for one in ast.walk(part) if isinstance(one, ast.Constant)]
    return said | {one.value for one in strings if isinstance(one.value, str)}


def test_nobody_else_writes_where_an_alert_stands() -> None:
    found = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name != WRITER and "/migrations/" not in name and (said := writes(path.read_text())):
                found[name] = said
    assert found == {}


def test_the_writer_itself_is_found() -> None:
    assert len(writes((ROOT / WRITER).read_text())) >= 5


@pytest.mark.parametrize(
    "line",
    [
        "Instance.objects.filter(pk=1).update(state='normal')",
        "rule.instances.filter(covered=True).update(covered=False, tier=0)",
        "Instance.objects.bulk_update(rows, ['covered', 'streaks'])",
        "Episode.objects.bulk_update(rows, fields=('closed_at',))",
        "Episode.objects.create(instance=one, tier=1, opened_at=now)",
        "Episode(instance=one, tier=1)",
        "Episode.objects.update_or_create(instance=one, defaults={'tier': 1})",
        "one = Instance.objects.get(pk=1)\none.state = 'normal'",
        "for one in Episode.objects.all():\n    one.closed_at = now",
        "def end(one: Episode) -> None:\n    one.tier = 0",
        "episode.closed_at, episode.note = now, ''",
        "row.instance.settled_tier = 0",
        "event.episode.tier += 1",
        "setattr(instance, name, value)",
        "episode.save()",
        "one = event.episodes.get()\none.save(update_fields=['tier'])",
        "cursor.execute('UPDATE alerts_instance SET covered = true, tier = 0')",
        "cursor.execute('insert into alerts_episode (tier) values (1)')",
    ],
)
def test_whatever_writes_one_is_found(line: str) -> None:
    assert len(writes(line)) >= 1


@pytest.mark.parametrize(
    "line",
    [
        "Instance.objects.filter(state='error').update(covered=False)",
        "Instance(rule=rule, scope=scope, metric=metric)",
        "episode.holder = person\nepisode.save(update_fields=['holder'])",
        "Episode.objects.filter(closed_at__isnull=True).update(next_step=2)",
        "message.state = 'sent'\nmessage.save()",
        "EpisodeEvent(episode=episode, tier=episode.tier, reason='unanswered')",
        "cursor.execute('UPDATE alerts_message SET state = 1')",
        "cursor.execute('SELECT state FROM alerts_instance FOR UPDATE')",
    ],
)
def test_what_writes_none_is_left_alone(line: str) -> None:
    assert writes(line) == []
