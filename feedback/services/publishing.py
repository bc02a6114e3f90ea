"""What answers, invitations and complaints publish, by the day: for whatever day was marked, from all of it as it stands.

By the day of the answer, of the invitation, and on which a complaint came in; what comes later (an invitation is answered,
a complaint solved) marks that same day again. Of a day and its nodes on which nothing of a kind was said there is no amount
of it: absent is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from common.columns import column
from common.queueing import enqueue
from feedback.models import DirtyDay
from feedback.published import PUBLISHED, SOURCE, TABLE
from feedback.services.analysis import order_analysis
from kpis.models import Measure, Source
from kpis.services import ensure_source, mark_days_changed

TASK = "feedback.tasks.publish"
BATCH = 1000  # marks a transaction; a day that is marked often is done once
NODES = "channel_id, region_id, product_id"


def feedback_source() -> Source:
    """The one source of all that customers say: made where nobody has said anything yet."""
    return ensure_source(code=SOURCE, name="Customer feedback", facts=TABLE)


def mark_days(*, source_id: int, days: Iterable[date]) -> None:
    """What these days publish is due. Call it inside the transaction of what changed them."""
    due = sorted(set(days))
    if not due:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO feedback_dirtyday (source_id, day) SELECT %s, unnest(%s::date[])",
            [source_id, column(due)],
        )
    enqueue(TASK)


def publishing_waits() -> bool:
    return DirtyDay.objects.exists()


@transaction.atomic
def publish_next(*, now: datetime) -> bool:
    """Publishes some marked days, the newest first; False where nothing is due that nobody else holds.

    The claim is a deletion that commits with its results, so a crash loses nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"batch": BATCH})
        marks: list[tuple[int, date]] = cursor.fetchall()
    if not marks:
        return False
    for source_id in sorted({source_id for source_id, _day in marks}):
        _publish(source_id, sorted({day for source, day in marks if source == source_id}), now)
    order_analysis(now=now)
    return True


def _publish(source_id: int, days: list[date], now: datetime) -> None:
    # Two who publish wait for each other here, so that the later one reads what the earlier one read, and more.
    source = Source.objects.select_for_update(no_key=True).get(pk=source_id)
    slots = dict(Measure.objects.filter(code__in=PUBLISHED).values_list("code", "slot"))
    months = sorted({day.replace(day=1) for day in days})
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '64MB', true)")
        params: dict[str, Any] = {"source": source_id, "days": days, "months": months}
        cursor.execute(_CHANGED_DAYS.format(array=_array(slots)), params)
        cursor.execute(_DELETE_DAYS, params)
        cursor.execute(_UPSERT_DAYS, params)
        cursor.execute("SELECT DISTINCT day FROM changed ORDER BY day")
        changed = [day for (day,) in cursor.fetchall()]
        cursor.execute(_CHANGED_MONTHS, params)
        cursor.execute(_DELETE_MONTHS, params)
        cursor.execute(_UPSERT_MONTHS, params)
        cursor.execute("DROP TABLE changed, counted")
    if not changed:
        return
    # No `last_day`: a day on which nobody said anything must not hold other sources' figures back.
    source.slots = sorted({*source.slots, *slots.values()})
    source.revision += 1
    source.last_success_at = now
    source.save(update_fields=["slots", "revision", "last_success_at"])
    mark_days_changed(source=source, days=changed)
    enqueue("kpis.tasks.work")


def _array(slots: dict[str, int]) -> str:
    """SQL of a day's amounts; a measure that somebody has taken away is left out."""
    by_slot = {slot: f"sum({code})::numeric" for code, slot in slots.items()}
    return ", ".join(by_slot.get(slot, "NULL") for slot in range(1, max(by_slot) + 1))


_CLAIM = """
    DELETE FROM feedback_dirtyday WHERE id IN (
        SELECT id FROM feedback_dirtyday ORDER BY day DESC, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
    RETURNING source_id, day
"""


def _columns(given: dict[str, str]) -> str:
    return ", ".join(f"{given.get(code, 'NULL::bigint')} AS {code}" for code in PUBLISHED)


def _where_any(count: str, of: dict[str, str]) -> dict[str, str]:
    """Amounts that are there only where something was counted at all."""
    return {code: f"CASE WHEN {count} > 0 THEN {sql} END" for code, sql in of.items()}


_ANSWERS = _columns(
    {
        **_where_any(
            "count(nps)",
            {
                "responses": "count(nps)",
                "promoters": "count(*) FILTER (WHERE nps >= 9)",
                "passives": "count(*) FILTER (WHERE nps BETWEEN 7 AND 8)",
                "detractors": "count(*) FILTER (WHERE nps <= 6)",
            },
        ),
        **_where_any(
            "count(csat)",
            {
                "csat_responses": "count(csat)",
                "csat_sum": "sum(csat)",
                "csat_satisfied": "count(*) FILTER (WHERE csat >= 4)",
            },
        ),
        **_where_any("count(ces)", {"ces_responses": "count(ces)", "ces_sum": "sum(ces)"}),
    }
)
_INVITATIONS = _columns(
    {
        "survey_invitations": "count(*)",
        "survey_invited_answers": "count(*) FILTER (WHERE answered_at IS NOT NULL)",
    }
)


def _in_time(done: str, due: str, breached: str) -> tuple[str, str]:
    """Which are due, done or out of time, and which of them were done in time. A clock that was taken away was met."""
    return (
        f"count(*) FILTER (WHERE {done} IS NOT NULL OR {breached} IS NOT NULL)",
        f"count(*) FILTER (WHERE {breached} IS NULL AND {done} <= coalesce({due}, {done}))",
    )


_ANSWER_CLOCK = _in_time("answered_at", "answer_due_at", "answer_breached_at")
_SOLVE_CLOCK = _in_time("solved_at", "solve_due_at", "solve_breached_at")
_COMPLAINTS = _columns(
    {
        "complaints": "count(*)",
        "answers_due": _ANSWER_CLOCK[0],
        "answered_in_time": _ANSWER_CLOCK[1],
        "solutions_due": _SOLVE_CLOCK[0],
        "solved_in_time": _SOLVE_CLOCK[1],
        "repeats": "count(repeat_of_id)",
    }
)
# Invitations and complaints carry no source: they are those of the one that is ours.
_OURS = f"(SELECT id FROM kpis_source WHERE code = '{SOURCE}')"
_NODES_OF = "coalesce({0}.channel_id, 0), coalesce({0}.region_id, 0), coalesce({0}.product_id, 0)"

_CHANGED_DAYS = f"""
    CREATE TEMP TABLE changed ON COMMIT DROP AS
    WITH said AS (
        SELECT day, {NODES}, {_ANSWERS} FROM feedback_answer
        WHERE source_id = %(source)s AND day = ANY(%(days)s) GROUP BY day, {NODES}
        UNION ALL
        SELECT day, {_NODES_OF.format("link")}, {_INVITATIONS} FROM feedback_invitation AS invitation
        JOIN feedback_surveylink AS link ON link.id = invitation.link_id
        WHERE day = ANY(%(days)s) AND %(source)s = {_OURS} GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT day, {_NODES_OF.format("scope")}, {_COMPLAINTS} FROM feedback_complaint AS complaint
        JOIN organization_scope AS scope ON scope.id = complaint.scope_id
        WHERE day = ANY(%(days)s) AND %(source)s = {_OURS} GROUP BY 1, 2, 3, 4
    ),
    fresh AS (SELECT day, {NODES}, ARRAY[{{array}}]::numeric[] AS amounts FROM said GROUP BY day, {NODES}),
    before AS (
        SELECT day, {NODES}, amounts AS old FROM feedback_feedbackday
        WHERE day = ANY(%(days)s) AND source_id = %(source)s
    )
    SELECT day, {NODES}, amounts FROM fresh FULL JOIN before USING (day, {NODES})
    WHERE amounts IS DISTINCT FROM old
"""

_DELETE_DAYS = f"""
    DELETE FROM feedback_feedbackday AS here USING changed
    WHERE changed.amounts IS NULL AND here.source_id = %(source)s AND here.day = changed.day
      AND (here.channel_id, here.region_id, here.product_id)
        = ({_NODES_OF.format("changed")})
"""

_UPSERT_DAYS = f"""
    INSERT INTO feedback_feedbackday (day, source_id, {NODES}, estimated, amounts)
    SELECT day, %(source)s, {NODES}, false, amounts FROM changed WHERE amounts IS NOT NULL
    ON CONFLICT (day, source_id, {NODES}) DO UPDATE SET amounts = excluded.amounts
"""


# -- Months, for the pages of scores ------------------------------------------------------------------


def _marks(score: str, first: int, last: int) -> str:
    """Answers of each mark: an array."""
    counts = ", ".join(f"count(*) FILTER (WHERE {score} = {mark})" for mark in range(first, last + 1))
    return f"ARRAY[{counts}]::int[]"


_MONTH_KEY = f"month, {NODES}, segment"
_COUNTED = {
    "promoters": "count(*) FILTER (WHERE nps >= 9)::int",
    "passives": "count(*) FILTER (WHERE nps BETWEEN 7 AND 8)::int",
    "detractors": "count(*) FILTER (WHERE nps <= 6)::int",
    "nps_counts": _marks("nps", 0, 10),
    "csat_counts": _marks("csat", 1, 5),
    "ces_counts": _marks("ces", 1, 7),
    "comments": "count(*) FILTER (WHERE comment <> '')::int",
}

_CHANGED_MONTHS = f"""
    CREATE TEMP TABLE counted ON COMMIT DROP AS
    WITH fresh AS (
        SELECT {_MONTH_KEY}, {", ".join(f"{sql} AS {name}" for name, sql in _COUNTED.items())}
        FROM unnest(%(months)s::date[]) AS asked(month)
        JOIN feedback_answer ON source_id = %(source)s AND day >= month AND day < month + interval '1 month'
        GROUP BY {_MONTH_KEY}
    ),
    before AS (
        SELECT {_MONTH_KEY}, ({", ".join(_COUNTED)}) AS old FROM feedback_scoremonth
        WHERE month = ANY(%(months)s::date[]) AND source_id = %(source)s
    )
    SELECT {_MONTH_KEY}, {", ".join(_COUNTED)} FROM fresh FULL JOIN before USING ({_MONTH_KEY})
    WHERE ({", ".join(_COUNTED)}) IS DISTINCT FROM old
"""

_DELETE_MONTHS = """
    DELETE FROM feedback_scoremonth AS here USING counted
    WHERE counted.promoters IS NULL AND here.source_id = %(source)s AND here.month = counted.month
      AND (here.channel_id, here.region_id, here.product_id, here.segment)
        = (counted.channel_id, counted.region_id, counted.product_id, counted.segment)
"""

_UPSERT_MONTHS = f"""
    INSERT INTO feedback_scoremonth (source_id, {_MONTH_KEY}, {", ".join(_COUNTED)})
    SELECT %(source)s, {_MONTH_KEY}, {", ".join(_COUNTED)} FROM counted WHERE promoters IS NOT NULL
    ON CONFLICT (month, source_id, {NODES}, segment) DO UPDATE
    SET {", ".join(f"{name} = excluded.{name}" for name in _COUNTED)}
"""
