"""Keeping touches as files tell them, a row a touch and import, and taking an import's rows away again."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.services.attribution_settings import follow_touches
from channels.touch_files import SOURCE
from customers.keys import hash_key, normal
from ingest.layouts import Layout
from ingest.matching import BLANKS
from ingest.models import Import
from ingest.sinks import Fault, Original, Written
from kpis.models import Measure

MOST_AT_ONCE = 10_000  # conversions in one line: more is a total, or a slip

_NO = "'', '0', '0.0', 'no', 'n', 'false', 'f', 'none', 'null', '-', '否', '无', '未', '未转化', '未成交'"
_YES = "'1', '1.0', 'yes', 'y', 'true', 't', 'converted', 'conversion', '是', '有', '已', '转化', '已转化', '成交', '已成交'"
CONVERTED = f"""CASE WHEN t_converted = '0' THEN 0 WHEN t_converted = '1' THEN 1
    WHEN lower(t_converted) IN ({_NO}) THEN 0 WHEN lower(t_converted) IN ({_YES}) THEN 1
    WHEN t_converted ~ '^[0-9]{{1,6}}$' AND t_converted::int <= {MOST_AT_ONCE} THEN t_converted::int END"""

# The clock in a cell with or without a day: 9:05, 21:05:30, 下午 3:20, 3:20 PM; or the fraction of an Excel serial.
_CLOCK = r"regexp_match(t_time, '(?:^|[^0-9])([0-9]{1,2})[:：]([0-9]{2})(?:[:：]([0-9]{2}))?(?![0-9])')"
# What programs write: most lines by far, and read without taking them apart by patterns again and again.
_PLAIN = r"t_time ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$'"
_SERIAL = r"t_time ~ '^[0-9]{5}\.[0-9]{1,15}$'"
SECOND = rf"""CASE WHEN {_PLAIN} THEN 3600 * substr(t_time, 12, 2)::int + 60 * substr(t_time, 15, 2)::int
        + coalesce(nullif(substr(t_time, 18, 2), ''), '0')::int
    WHEN {_SERIAL} THEN least(86399, round(('0.' || split_part(t_time, '.', 2))::numeric * 86400))::int
    WHEN {_CLOCK} IS NULL THEN 0 ELSE 60 * ({_CLOCK})[2]::int + coalesce(({_CLOCK})[3]::int, 0) + 3600 * (CASE
        WHEN t_time ~* '(pm|p\.m\.|下午|晚上|中午)' AND ({_CLOCK})[1]::int < 12 THEN ({_CLOCK})[1]::int + 12
        WHEN t_time ~* '(am|a\.m\.|上午|凌晨|早上)' AND ({_CLOCK})[1]::int = 12 THEN 0
        ELSE ({_CLOCK})[1]::int END) END"""
_BAD_CLOCK = rf"""CASE WHEN {_PLAIN} THEN false ELSE NOT {_SERIAL} AND (
    (t_time ~ '[:：]' AND {_CLOCK} IS NULL) OR coalesce(({_CLOCK})[1]::int > 23 OR ({_CLOCK})[2]::int > 59
        OR ({_CLOCK})[3]::int > 59, false)) END"""


class Touches:
    """The sink of files of touches. They publish no amounts of any area; attribution does, from all of them."""

    code = SOURCE
    reasons: Mapping[str, str | Promise] = {
        "touch-without-key": _("There is no customer in “%(column)s”."),
        "touch-bad-time": _("“%(text)s” in “%(column)s” is no time of day; write 2025-08-01 09:30."),
        "touch-bad-converted": _(
            "“%(text)s” in “%(column)s” does not say whether she converted; write 1 or 0, or how often."
        ),
        "touch-without-channel": _("This line names no channel, and no conversion."),
        "touch-below-zero": _("What a conversion brought cannot be below zero: %(text)s."),
    }

    def faults(self, *, layout: Layout) -> Sequence[Fault]:
        blank = ", ".join(f"'{one}'" for one in sorted(BLANKS))
        return (
            Fault("touch-without-key", f"lower(t_key) IN ({blank})", about="key"),
            Fault("touch-bad-time", _BAD_CLOCK, {"text": "left(t_time, 80)"}, about="time"),
            Fault(
                "touch-bad-converted",
                f"({CONVERTED}) IS NULL",
                {"text": "left(t_converted, 80)"},
                about="converted",
            ),
            Fault("touch-without-channel", f"channel_id = 0 AND ({CONVERTED}) = 0"),
            Fault(
                "touch-below-zero",
                "0 > ANY(amounts)",
                {"text": "(SELECT trim_scale(min(one))::text FROM unnest(amounts) AS one)"},
            ),
        )

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
        """Lines that are the same letter for letter count once; several of one customer, moment and channel add up."""
        assert batch.source is not None
        slot = Measure.objects.values_list("slot", flat=True).get(code="revenue")
        params = {
            "batch": batch.pk, "source": batch.source.pk, "first": batch.first_day, "last": batch.last_day,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('work_mem', '256MB', true)")
            _hash_keys(cursor, typed)
            cursor.execute(_fresh(typed, slot))
            cursor.execute("ANALYZE fresh_touch")
            cursor.execute(_COUNT, params)
            fresh, same, other = cursor.fetchone()
            cursor.execute(_INSERT, params)
        if same < fresh:
            follow_touches(now=timezone.now())
        return Written(corrected=other, unchanged=batch.accepted - (fresh - same))

    def take_back(self, *, batch: Import) -> date | None:
        assert batch.source is not None
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM channels_touch WHERE batch_id = %s", [batch.pk])
            cursor.execute(
                "SELECT max(last_day) FROM ingest_import WHERE source_id = %s AND state = 'done' AND id <> %s",
                [batch.source.pk, batch.pk],
            )
            row = cursor.fetchone()
        follow_touches(now=timezone.now())
        return row[0] if row else None

    def originals(self, *, batch: Import, most: int) -> list[Original]:
        return []


def _hash_keys(cursor: Any, typed: str) -> None:
    """Each different way to write a key is hashed once."""
    cursor.execute(f"SELECT DISTINCT t_key FROM {typed}")
    hashes: dict[str, str] = {}
    lines = []
    for (text,) in cursor.fetchall():
        plain = normal(text)
        if plain not in hashes:
            hashes[plain] = hash_key(text).hex()
        escaped = text.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
        lines.append(f"{escaped}\t\\\\x{hashes[plain]}\n")
    cursor.execute("CREATE TEMP TABLE hashed_key (raw text, key bytea) ON COMMIT DROP")
    cursor.copy_expert("COPY hashed_key FROM STDIN", io.StringIO("".join(lines)))
    cursor.execute("ANALYZE hashed_key")


def _fresh(typed: str, slot: int) -> str:
    return f"""
        CREATE TEMP TABLE fresh_touch ON COMMIT DROP AS
        SELECT min(line) AS line, key, day, second, channel_id, sum(conversions)::int AS conversions, sum(value) AS value
        FROM (
            SELECT min(line) AS line, key, day, second, channel_id, conversions, value FROM (
                SELECT line, hashed_key.key, day, {SECOND} AS second, channel_id, {CONVERTED} AS conversions,
                    CASE WHEN {CONVERTED} > 0 THEN coalesce(amounts[{slot}], 0) ELSE 0 END AS value
                FROM {typed} AS typed JOIN hashed_key ON hashed_key.raw = t_key
            ) AS told GROUP BY key, day, second, channel_id, conversions, value
        ) AS once GROUP BY key, day, second, channel_id
    """


# Held against what was told last of each touch: how many are here, how many say the same, how many another thing.
_COUNT = """
    WITH told AS (
        SELECT DISTINCT ON (key, day, second, channel_id) key, day, second, channel_id, conversions, value
        FROM channels_touch JOIN ingest_import AS said ON said.id = batch_id
        WHERE day BETWEEN %(first)s AND %(last)s AND said.source_id = %(source)s
        ORDER BY key, day, second, channel_id, said.revision DESC, said.id DESC
    )
    SELECT count(*),
        count(*) FILTER (WHERE (told.conversions, told.value) = (fresh.conversions, fresh.value)),
        count(*) FILTER (WHERE (told.conversions, told.value) <> (fresh.conversions, fresh.value))
    FROM fresh_touch AS fresh LEFT JOIN told USING (key, day, second, channel_id)
"""

_INSERT = """
    INSERT INTO channels_touch (batch_id, line, key, day, second, channel_id, conversions, value)
    SELECT %(batch)s, line, key, day, second, channel_id, conversions, value FROM fresh_touch ORDER BY line
"""
