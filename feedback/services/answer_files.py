"""Keeping answers of files: what an import says, and taking it back.

An answer stands as the newest import told it; how it stood before is kept with the import that had said so, and any
import can be taken out of the middle. What two imports say alike belongs to the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.queueing import enqueue
from customers.services.naming import find_hashed, hash_keys, keep_contacts
from customers.services.publishing import forget_strangers, hold_orders
from feedback.comments import HAN, LETTER
from feedback.models import AnswerTopic, Complaint, Driver, Origin
from feedback.models.answers import COMMENT, KEY
from feedback.models.surveys import SEGMENT
from feedback.published import TABLE
from feedback.selectors.settings import feedback_settings
from feedback.services.answers import COMPLAINT_DAYS
from feedback.services.from_answers import TASK
from feedback.services.publishing import mark_days
from feedback.survey_files import DRIVER, RATING, SCALES
from ingest.layouts import Layout
from ingest.matching import BLANKS
from ingest.models import Import
from ingest.sinks import Fault, Original, Written

SAID = (
    "channel_id", "region_id", "product_id", "segment", "nps", "csat", "ces", "ratings", "comment", "language",
    "customer_id",
)  # fmt: skip
_MANY = 10_000  # rows after which the planner should count anew
_SHOWN = 6  # lines that are named
_BLANK = ", ".join(f"'{one}'" for one in sorted(BLANKS))


class AnswerSink:
    """The sink of files of survey answers."""

    code = TABLE
    reasons: Mapping[str, str | Promise] = {
        "survey-no-score": _("There is no score in this line."),
        "survey-bad-score": _(
            "“%(text)s” in “%(column)s” is not a whole number from %(low)s to %(high)s."
        ),
        "survey-long-comment": _(
            "The comment in “%(column)s” has %(n)s letters, and at most %(most)s are kept. Shorten it."
        ),
        "survey-long-segment": _("“%(column)s” has at most %(most)s letters."),
        "survey-torn": _(
            "Lines %(lines)s have the same number on the same day and say different things."
        ),
    }  # fmt: skip

    def faults(self, *, layout: Layout) -> Sequence[Fault]:
        scores = [name for name in SCALES if name in layout.texts]
        none = " AND ".join(f"NOT {_written(f't_{name}')}" for name in scores)
        faults = [Fault("survey-no-score", none)]
        for name in layout.texts:
            if name in SCALES or name.startswith(DRIVER):
                low, high = SCALES.get(name, RATING)
                faults.append(
                    Fault(
                        "survey-bad-score",
                        f"{_written(f't_{name}')} AND {_whole(f't_{name}', low, high)} IS NULL",
                        {"text": f"left(t_{name}, 80)", "low": f"'{low}'", "high": f"'{high}'"},
                        about=name,
                    )
                )
        if "comment" in layout.texts:
            faults.append(
                Fault(
                    "survey-long-comment",
                    f"length(t_comment) > {COMMENT}",
                    {"n": "length(t_comment)::text", "most": f"'{COMMENT}'"},
                    about="comment",
                )
            )
        if "segment" in layout.texts:
            faults.append(
                Fault(
                    "survey-long-segment",
                    f"length(t_segment) > {SEGMENT}",
                    {"most": f"'{SEGMENT}'"},
                    about="segment",
                )
            )
        return faults

    def write(
        self,
        *,
        batch: Import,
        typed: str,
        days: Sequence[date],
        lines: str = "",
        foreign: bool = False,
        replace: bool = False,
    ) -> Written:
        """A number that two lines give to different answers is rejected here; said alike, they are one answer."""
        assert batch.source is not None
        hold_orders()  # imports of orders make customers too, and taking one back removes them
        params = _params(batch)
        with connection.cursor() as cursor:
            carried = _columns_of(cursor, typed)
            _name_customers(cursor, typed, batch, carried)
            cursor.execute(_parts(typed, carried))
            if "t_number" in carried:
                _reject_torn(cursor, batch)
            cursor.execute(_NAMED)
            cursor.execute(_SAID)
            cursor.execute("ANALYZE said")
            cursor.execute(_STANDING, params)
            standing = cursor.rowcount
            cursor.execute("ANALYZE standing")
            corrected, changed = 0, batch.accepted
            if standing:
                cursor.execute(_COUNT_LINES)
                corrected, changed = cursor.fetchone()
            cursor.execute(_TOUCHED)
            due = [day for (day,) in cursor.fetchall()]
            if corrected:
                cursor.execute(_KEEP_OLD, params)
                cursor.execute(_CORRECT, params)
            cursor.execute(_INSERT, params)
            if cursor.rowcount > _MANY:
                cursor.execute("ANALYZE feedback_answer")
                cursor.execute("ANALYZE customers_customer")
            cursor.execute("DROP TABLE whose, part, named, said, standing")
        mark_days(source_id=batch.source.pk, days=due)
        enqueue(TASK)
        return Written(corrected=corrected, unchanged=batch.accepted - changed)

    def take_back(self, *, batch: Import) -> date | None:
        """None: no day says how far answers have come."""
        assert batch.source is not None
        hold_orders()
        params = _params(batch)
        if batch.first_day is not None:
            with connection.cursor() as cursor:
                cursor.execute(_TAKE_OUT, params)
                cursor.execute("ANALYZE taken")
                cursor.execute(_BRING_BACK, params)
                cursor.execute(_REMOVE, params)
                cursor.execute("SELECT DISTINCT day FROM taken")
                due = [day for (day,) in cursor.fetchall()]
                forget_strangers(touched="taken")
                cursor.execute("DROP TABLE taken")
            mark_days(source_id=batch.source.pk, days=due)
        return None

    def originals(self, *, batch: Import, most: int) -> list[Original]:
        return []


def _params(batch: Import) -> dict[str, Any]:
    settings = feedback_settings()
    today = timezone.localdate(batch.started_at or batch.created_at)
    assert batch.source is not None
    return {
        "batch": batch.pk, "source": batch.source.pk, "first": batch.first_day, "last": batch.last_day,
        "low": settings.complaint_up_to if settings.complaints_from_answers else -1,
        "since": today - timedelta(days=COMPLAINT_DAYS - 1),
    }  # fmt: skip


def _columns_of(cursor: Any, table: str) -> set[str]:
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")
    return {column.name for column in cursor.description}


def _of(alias: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{column}" for column in columns)


# -- What a cell says ---------------------------------------------------------------------------------

_PLAIN = "'^[0-9]{1,2}$'"  # as nearly all are written: the function that reads any number takes its time


def _written(text: str) -> str:
    """Whether there is anything in it."""
    return f"(lower({text}) NOT IN ({_BLANK}))"


def _whole(text: str, low: int, high: int) -> str:
    """A score, or NULL where it is none: 9, ９, 9.0, 9分; no 7.5, no 90%."""
    bare = f"regexp_replace({text}, '\\s*分$', '')"
    read = f"ingest_number({bare})"
    other = f"{text} !~ '[\\x25％万亿]' AND {read} = trunc({read}) AND {read} BETWEEN {low} AND {high}"
    return f"""(CASE WHEN {text} ~ {_PLAIN} THEN CASE WHEN {text}::int BETWEEN {low} AND {high} THEN {text}::smallint END
        WHEN {other} THEN {read}::smallint END)"""


def _name_customers(cursor: Any, typed: str, batch: Import, carried: set[str]) -> None:
    """Makes `whose` (raw, customer_id, key_hash) of all that the file names; who is new is made."""
    if "t_customer" not in carried:
        cursor.execute(
            "CREATE TEMP TABLE whose (raw text, customer_id bigint, key_hash bytea) ON COMMIT DROP"
        )
        return
    hash_keys(cursor, typed, where=_written("t_customer"))
    cursor.execute(
        "INSERT INTO customers_customer (key_hash) SELECT DISTINCT key_hash FROM hashed ORDER BY 1"
        " ON CONFLICT (key_hash) DO NOTHING"
    )
    find_hashed(cursor)
    if "t_contact" in carried:
        keep_contacts(cursor, typed, told_at=batch.started_at or batch.created_at)


def _parts(typed: str, carried: set[str]) -> str:
    """`part`: a row a line. `own` is what the answer is known by, empty where only by what it says."""

    def text(name: str) -> str:
        return (
            f"CASE WHEN {_written(f't_{name}')} THEN t_{name} ELSE '' END" if f"t_{name}" in carried else "''"
        )

    def score(name: str) -> str:
        return _whole(f"t_{name}", *SCALES[name]) if f"t_{name}" in carried else "NULL::smallint"

    rated = sorted(column for column in carried if column.startswith(f"t_{DRIVER}"))
    codes = {pk: code.replace("'", "''") for pk, code in Driver.objects.values_list("pk", "code")}
    ratings = ", ".join(
        f"'{codes[int(column.removeprefix(f't_{DRIVER}'))]}', {_whole(column, *RATING)}" for column in rated
    )
    whose = "raw = t_customer" if "t_customer" in carried else "false"
    number = text("number")
    return f"""
        CREATE TEMP TABLE part ON COMMIT DROP AS
        SELECT line, day, channel_id, region_id, product_id,
            regexp_replace({text("segment")}, '\\s+', ' ', 'g') AS segment,
            {score("nps")} AS nps, {score("csat")} AS csat, {score("ces")} AS ces,
            {f"jsonb_strip_nulls(jsonb_build_object({ratings}))" if rated else "'{}'::jsonb"} AS ratings,
            {text("comment")} AS comment,
            CASE WHEN {text("comment")} ~ '{HAN}' THEN 'zh' WHEN {text("comment")} ~ '{LETTER}' THEN 'en' ELSE '' END
                AS language,
            customer_id, {number} AS number,
            CASE WHEN {number} <> '' THEN 'n' || {number}
                WHEN key_hash IS NOT NULL THEN
                    'c' || encode(key_hash, 'hex') || '/' || channel_id || '/' || region_id || '/' || product_id
                ELSE '' END AS own
        FROM {typed} LEFT JOIN whose ON {whose}
    """


_SAYS = f"({_of('part', SAID)})::text"


def _reject_torn(cursor: Any, batch: Import) -> None:
    """Keeps lines out whose number another line of the day gives to another answer."""
    cells = ", ".join(f"c{column}" for column in range(len(batch.headings)))
    cursor.execute(
        f"""
        CREATE TEMP TABLE torn ON COMMIT DROP AS
        SELECT day, number, array_to_string((array_agg(line ORDER BY line))[1:{_SHOWN}], ', ')
            || CASE WHEN count(*) > {_SHOWN} THEN ' …' ELSE '' END AS lines
        FROM part WHERE number <> '' GROUP BY day, number HAVING min({_SAYS}) <> max({_SAYS})
        """
    )
    if cursor.rowcount:
        cursor.execute(
            f"""
            INSERT INTO ingest_reject (batch_id, line, cells, reasons)
            SELECT %s, line, ARRAY[{cells}]::text[],
                jsonb_build_array(jsonb_build_object('code', 'survey-torn', 'lines', lines))
            FROM part JOIN torn USING (day, number) JOIN ingest_stage_{batch.pk} AS stage USING (line)
            """,
            [batch.pk],
        )
        batch.rejected += cursor.rowcount
        batch.accepted -= cursor.rowcount
        cursor.execute("DELETE FROM part USING torn WHERE (part.day, part.number) = (torn.day, torn.number)")
    cursor.execute("DROP TABLE torn")


# A number is its answer's own. Of a customer's answers of a day and place, and of those that say the same, each is
# known by which of them it is in its file.
_NAMED = f"""
    CREATE TEMP TABLE named ON COMMIT DROP AS
    SELECT line, day, ('x' || left(md5(CASE WHEN number <> '' THEN identity ELSE identity || '/' ||
        row_number() OVER (PARTITION BY day, identity ORDER BY line) END), 16))::bit(64)::bigint AS detail
    FROM (
        SELECT line, day, number, CASE WHEN own <> '' THEN own ELSE 'a' || md5({_SAYS}) END AS identity FROM part
    ) AS called
"""

_SAID = f"""
    CREATE TEMP TABLE said ON COMMIT DROP AS
    SELECT DISTINCT ON (part.day, detail) part.day, detail, own, {", ".join(SAID)}
    FROM part JOIN named USING (line) ORDER BY part.day, detail, line
"""

_PLACE = "(said.day, %(source)s, said.detail)"

# The rows that stand already, and whether the file says something else of them. What is known by what it says cannot:
# its comment may have been erased since, and is not to come back.
_STANDING = f"""
    CREATE TEMP TABLE standing ON COMMIT DROP AS
    SELECT said.day, said.detail, old.id, own <> '' AND ({_of("said", SAID)}) IS DISTINCT FROM ({_of("old", SAID)}) AS differs
    FROM said JOIN feedback_answer AS old ON (old.day, old.source_id, old.detail) = {_PLACE}
    WHERE old.day BETWEEN %(first)s AND %(last)s
"""

_SAME = "(standing.day, standing.detail) = (said.day, said.detail)"

# Lines that stand in a corrected row, and others that stand in a new one.
_COUNT_LINES = f"""
    SELECT count(*) FILTER (WHERE differs), count(*) FILTER (WHERE differs OR differs IS NULL)
    FROM named AS said LEFT JOIN standing ON {_SAME}
"""

_TOUCHED = (
    f"SELECT DISTINCT said.day FROM said LEFT JOIN standing ON {_SAME} WHERE differs OR differs IS NULL"
)

_KEEP_OLD = f"""
    INSERT INTO feedback_answerbefore ({", ".join((*KEY, *SAID))}, batch_id)
    SELECT {_of("old", (*KEY, *SAID))}, old.batch_id FROM feedback_answer AS old JOIN standing USING (id)
    WHERE differs
"""

_DUE = "nullif(said.nps <= %(low)s AND said.day >= %(since)s, false)"
_COMPLAINT = f"EXISTS (SELECT 1 FROM {Complaint._meta.db_table} AS had WHERE had.answer_id = old.id)"

_CORRECT = f"""
    UPDATE feedback_answer AS old SET ({", ".join(SAID)}) = ROW({_of("said", SAID)}), batch_id = %(batch)s,
        complaint_due = CASE WHEN NOT {_COMPLAINT} THEN {_DUE} END
    FROM said JOIN standing ON {_SAME} WHERE differs AND old.id = standing.id
"""

_INSERT = f"""
    INSERT INTO feedback_answer (source_id, day, detail, {", ".join(SAID)}, origin, batch_id, complaint_due)
    SELECT %(source)s, said.day, said.detail, {_of("said", SAID)}, '{Origin.FILE}', %(batch)s, {_DUE}
    FROM said WHERE NOT EXISTS (SELECT 1 FROM standing WHERE {_SAME}) ORDER BY said.day, said.detail
"""


# -- Taking back --------------------------------------------------------------------------------------

_TAKE_OUT = f"""
    DELETE FROM feedback_answerbefore WHERE batch_id = %(batch)s;
    CREATE TEMP TABLE taken ON COMMIT DROP AS
    SELECT id, {", ".join(KEY)}, customer_id FROM feedback_answer
    WHERE source_id = %(source)s AND batch_id = %(batch)s AND day BETWEEN %(first)s AND %(last)s FOR UPDATE
"""

# The newest of what earlier imports had said of these rows; what became of the answer since stays with it.
_BRING_BACK = f"""
    WITH newest AS (
        SELECT DISTINCT ON ({_of("old", KEY)}) old.*, taken.id AS of_id FROM feedback_answerbefore AS old
        JOIN taken ON ({_of("taken", KEY)}) = ({_of("old", KEY)}) JOIN ingest_import AS said ON said.id = old.batch_id
        ORDER BY {_of("old", KEY)}, said.revision DESC
    ), kept AS (
        DELETE FROM feedback_answerbefore AS old USING newest
        WHERE ({_of("old", KEY)}) = ({_of("newest", KEY)}) AND old.batch_id = newest.batch_id
    )
    UPDATE feedback_answer AS here SET ({", ".join(SAID)}) = ROW({_of("newest", SAID)}), batch_id = newest.batch_id,
        complaint_due = NULL
    FROM newest WHERE here.id = newest.of_id
"""

_GONE = "(SELECT here.id FROM feedback_answer AS here JOIN taken USING (id) WHERE here.batch_id = %(batch)s)"
# A complaint that came of an answer stays: people are at work on it.
_REMOVE = f"""
    UPDATE {Complaint._meta.db_table} SET answer_id = NULL WHERE answer_id IN {_GONE};
    DELETE FROM {AnswerTopic._meta.db_table} WHERE answer_id IN {_GONE};
    DELETE FROM feedback_answer WHERE id IN {_GONE}
"""
