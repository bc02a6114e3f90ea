"""Rules as a YAML file: written to be kept beside others, read again with every fault at its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from alerts.models import Rule
from alerts.rule_data import Fault, RuleBodySerializer, as_data, draft_of
from alerts.services import RuleDraft, RuleRefused, save_rule
from alerts.services.rules import check
from organization.api.bodies import faults_in
from organization.gate import Action, get_scope_or_404, scopes_where
from organization.models import Person, Scope
from organization.services import ensure_scope

MOST_SIGNS = 500_000
MOST_RULES = 500
HEAD = "# Alert rules of Plumbline. A rule of the same name is changed, another one is made; none is taken away.\n"


class FileUnreadable(ValueError):
    """The file as a whole cannot be read; the message says why, for people."""


@dataclass(frozen=True)
class Line:
    """One rule of a file. `wrong` says what keeps it from being saved; `rule` is the one that it changes."""

    name: str
    draft: RuleDraft | None = None
    rule: Rule | None = None
    same: bool = False
    wrong: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        if self.wrong:
            return "wrong"
        if self.rule is None:
            return "new"
        return "same" if self.same else "changed"


def written(rules: Sequence[Rule]) -> str:
    """A file of these rules, which `read` reads again as the same."""
    rows = {"rules": [as_data(rule) for rule in rules]}
    return HEAD + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=100)


def read(text: str, person: Person) -> list[Line]:
    """What each rule of the file would do, in its order. Raises FileUnreadable; writes nothing."""
    rows = _rows(text)
    mine = _editable(person)
    lines: list[Line] = []
    for number, row in enumerate(rows, start=1):
        name = str(row.get("name", "")) if isinstance(row, dict) else ""
        line = _line(row, name or _("Rule %(n)s") % {"n": number}, mine, person)
        if name and any(one.name == name for one in lines):
            line = Line(name, wrong=(_("Two rules of the file have this name."),))
        lines.append(line)
    return lines


@transaction.atomic
def apply(lines: Sequence[Line], *, person: Person, now: datetime) -> int:
    """Saves all of them or none; returns how many were new or changed. Raises RuleRefused."""
    saved = 0
    for line in lines:
        if line.what in ("new", "changed") and line.draft is not None:
            draft = line.draft
            if draft.scope.pk is None:
                nodes = [getattr(draft.scope, one) for one in draft.scope.node_ids()]
                draft = RuleDraft(**{**vars(draft), "scope": ensure_scope(nodes=nodes)})
            save_rule(draft=draft, person=person, now=now, rule=line.rule)
            saved += 1
    return saved


def _rows(text: str) -> list[Any]:
    if len(text) > MOST_SIGNS:
        raise FileUnreadable(_("The file is too large."))
    try:
        # An alias may stand for itself many times over, so that a small file becomes endless.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise FileUnreadable(_("Write each rule in full, without anchors and aliases."))
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        if isinstance(error, FileUnreadable):
            raise
        if mark is not None:
            raise FileUnreadable(
                _("This is not YAML: line %(line)s cannot be read.") % {"line": mark.line + 1}
            ) from None
        raise FileUnreadable(_("This is not YAML.")) from None
    rows = data.get("rules") if isinstance(data, dict) else data
    if not isinstance(rows, list) or not rows:
        raise FileUnreadable(_("There are no rules in it: it needs a list called `rules`."))
    if len(rows) > MOST_RULES:
        raise FileUnreadable(_("These are more than %(n)s rules.") % {"n": MOST_RULES})
    return rows


def _editable(person: Person) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    rules = Rule.objects.filter(scope__in=scopes_where(person, Action.MANAGE_ALERTS))
    for rule in rules.select_related("metric", "scope").prefetch_related(
        "tiers__policy", "recipients__person", "recipients__connection"
    ):
        found.setdefault(rule.name, []).append(rule)
    return found


def _line(row: Any, name: str, mine: dict[str, list[Rule]], person: Person) -> Line:
    if not isinstance(row, dict):
        return Line(name, wrong=(_("A rule is a list of fields with values."),))
    sent = RuleBodySerializer(data=row)
    unknown = [str(one) for one in row if one not in sent.fields]
    faults = [_("There is no field %(name)s.") % {"name": one} for one in unknown]
    if not sent.is_valid():
        faults += [_said(one.pointer, one.reason) for one in faults_in(sent.errors)]
    if faults:
        return Line(name, wrong=tuple(faults))
    named = mine.get(name, [])
    try:
        scope: Scope = get_scope_or_404(person, sent.validated_data["scope"], Action.MANAGE_ALERTS)
        draft = draft_of(sent.validated_data, scope, by=person, rule=named[0] if len(named) == 1 else None)
        check(draft)
    except Http404:
        return Line(name, wrong=(_("scope: There is no such area that you lead or manage."),))
    except Fault as fault:
        return Line(name, wrong=(_said(fault.place, str(fault)),))
    except RuleRefused as refused:
        return Line(name, wrong=(str(refused),))
    if len(named) > 1:
        return Line(
            name, wrong=(_("Several of your rules have this name; give them names of their own first."),)
        )
    rule = named[0] if named else None
    return Line(name, draft, rule, same=rule is not None and _same(rule, row))


def _same(rule: Rule, row: dict[str, Any]) -> bool:
    """Whether the file says what holds already, whatever it leaves out."""
    sent = RuleBodySerializer(data=row)
    now = RuleBodySerializer(data=as_data(rule))
    return sent.is_valid() and now.is_valid() and sent.validated_data == now.validated_data


def _at(pointer: str) -> str:
    """A place as people count: `#/levels/0/condition` is levels.1.condition."""
    parts = pointer.removeprefix("#").strip("/").split("/")
    return ".".join(str(int(part) + 1) if part.isdigit() else part for part in parts)


def _said(pointer: str, said: str) -> str:
    place = _at(pointer)
    return f"{place}: {said}" if place else said
