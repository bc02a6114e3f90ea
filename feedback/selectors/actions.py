"""Actions on feedback, with how it stood before each began and how it stands since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import connection
from django.http import Http404

from decisions.models import TaskState
from feedback.effect import Effect, Sums, of_counts, of_means
from feedback.models import Cause, FeedbackAction, Topic
from feedback.selectors.settings import feedback_settings
from organization.gate import Action, can, scopes_where
from organization.models import DIMENSIONS, Person

WINDOW = 90  # days on either side
FEW_COMPLAINTS = 10  # on both sides together
PAGE = 25
SCOPES = ("scope", *(f"scope__{dimension}" for dimension in DIMENSIONS))
PLACES = ("channel", "region", "product")


@dataclass(frozen=True)
class ActionRow:
    """`days` since it began that are counted, at most WINDOW; 0 on its first day. `effect` of a topic is of mean scores,
    of a cause of complaints per 30 days."""

    action: FeedbackAction
    about: str
    owner: Person | None
    effect: Effect
    days: int
    late: bool
    least: int

    @property
    def over(self) -> bool:
        return self.action.ended_on is not None

    @property
    def task_done(self) -> bool:
        """Its owner has ticked the task, and nobody has said yet what came of it."""
        task = self.action.task
        return not self.over and task is not None and task.state != TaskState.OPEN


@dataclass(frozen=True)
class ActionsPage:
    """`page` is for the way through the list."""

    rows: tuple[ActionRow, ...]
    page: Page[FeedbackAction]
    over: bool


def actions_page(person: Person, *, number: str | None, today: date, over: bool) -> ActionsPage:
    """Those that go on by their due day, those that are over by when they ended."""
    found = (
        FeedbackAction.objects.filter(scope__in=scopes_where(person, Action.VIEW), ended_on__isnull=not over)
        .select_related("topic", "cause", "owner", "task__assigned_to", *SCOPES)
        .order_by(*(("-ended_on", "-pk") if over else ("due_on", "pk")))
    )
    page = Paginator(found, PAGE).get_page(number)
    return ActionsPage(tuple(rows_of(list(page.object_list), today=today)), page, over)


def get_action_or_404(person: Person, pk: int, needs: Action = Action.VIEW) -> FeedbackAction:
    """Raises Http404 where its area is not hers to see, PermissionDenied where her role is too weak."""
    found = (
        FeedbackAction.objects.filter(pk=pk)
        .select_related("topic", "cause", "owner", "made_by", "task__assigned_to", *SCOPES)
        .first()
    )
    if found is None or not can(person, Action.VIEW, found.scope):
        raise Http404
    if needs != Action.VIEW and not can(person, needs, found.scope):
        raise PermissionDenied
    return found


def rows_of(actions: Sequence[FeedbackAction], *, today: date) -> list[ActionRow]:
    """A query for all topics, and one for all causes."""
    least = feedback_settings().small_sample
    scores = _scores([one for one in actions if one.topic_id is not None], today)
    complaints = _complaints([one for one in actions if one.cause_id is not None], today)
    rows = []
    for one in actions:
        days = min((today - one.begun_on).days, WINDOW)
        if one.topic is not None:
            about = one.topic.label
            effect = of_means(*scores[one.pk], least=least)
        else:
            about = one.cause.name if one.cause is not None else ""
            before, after = complaints[one.pk]
            effect = of_counts(before, WINDOW, after, max(days, 0), least=FEW_COMPLAINTS)
        owner = one.task.assigned_to if one.task is not None and one.task.assigned_to_id else one.owner
        late = one.ended_on is None and one.due_on is not None and one.due_on < today
        rows.append(ActionRow(one, about, owner, effect, days, late, least))
    return rows


# Days before the action began, and the days after that one until yesterday: today is not over. The day on which it began is
# left out. An area counts with all below it; a node that is none narrows nothing.
_ASKED = """
    WITH asked AS (
        SELECT * FROM unnest(%(ids)s::bigint[], %(what)s::bigint[], %(begun)s::date[], %(channels)s::bigint[],
            %(regions)s::bigint[], %(products)s::bigint[]) AS asked (id, what, begun, channel, region, product))
"""
_INSIDE = " AND ".join(
    f"(asked.{place} IS NULL OR {{{place}}} IN"
    f" (SELECT node_id FROM organization_nodeancestor WHERE ancestor_id = asked.{place}))"
    for place in PLACES
)
_SCORES = (
    _ASKED
    + """
    SELECT asked.id, said.day > asked.begun AS later, count(said.score), sum(said.score), sum(said.score * said.score)
    FROM asked JOIN feedback_answertopic said ON said.topic_id = asked.what AND said.score IS NOT NULL
        AND said.day BETWEEN asked.begun - %(window)s AND least(asked.begun + %(window)s, %(today)s::date - 1)
        AND said.day <> asked.begun
    WHERE """
    + _INSIDE.format(**{place: f"said.{place}_id" for place in PLACES})
    + " GROUP BY 1, 2"
)
_COMPLAINTS = (
    _ASKED.replace("WITH asked", "WITH RECURSIVE asked")
    + """
    , below AS (
        SELECT id AS top, id FROM feedback_cause WHERE id IN (SELECT what FROM asked)
        UNION ALL SELECT below.top, cause.id FROM below JOIN feedback_cause cause ON cause.parent_id = below.id)
    SELECT asked.id, came.day > asked.begun AS later, count(*)
    FROM asked JOIN below ON below.top = asked.what JOIN feedback_complaint came ON came.cause_id = below.id
        AND came.day BETWEEN asked.begun - %(window)s AND least(asked.begun + %(window)s, %(today)s::date - 1)
        AND came.day <> asked.begun
    JOIN organization_scope area ON area.id = came.scope_id
    WHERE """
    + _INSIDE.format(**{place: f"area.{place}_id" for place in PLACES})
    + " GROUP BY 1, 2"
)


def _scores(actions: Sequence[FeedbackAction], today: date) -> dict[int, tuple[Sums, Sums]]:
    found = {one.pk: [Sums(0, 0, 0), Sums(0, 0, 0)] for one in actions}
    for pk, later, count, total, squares in _rows(_SCORES, [(one, one.topic_id) for one in actions], today):
        found[pk][later] = Sums(count, total, squares)
    return {pk: (before, after) for pk, (before, after) in found.items()}


def _complaints(actions: Sequence[FeedbackAction], today: date) -> dict[int, tuple[int, int]]:
    found = {one.pk: [0, 0] for one in actions}
    for pk, later, count in _rows(_COMPLAINTS, [(one, one.cause_id) for one in actions], today):
        found[pk][later] = count
    return {pk: (before, after) for pk, (before, after) in found.items()}


def _rows(
    sql: str, asked: Sequence[tuple[FeedbackAction, int | None]], today: date
) -> Iterable[tuple[int, ...]]:
    if not asked:
        return []
    actions = [one for one, _what in asked]
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "ids": [one.pk for one in actions],
                "what": [what for _one, what in asked],
                "begun": [one.begun_on for one in actions],
                "channels": [one.scope.channel_id for one in actions],
                "regions": [one.scope.region_id for one in actions],
                "products": [one.scope.product_id for one in actions],
                "window": WINDOW,
                "today": today,
            },
        )
        found: list[tuple[int, ...]] = cursor.fetchall()
    return found


# -- What an action may be about --------------------------------------------------------------------


def get_cause_or_404(pk: int) -> Cause:
    found = Cause.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def topics_to_choose() -> list[Topic]:
    return list(Topic.objects.filter(archived_at=None))
