"""Lines that cannot go in: found, kept with their reasons, and worded for people.

A suspicion is cheap and looks at every line; reasons are made only for the suspected. All of it stays in the database,
so that a file of ten million bad lines takes no more memory than one of ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from ingest.layouts import Layout
from ingest.models import Import, Reject
from ingest.sinks import Fault, sink, words_of
from ingest.staging import KEY, Staged, amount_sql, iso_sql, joins, number_sql, parallel
from kpis.models import Measure, Unit

LIMIT = 10**12  # an amount of a trillion is a mistake
DAYS_AHEAD = 31  # and so is a day far ahead: most often a mistyped year
SHOWN_LINES = 6


@transaction.atomic
def reject_bad_lines(
    *, staged: Staged, batch: Import, layout: Layout, headings: list[str], today: date
) -> int:
    """Takes every line that cannot go in out of `typed` and keeps it with its reasons. Returns how many lines."""
    Reject.objects.filter(batch=batch).delete()
    with connection.cursor() as cursor:
        parallel(cursor)
        params: dict[str, Any] = {
            "last": today + timedelta(days=DAYS_AHEAD),
            **{f"heading{column}": heading[:80] for column, heading in enumerate(headings)},
        }
        cursor.execute(f"CREATE TEMP TABLE suspect ON COMMIT DROP AS {_suspects(staged, layout)}", params)
        if cursor.rowcount:
            cursor.execute("ANALYZE suspect")
            cursor.execute(_reasons(staged, batch, layout, headings), params)
            _take_out(cursor, staged, batch)
    return Reject.objects.filter(batch=batch).count()


@transaction.atomic
def reject_twins(*, staged: Staged, batch: Import, width: int) -> int:
    """Takes lines about the same key out of `typed`. Returns how many lines of the file are rejected by now.

    A line that stands in the file twice, letter for letter, loses its second copy; lines that differ in anything are
    all rejected, since nobody can tell whether they correct each other, add up, or which of them is right.
    """
    twin = staged.map("twin")
    cells = ", ".join(f"c{column}" for column in range(width))
    with connection.cursor() as cursor:
        # Keys alone first: what the twins say is looked up only for them.
        cursor.execute(
            f"CREATE UNLOGGED TABLE {twin} AS SELECT {_of('typed')}, min(line) AS first,"
            f" min(ARRAY[{cells}]) IS DISTINCT FROM max(ARRAY[{cells}]) OR count(DISTINCT line) < count(*) AS differ,"
            f" array_to_string((array_agg(line ORDER BY line))[1:{SHOWN_LINES}], ', ')"
            f" || CASE WHEN count(*) > {SHOWN_LINES} THEN ' …' ELSE '' END AS lines"
            f" FROM (SELECT {KEY} FROM {staged.typed} GROUP BY {KEY} HAVING count(*) > 1) AS same"
            f" JOIN {staged.typed} AS typed ON ({_of('typed')}) = ({_of('same')})"
            f" JOIN {staged.stage} AS stage USING (line) GROUP BY {_of('typed')}"
        )
        cursor.execute(_twins(staged, batch, cells))
        cursor.execute(
            f"DELETE FROM {staged.typed} AS typed USING {twin} AS twin"
            f" WHERE ({_of('typed')}) = ({_of('twin')}) AND typed.line > twin.first AND NOT differ"
        )
        _take_out(cursor, staged, batch)
    return Reject.objects.filter(batch=batch).count()


def _of(alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in KEY.split(", "))


def _take_out(cursor: Any, staged: Staged, batch: Import) -> None:
    cursor.execute(
        f"DELETE FROM {staged.typed} WHERE line IN (SELECT line FROM ingest_reject WHERE batch_id = %s)",
        [batch.pk],
    )


def _suspects(staged: Staged, layout: Layout) -> str:
    slots = dict(Measure.objects.values_list("code", "slot"))
    refused = "" if layout.refused is None else f" OR c{layout.refused} <> ''"
    own = "".join(f" OR ({fault.condition})" for fault in _faults(layout))
    return f"""
        SELECT line FROM {staged.stage} WHERE found IS NOT NULL{refused}
        UNION
        SELECT line FROM {staged.typed}
        WHERE day IS NULL OR day > %(last)s OR channel_id IS NULL OR region_id IS NULL OR product_id IS NULL
           OR {LIMIT} <= ANY(amounts) OR 0 > ANY(amounts){" OR rate IS NULL" if layout.foreign else ""}
           OR amounts[{slots["clicks"]}] > amounts[{slots["impressions"]}]{own}"""


def _faults(layout: Layout) -> Sequence[Fault]:
    return sink(layout.sink).faults(layout=layout)


def _reasons(staged: Staged, batch: Import, layout: Layout, headings: list[str]) -> str:
    """One INSERT of the suspected lines that do have a reason (a refund, for one, is only suspected)."""
    selects = []
    for emission in layout.emissions:
        joined, aliases = joins(staged, layout, emission)
        cases = [
            _case("found IS NOT NULL", code="cells", found="found", wanted=str(len(headings))),
            _case(
                f"found IS NULL AND day IS NULL AND trim(c{layout.day}) = ''",
                code="no-day", column=_heading(layout.day),
            ),
            _case(
                f"found IS NULL AND day IS NULL AND trim(c{layout.day}) <> ''",
                code="bad-day", text=f"left(c{layout.day}, 80)",
            ),
            _case("found IS NULL AND day > %(last)s", code="far-day", text=f"left(c{layout.day}, 80)"),
        ]  # fmt: skip
        maps = [*aliases.values(), *(["m_rate"] if layout.foreign else [])]
        cases += [f"CASE WHEN found IS NULL THEN {alias}.problem END" for alias in maps]
        numbers: dict[str, str] = {}
        for measure in Measure.objects.all():
            amount = emission.amounts.get(measure.code)
            if amount is None:
                continue
            money = measure.unit == Unit.MONEY
            iso = iso_sql(staged, layout) if money else ""
            for column in [amount.column] if amount.times is None else [amount.column, amount.times]:
                number = number_sql(staged, f"c{column}", "numeric(20,4)", iso)
                about = {"column": _heading(column), "text": f"left(c{column}, 80)"}
                wrong = f"found IS NULL AND {number} = 'NaN'"
                if iso:  # it may be a number with the sign of another currency
                    other = f"coalesce(ingest_number(c{column}) < 'NaN', false)"
                    cases.append(_case(f"{wrong} AND {other}", code="other-currency", own=iso, **about))
                    wrong += f" AND NOT {other}"
                cases.append(_case(wrong, code="not-a-number", **about))
                cases.append(
                    _case(
                        f"found IS NULL AND {number} >= {LIMIT} AND {number} < 'NaN'",
                        code="too-large",
                        **about,
                    )
                )
                if not measure.signed and measure.code not in layout.signed:
                    cases.append(_case(f"found IS NULL AND {number} < 0", code="negative", **about))
            whole = amount_sql(staged, layout, amount, money=money)
            if amount.times is None:
                numbers[measure.code] = whole
            if whole != number:  # more than what stands in the cell
                cases.append(
                    _case(
                        f"found IS NULL AND abs({whole}) >= {LIMIT} AND {whole} < 'NaN'",
                        code="too-large",
                        column=_heading(amount.column),
                        text=f"left(c{amount.column}, 80)",
                    )
                )
        if "clicks" in numbers and "impressions" in numbers:
            clicks, impressions = numbers["clicks"], numbers["impressions"]
            cases.append(
                _case(
                    f"found IS NULL AND {clicks} > {impressions} AND {clicks} < {LIMIT}",
                    code="clicks-above-impressions",
                    clicks=f"trim_scale({clicks})::text",
                    impressions=f"trim_scale({impressions})::text",
                )
            )
        cells = ", ".join(f"c{column}" for column in range(len(headings)))
        selects.append(
            f"SELECT line, ARRAY[{cells}]::text[] AS cells, unnest(array_remove(ARRAY[{', '.join(cases)}], NULL)) AS why"
            f" FROM {staged.stage} {joined} WHERE line IN (SELECT line FROM suspect)"
            + ("" if layout.refused is None else f" AND c{layout.refused} = ''")
        )
    for fault in _faults(layout):
        shown = {"column": _heading(layout.texts[fault.about])} if fault.about else {}
        told = _case(fault.condition, code=fault.code, **shown, **fault.facts)
        selects.append(
            f"SELECT line, ARRAY[{cells}]::text[], {told} FROM {staged.typed} JOIN {staged.stage} USING (line)"
            " WHERE line IN (SELECT line FROM suspect)"
        )
    if layout.refused is not None:
        selects.append(
            f"SELECT line, ARRAY[{cells}]::text[], jsonb_array_elements(c{layout.refused}::jsonb)"
            f" FROM {staged.stage} WHERE c{layout.refused} <> ''"
        )
    return f"""
        INSERT INTO ingest_reject (batch_id, line, cells, reasons)
        SELECT {batch.pk}, line, min(cells), jsonb_agg(DISTINCT why)
        FROM ({" UNION ALL ".join(selects)}) AS found WHERE why IS NOT NULL GROUP BY line"""


def _case(condition: str, *, code: str, **facts: str) -> str:
    pairs = ", ".join(f"'{name}', {sql}" for name, sql in facts.items())
    return (
        f"CASE WHEN {condition} THEN jsonb_build_object('code', '{code}'{', ' + pairs if pairs else ''}) END"
    )


def _heading(column: int) -> str:
    return f"%(heading{column})s::text"


def _twins(staged: Staged, batch: Import, cells: str) -> str:
    return f"""
        INSERT INTO ingest_reject (batch_id, line, cells, reasons)
        SELECT {batch.pk}, line, min(ARRAY[{cells}]::text[]),
            jsonb_build_array(jsonb_build_object('code', 'contradiction', 'lines', min(lines)))
        FROM {staged.stage} JOIN (
            SELECT line, lines FROM {staged.typed} AS typed
            JOIN {staged.map("twin")} AS twin ON ({_of("typed")}) = ({_of("twin")}) WHERE differ
        ) AS torn USING (line) GROUP BY line"""


def word(reason: dict[str, Any]) -> str:
    """A reason in plain words, in the reader's language."""
    texts = {
        "cells": _("This line has %(found)s cells, the headings have %(wanted)s."),
        "no-day": _("There is no date in “%(column)s”."),
        "bad-day": _("“%(text)s” is not a date that is clear; write 2025-08-01."),
        "far-day": _("The date “%(text)s” lies more than a month ahead."),
        "not-a-number": _("“%(text)s” in “%(column)s” is not a number."),
        "other-currency": _(
            "“%(text)s” in “%(column)s” is in another currency than the line, whose money is in %(own)s."
        ),
        "too-large": _("“%(text)s” in “%(column)s” is too large to be right."),
        "negative": _("“%(column)s” is negative: %(text)s."),
        "clicks-above-impressions": _(
            "There are more clicks (%(clicks)s) than impressions (%(impressions)s)."
        ),
        "contradiction": _("Lines %(lines)s are about the same day and place and say different things."),
        "total": _("This is a line of totals."),
        "campaign-without-channel": _("This line names a campaign but no channel."),
        "unknown-name": _("“%(name)s” is not known, and this layout makes no new areas."),
        "unknown-name-near": _(
            "“%(name)s” is not known, and this layout makes no new areas. The nearest known: %(near)s."
        ),
        "currency-missing": _("There is no currency in this line."),
        "bad-currency": _("“%(text)s” is not a currency; write a code such as USD."),
        "no-rate": _(
            "There is no rate from %(currency)s to %(own)s on %(day)s or before. Add it under Company settings,"
            " Exchange rates, and send the file again."
        ),
        "bad-name": _("“%(name)s” cannot be a name: it has no letter or digit, or is too long."),
        "not-an-object": _("A row is an object with a day and amounts."),
        "unknown-field": _("There is no such field. Measures are listed by GET /api/v1/measures/."),
        "said-twice": _("“%(column)s” stands in it twice."),
        "no-text": _("“%(column)s” has to be text."),
        "bad-text": _(
            "“%(column)s” holds letters that cannot be kept, or is longer than %(longest)s letters."
        ),
        "no-amount": _("There is no amount in it."),
        "lacks": _("“%(column)s” stands in other rows of this request. Write null where it is not reported."),
        "bad-number": _("“%(text)s” in “%(column)s” is not a plain number."),
        "odd-currency": _("“%(text)s” is no currency; write three capital letters, such as CNY."),
        "forgotten": _("Emptied: the customer of this line was forgotten."),
        "ambiguous-name": _("“%(name)s” fits several: %(fits)s. Write the whole path."),
    }
    code = reason["code"]
    return (texts[code] if code in texts else words_of(code)) % reason
