"""Writing rules, and keeping what they cover in step with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from alerts.conditions import Attainment, Condition, ConditionError, in_order, parse, parts_of
from alerts.consequences import all_consequences, consequence_of
from alerts.models import Connection, Instance, Policy, Recipient, Rule, Schedule, Spread, Tier, WithoutData
from alerts.routing import Place
from alerts.services.apply import close_uncovered
from alerts.services.evaluation import judge_new_areas, terms_of
from alerts.services.scheduling import next_look
from common import queueing
from common.listing import listed
from kpis.models import Metric, Watch
from kpis.services import unwatch, watch_all
from organization.models import DIMENSIONS, Node, NodeAncestor, Person, Scope
from organization.selectors import scope_key
from organization.services import ensure_scope, record

HIGHEST = Decimal(100)
LONGEST_ROW = 24  # periods


class RuleRefused(ValueError):
    """The rule cannot be; the message says why, for people."""


@dataclass(frozen=True)
class TierDraft:
    """`for_periods` in a row; where `out_of` is more, so many of the last `out_of`. `policy`: by whose steps it goes on.
    `consequences`: codes of what happens besides.
    """

    level: int
    condition: Condition
    for_periods: int = 1
    out_of: int = 0
    policy: Policy | None = None
    consequences: Sequence[str] = ()


@dataclass(frozen=True)
class RecipientDraft:
    """A person by one way, or a connection. `figures_granted`: receives the figures though her grants do not cover the
    area; a connection never does.
    """

    person: Person | None = None
    from_level: int = 1
    figures_granted: bool = False
    way: str = "email"
    connection: Connection | None = None

    @property
    def place(self) -> Place:
        if self.connection is not None:
            return 0, self.connection.pk, self.connection.way
        return self.person.pk if self.person else 0, 0, self.way


@dataclass(frozen=True)
class RuleDraft:
    """What somebody wrote; `along` is a dimension where `spread` is not one."""

    name: str
    metric: Metric
    scope: Scope
    tiers: Sequence[TierDraft]
    recipients: Sequence[RecipientDraft] = ()
    spread: str = Spread.ONE
    along: str = ""
    grain: str = "month"
    margin: Decimal = Decimal("0.02")
    keep_periods: int = 1
    enabled: bool = True
    schedule: str = Schedule.CHANGES
    look_at: time | None = None
    without_data: str = WithoutData.STAY


@transaction.atomic
def save_rule(*, draft: RuleDraft, person: Person | None, now: datetime, rule: Rule | None = None) -> Rule:
    """Makes a rule, or edits one. What it no longer covers closes; what it covers is watched and judged anew.

    The look itself is queued, and done by whoever calls `judge_next_rule` next. A new name or new people change
    nothing about where alerts stand.

    Raises RuleRefused before anything is written.
    """
    check(draft)
    before = None
    if rule is None:
        rule = Rule(owner=person, created_at=now)
    else:
        rule = Rule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
        before = _described(rule)
    rule.name = draft.name.strip()
    rule.metric, rule.scope = draft.metric, draft.scope
    rule.spread, rule.along = draft.spread, draft.along
    rule.grain, rule.margin, rule.keep_periods = draft.grain, draft.margin, draft.keep_periods
    rule.enabled, rule.changed_at = draft.enabled, now
    rule.schedule, rule.look_at = draft.schedule, draft.look_at
    rule.without_data = draft.without_data
    rule.save()
    _save_tiers(rule, draft.tiers)
    rule.next_look_at = next_look(rule, terms_of(rule), now=now)
    rule.save(update_fields=["next_look_at"])
    _save_recipients(rule, draft.recipients, person)
    after = _described(rule)
    record(
        action="rule.edit" if before else "rule.make",
        subject=rule.name,
        person=person,
        rule=rule.pk,
        before=before,
        after=after,
    )
    if _judged_by(before) != _judged_by(after):
        _rejudge(rule, now)
    return rule


@transaction.atomic
def switch_rule(*, rule: Rule, enabled: bool, person: Person | None, now: datetime) -> Rule:
    """Switches a rule on or off. Off closes its open alerts with the reason "rule changed"."""
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.enabled == enabled:
        return rule
    rule.enabled, rule.changed_at = enabled, now
    rule.save(update_fields=["enabled", "changed_at"])
    record(action="rule.switch", subject=rule.name, person=person, rule=rule.pk, enabled=enabled)
    _rejudge(rule, now)
    return rule


def check(draft: RuleDraft) -> None:
    """Raises RuleRefused with a sentence for people."""
    if not draft.name.strip():
        raise RuleRefused(_("Give the rule a name."))
    if not draft.tiers:
        raise RuleRefused(_("Give at least one threshold."))
    if len({tier.level for tier in draft.tiers}) < len(draft.tiers):
        raise RuleRefused(_("Each level has one threshold."))
    for tier in draft.tiers:
        try:
            parse(tier.condition.as_json())
        except ConditionError as error:
            raise RuleRefused(str(error)) from None
        for part in parts_of(tier.condition):
            limits = (part.below, part.above) if isinstance(part, Attainment) else ()
            if any(limit is not None and not 0 < limit <= HIGHEST for limit in limits):
                raise RuleRefused(_("A threshold is a share of the plan above 0%."))
        if not 1 <= tier.for_periods <= LONGEST_ROW:
            raise RuleRefused(_("A level needs at least one period."))
        if tier.out_of and not tier.for_periods <= tier.out_of <= LONGEST_ROW:
            raise RuleRefused(_("Of the last periods at least as many are asked as must hold."))
        for code in tier.consequences:
            if consequence_of(code) is None:
                raise RuleRefused(unknown_consequence(code))
    if not in_order([(tier.level, tier.condition) for tier in draft.tiers]):
        raise RuleRefused(
            _(
                "A worse level asks for something worse: where less is alarming, a lower threshold;"
                " where more is, a higher one."
            )
        )
    if (draft.schedule == Schedule.CHANGES) != (draft.look_at is None):
        raise RuleRefused(_("Say at what time the rule looks, or let it look at every change."))
    if not draft.margin.is_finite() or not 0 <= draft.margin <= 1:
        raise RuleRefused(_("The recovery margin is between 0 and 100 points."))
    if (draft.spread == Spread.ONE) != (not draft.along):
        raise RuleRefused(_("Say which areas below are meant: channels, regions or others."))


def unknown_consequence(code: str) -> str:
    return _("Nothing here can do “%(code)s”. There is: %(known)s.") % {
        "code": code,
        "known": listed(one.code for one in all_consequences()) or "—",
    }


def cover(*, rule: Rule, now: datetime) -> None:
    """Brings instances and watches in step with the rule: new areas in, what it no longer covers closed."""
    wanted = {scope.pk: scope for scope in covered_scopes(rule)} if rule.enabled else {}
    instances = list(rule.instances.order_by("pk").select_for_update(no_key=True))
    keep = {i.scope_id: i for i in instances if i.metric_id == rule.metric_id and i.scope_id in wanted}
    leaving = [i for i in instances if i.covered and i.pk not in {kept.pk for kept in keep.values()}]
    close_uncovered(instances=leaving, rule=rule, now=now)
    Instance.objects.filter(pk__in=[i.pk for i in leaving]).update(covered=False)
    Instance.objects.filter(pk__in=[i.pk for i in keep.values() if not i.covered]).update(covered=True)
    Instance.objects.bulk_create(
        Instance(rule=rule, scope=scope, metric=rule.metric)
        for scope in wanted.values()
        if scope.pk not in keep
    )
    _watch(rule, wanted)


def _watch(rule: Rule, wanted: dict[int, Scope]) -> None:
    """Watches what is new only: a fresh watch on days has 400 of them computed."""
    watched = set(Watch.objects.filter(watcher=rule.watcher).values_list("metric_id", "grain", "scope_id"))
    if watched - {(rule.metric_id, rule.grain, pk) for pk in wanted}:
        unwatch(watcher=rule.watcher)
        watched = set()
    new = [pk for pk in wanted if (rule.metric_id, rule.grain, pk) not in watched]
    if new:
        watch_all(watcher=rule.watcher, metric=rule.metric, scope_ids=new, grain=rule.grain)


def _rejudge(rule: Rule, now: datetime) -> None:
    cover(rule=rule, now=now)
    Rule.objects.filter(pk=rule.pk).update(anew_due=rule.enabled)
    rule.anew_due = rule.enabled
    queueing.enqueue("alerts.tasks.evaluate")


def covered_scopes(rule: Rule) -> list[Scope]:
    """The areas that the rule asks for, made where a cross-cut has not been pointed to yet; none where its own was
    merged into another.
    """
    scope = Scope.objects.select_related(*DIMENSIONS).get(pk=rule.scope_id)
    return [
        ensure_scope(nodes=[getattr(one, dimension) for dimension in one.node_ids()])
        if one.pk is None
        else one
        for one in scopes_of(scope, spread=rule.spread, along=rule.along)
    ]


def scopes_of(scope: Scope, *, spread: str, along: str) -> list[Scope]:
    """The areas that are meant; cross-cuts that nobody has pointed to yet are not in the database."""
    if any(getattr(scope, dimension).merged_into_id is not None for dimension in scope.node_ids()):
        return []
    if spread == Spread.ONE:
        return [scope]
    others = {one: getattr(scope, one) for one in scope.node_ids() if one != along}
    above = getattr(scope, f"{along}_id")
    below = Node.objects.filter(dimension=along, archived_at__isnull=True)
    if spread == Spread.CHILDREN:
        below = below.filter(parent_id=above)
    elif above is not None:
        below = below.filter(
            pk__in=NodeAncestor.objects.filter(ancestor=above).exclude(node=above).values("node")
        )
    itself = [scope] if spread == Spread.SUBTREE else []
    wanted = {scope_key({**others, along: node}): node for node in below}
    known = {one.key: one for one in Scope.objects.filter(key__in=wanted).select_related(*DIMENSIONS)}
    return [
        *itself,
        *(known.get(key) or Scope(key=key, **others, **{along: node}) for key, node in wanted.items()),
    ]


_CASES = "CASE rule.along " + " ".join(f"WHEN '{d}' THEN {{area}}.{d}_id" for d in DIMENSIONS) + " END"

# Rules for areas below, beside the areas that came since: an import may have made new ones.
_UNCOVERED = f"""
    SELECT DISTINCT rule.id
    FROM alerts_rule AS rule
    JOIN organization_scope AS scope ON scope.id = rule.scope_id
    JOIN organization_node AS node ON node.dimension = rule.along AND node.archived_at IS NULL
        AND CASE rule.spread WHEN 'children' THEN node.parent_id IS NOT DISTINCT FROM {_CASES.format(area="scope")}
            ELSE {_CASES.format(area="scope")} IS NULL OR (node.id <> {_CASES.format(area="scope")} AND EXISTS (
                SELECT 1 FROM organization_nodeancestor AS up
                WHERE up.node_id = node.id AND up.ancestor_id = {_CASES.format(area="scope")})) END
    WHERE rule.enabled AND rule.spread <> 'one' AND NOT EXISTS (
        SELECT 1 FROM alerts_instance AS instance JOIN organization_scope AS area ON area.id = instance.scope_id
        WHERE instance.rule_id = rule.id AND instance.metric_id = rule.metric_id AND instance.covered
          AND {_CASES.format(area="area")} = node.id)
"""  # noqa: S608  # names of dimensions, our own constants


def cover_new_areas(*, now: datetime, today: date) -> int:
    """Takes areas that came since into the rules that ask for all areas below; returns how many rules grew."""
    with connection.cursor() as cursor:
        cursor.execute(_UNCOVERED)
        ids = [row[0] for row in cursor.fetchall()]
    for pk in ids:
        with transaction.atomic():
            rule = Rule.objects.select_for_update(of=("self",)).select_related("metric", "scope").get(pk=pk)
            cover(rule=rule, now=now)
            judge_new_areas(rule=rule, now=now, today=today)
    return len(ids)


def _save_tiers(rule: Rule, tiers: Sequence[TierDraft]) -> None:
    rule.tiers.all().delete()
    Tier.objects.bulk_create(
        Tier(
            rule=rule,
            level=tier.level,
            condition=tier.condition.as_json(),
            for_periods=tier.for_periods,
            out_of=tier.out_of,
            policy=tier.policy,
            consequences=list(dict.fromkeys(tier.consequences)),
        )
        for tier in tiers
    )


def _save_recipients(rule: Rule, drafts: Sequence[RecipientDraft], person: Person | None) -> None:
    """Receipt of figures goes on record with who granted it, and stays hers while it is not taken away."""
    before = {(one.person_id or 0, one.connection_id or 0, one.way): one for one in rule.recipients.all()}
    wanted = {draft.place: draft for draft in drafts}
    rule.recipients.filter(pk__in=[old.pk for key, old in before.items() if key not in wanted]).delete()
    for place, draft in wanted.items():
        old = before.get(place)
        granted = draft.figures_granted and draft.person is not None
        granted_by = None
        if granted:
            granted_by = old.granted_by if old and old.figures_granted else person
        Recipient.objects.update_or_create(
            rule=rule,
            person=draft.person,
            connection=draft.connection,
            way=place[2],
            defaults={
                "from_level": draft.from_level,
                "figures_granted": granted,
                "granted_by": granted_by,
            },
        )
        if draft.person is not None and granted != bool(old and old.figures_granted):
            record(
                action="rule.grant_receipt" if granted else "rule.withdraw_receipt",
                subject=f"{rule.name}: {draft.person.label}",
                person=person,
                rule=rule.pk,
                recipient=draft.person.pk,
            )


def _judged_by(described: dict[str, object] | None) -> dict[str, object]:
    """What of a rule decides where its alerts stand."""
    return {
        key: value
        for key, value in (described or {}).items()
        if key not in ("name", "recipients", "policies", "consequences")
    }


def _policies_described(rule: Rule) -> dict[str, object]:
    named = Tier.objects.filter(rule=rule, policy__isnull=False).values_list("level", "policy__name")
    return {"policies": {str(level): name for level, name in named}} if named else {}


def _consequences_described(rule: Rule) -> dict[str, object]:
    asked = Tier.objects.filter(rule=rule).exclude(consequences=[]).values_list("level", "consequences")
    return {"consequences": {str(level): codes for level, codes in asked}} if asked else {}


def _described(rule: Rule) -> dict[str, object]:
    """For the audit trail."""
    return {
        "name": rule.name,
        "metric": rule.metric.code,
        "scope": rule.scope.key,
        "spread": rule.spread,
        "along": rule.along,
        "grain": rule.grain,
        "margin": f"{Decimal(rule.margin):.4f}",
        "keep_periods": rule.keep_periods,
        "enabled": rule.enabled,
        **({"look_at": f"{rule.schedule} {rule.look_at:%H:%M}"} if rule.look_at else {}),
        **({"without_data": str(rule.without_data)} if rule.without_data != WithoutData.STAY else {}),
        "tiers": [
            {
                "level": tier.level,
                "for_periods": tier.for_periods,
                **({"out_of": tier.out_of} if tier.out_of else {}),
                **tier.condition,
            }
            for tier in Tier.objects.filter(rule=rule)
        ],
        **_policies_described(rule),
        **_consequences_described(rule),
        "recipients": sorted(
            username or connection
            for username, connection in Recipient.objects.filter(rule=rule).values_list(
                "person__username", "connection__name"
            )
        ),
    }
