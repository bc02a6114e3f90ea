"""From a file's rows to typed amounts, in the database: COPY the text, then let SQL read it.

Three unlogged tables an import, dropped at its end or at its next start: `stage` (the text, a line a row), one map a
kind of text (days, names of nodes), and `typed` (day, nodes, key, amounts), which is handed to the app that keeps
the facts. Unlogged and not temporary, so that PostgreSQL may read them with several workers.
"""

from __future__ import annotations

import io
import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import psycopg2
from django.db import connection, transaction

from ingest.cleaning import parse_day
from ingest.errors import FileRefused
from ingest.layouts import Amount, Emission, Layout, Name
from ingest.matching import Names, match
from ingest.money import Money
from ingest.reading.tables import Table
from kpis.models import Measure, OverTime, Unit
from organization.models import Dimension, Person
from organization.selectors.rates import company_currency

KEY = "day, channel_id, region_id, product_id, detail"
PLACES = (Dimension.CHANNEL, Dimension.REGION, Dimension.PRODUCT)


@dataclass
class Staged:
    """Names of an import's tables."""

    batch: int | str
    underscores: bool = False  # whether any cell has one: PostgreSQL would read 1_000 as a number

    @cached_property
    def own(self) -> str:
        """The company's currency."""
        return company_currency()

    @property
    def stage(self) -> str:
        return f"ingest_stage_{self.batch}"

    @property
    def typed(self) -> str:
        return f"ingest_typed_{self.batch}"

    def map(self, kind: str) -> str:
        return f"ingest_map_{self.batch}_{kind}"

    def drop(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename ~ %s",
                [rf"^ingest_(stage|typed|spread|map)_{self.batch}(_|$)"],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TABLE IF EXISTS {name}")


# -- Text in ------------------------------------------------------------------------------------


def load(
    *,
    staged: Staged,
    table: Table,
    head_line: int,
    width: int,
    progress: Callable[[int], None],
    most: int | None = None,
) -> int:
    """Copies all lines below the headings into `stage`, or `most` and a few more. Returns how many.

    `progress` hears the lines so far.

    Lines with too few or too many cells keep their number of cells in `found`; they are rejected later, not here.
    Raises FileRefused where the file is cut off.
    """
    columns = ", ".join(f"c{column}" for column in range(width))
    texts = ", ".join(f"c{column} text" for column in range(width))
    loaded = 0

    def texts_of_blocks() -> Iterator[bytes]:
        nonlocal loaded
        for lines, rows in table.blocks():
            if lines[0] <= head_line:
                below = bisect_right(lines, head_line)
                lines, rows = lines[below:], rows[below:]
            loaded += len(rows)
            progress(loaded)
            text = _copy_text(lines, rows, width, pad=table.encoding == "xlsx")
            staged.underscores = staged.underscores or "_" in text
            yield text.encode()
            if most is not None and loaded >= most:
                return

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE UNLOGGED TABLE {staged.stage} (line bigint, found int, {texts})")
        stream = _Stream(texts_of_blocks())
        try:
            cursor.copy_expert(f"COPY {staged.stage} (line, found, {columns}) FROM STDIN", stream, 1 << 20)
        except psycopg2.Error:
            if stream.refused is not None:
                raise stream.refused from None
            raise
    return loaded


def _copy_text(lines: Sequence[int], rows: list[list[str]], width: int, *, pad: bool) -> str:
    """The rows in COPY's text format. Odd lines and letters to escape are looked for in the whole block: they are rare."""
    if set(map(len, rows)) == {width}:
        text = "".join([f"{line}\t\\N\t{_TAB(cells)}\n" for line, cells in zip(lines, rows, strict=True)])
        plain = text.count("\n") == len(rows) and text.count("\t") == len(rows) * (width + 1)
        if plain and text.count("\\") == len(rows) and "\r" not in text and "\0" not in text:
            return text
    return "".join(_copy_line(line, cells, width, pad) for line, cells in zip(lines, rows, strict=True))


_TAB = "\t".join
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": ""})


def _copy_line(line: int, cells: list[str], width: int, pad: bool) -> str:
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    found = r"\N" if len(cells) == width or (pad and len(cells) < width) else str(len(cells))
    cells = [*cells[:width], *[""] * (width - len(cells))]
    return "\t".join([str(line), found, *(cell.translate(_ESCAPES) for cell in cells)]) + "\n"


class _Stream(io.RawIOBase):
    """What COPY reads from: pieces of text as they come. What stops the reading is kept: COPY would only quote it."""

    refused: FileRefused | None = None

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left and (piece := next(self._pieces, None)) is not None:
                self._left = piece
        except FileRefused as error:
            self.refused = error
            raise
        piece, self._left = self._left[:size], self._left[size:]
        return piece


# -- Text to days and nodes -----------------------------------------------------------------------


def map_texts(
    *, staged: Staged, layout: Layout, person: Person | None, pretend: dict[int, str] | None = None
) -> None:
    """Reads every different day and name once. New areas are made, or only pretended (see `ingest.matching`)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 1")  # enough to know that names are few
        cursor.execute(f"ANALYZE {staged.stage}")
        parallel(cursor)
        day = f"c{layout.day}"
        cursor.execute(f"SELECT DISTINCT {day} FROM {staged.stage}")
        days = [(text, parse_day(text)) for (text,) in cursor]
    _make_map(staged.map("day"), ["raw text", "day date"], days)
    if layout.foreign:
        _map_rates(staged, layout, dict(days))
    # A line without a day is rejected and names nothing; most files have none, and need no look at each line's day.
    dated = "true"
    if any(day is None for _text, day in days):
        dated = f"c{layout.day} IN (SELECT raw FROM {staged.map('day')} WHERE day IS NOT NULL)"
    for dimension in PLACES:
        for position, name in enumerate(_names(layout, dimension)):
            _map_names(
                staged, dated, dimension, f"{dimension}_{position}", name, person, layout.strict, pretend
            )


def _names(layout: Layout, dimension: str) -> list[Name]:
    """The different ways in which the layout names nodes of a dimension; each gets a map of its own."""
    ways = [getattr(emission, dimension) for emission in layout.emissions]
    return [name for name in dict.fromkeys(ways) if name != Name()]


def _map_names(
    staged: Staged,
    dated: str,
    dimension: str,
    kind: str,
    name: Name,
    person: Person | None,
    strict: bool,
    pretend: dict[int, str] | None,
) -> None:
    above: Names = (name.fixed,) if name.fixed else ()
    found: list[Names] = [()]
    if name.columns:
        cells = ", ".join(f"c{column}" for column in name.columns)
        with transaction.atomic(), connection.cursor() as cursor:
            parallel(cursor)
            cursor.execute(f"SELECT DISTINCT {cells} FROM {staged.stage} WHERE found IS NULL AND {dated}")
            found = [tuple(row) for row in cursor.fetchall()]
    with transaction.atomic():
        matches = match(
            dimension=dimension,
            names=[(*above, *cells) for cells in found],
            person=person,
            strict=strict,
            pretend=pretend,
        )
    texts = [f"raw{position} text" for position in range(len(name.columns))]
    _make_map(
        staged.map(kind),
        [*texts, "node_id int", "problem jsonb"],
        [
            (*names[len(above) :], hit.node_id, json.dumps(hit.problem) if hit.problem else None)
            for names, hit in matches.items()
        ],
    )


def _map_rates(staged: Staged, layout: Layout, days: Mapping[str, date | None]) -> None:
    """The rate of every day and currency that the file names, or why there is none."""
    told: list[tuple[str, str]] = [(raw, layout.currency) for raw in days]
    if layout.currency_column is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            parallel(cursor)
            cursor.execute(
                f"SELECT DISTINCT c{layout.day}, c{layout.currency_column} FROM {staged.stage} WHERE found IS NULL"
            )
            told = [tuple(row) for row in cursor.fetchall()]
    money = Money.now()
    rows = []
    for raw, text in told:
        worth = money.worth(text, days[raw])
        problem = json.dumps(worth.problem) if worth.problem else None
        rows.append((raw, text, worth.currency or None, worth.rate, problem))
    _make_map(
        staged.map("rate"),
        ["raw_day text", "raw text", "currency text", "rate numeric", "problem jsonb"],
        rows,
    )


def _make_map(table: str, columns: list[str], rows: Iterable[tuple[object, ...]]) -> None:
    def line(row: tuple[object, ...]) -> str:
        return "\t".join(r"\N" if cell is None else str(cell).translate(_ESCAPES) for cell in row) + "\n"

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE UNLOGGED TABLE {table} ({', '.join(columns)})")
        cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO("".join(map(line, rows))))
        cursor.execute(f"ANALYZE {table}")


# -- Typed amounts ----------------------------------------------------------------------------------


def make_typed(*, staged: Staged, layout: Layout) -> None:
    """Makes `typed`: (line, day, channel_id, region_id, product_id, detail, estimated, amounts), a row an emission;
    where money may be foreign, also (currency, rate, originals), and the layout's texts as t_<name>.

    What cannot be read is NULL (a day, a node) or NaN (an amount) here, and is told apart in `ingest.rejecting`.
    """
    parts = [_emission_sql(staged, layout, emission) for emission in layout.emissions]
    with transaction.atomic(), connection.cursor() as cursor:
        parallel(cursor)
        cursor.execute(f"CREATE UNLOGGED TABLE {staged.typed} AS {' UNION ALL '.join(parts)}")


def parallel(cursor: Any) -> None:
    """Lets the next statements of this transaction use several workers even on small tables."""
    cursor.execute("SET LOCAL min_parallel_table_scan_size = 0")
    cursor.execute("SET LOCAL parallel_setup_cost = 10")
    cursor.execute("SET LOCAL parallel_tuple_cost = 0.001")
    cursor.execute("SET LOCAL work_mem = '128MB'")


def joins(staged: Staged, layout: Layout, emission: Emission) -> tuple[str, dict[str, str]]:
    """SQL that joins `stage` to the maps of an emission, and the alias of each dimension's map."""
    parts = [f"LEFT JOIN {staged.map('day')} AS m_day ON m_day.raw = c{layout.day}"]
    aliases: dict[str, str] = {}
    for dimension in PLACES:
        name: Name = getattr(emission, dimension)
        if name == Name():
            continue
        aliases[dimension] = alias = f"m_{dimension}"
        kind = f"{dimension}_{_names(layout, dimension).index(name)}"
        on = [f"{alias}.raw{position} = c{column}" for position, column in enumerate(name.columns)]
        parts.append(f"LEFT JOIN {staged.map(kind)} AS {alias} ON {' AND '.join(on) or 'true'}")
    if layout.foreign:
        told = "true" if layout.currency_column is None else f"m_rate.raw = c{layout.currency_column}"
        parts.append(f"LEFT JOIN {staged.map('rate')} AS m_rate ON m_rate.raw_day = c{layout.day} AND {told}")
    return " ".join(parts), aliases


# What str.strip takes for space: a key is the same with any of it around.
_SPACES = " || ".join(["E' \\t\\n\\x0b\\x0c\\r'", *(f"chr({one})" for one in (
    0x1C, 0x1D, 0x1E, 0x1F, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000,
))])  # fmt: skip


def _texts(layout: Layout) -> list[str]:
    return [f"t_{name}" for name in layout.texts]


def _emission_sql(staged: Staged, layout: Layout, emission: Emission) -> str:
    joined, aliases = joins(staged, layout, emission)
    nodes: dict[str, str] = {
        dimension: f"{aliases[dimension]}.node_id" if dimension in aliases else "0" for dimension in PLACES
    }
    key = "||chr(31)||".join(f"c{column}" for column in layout.key)
    detail = f"('x' || left(md5({key}), 16))::bit(64)::bigint" if key else "0::bigint"
    if key and layout.key_optional:
        detail = f"CASE WHEN {key} = '' THEN 0 ELSE {detail} END"
    foreign = ""
    if layout.foreign:
        foreign = f", m_rate.currency, m_rate.rate, {_amounts_sql(staged, layout, emission, originals=True)} AS originals"
    texts = "".join(f", btrim(c{column}, {_SPACES}) AS t_{name}" for name, column in layout.texts.items())
    return f"""
        SELECT line, m_day.day, {nodes["channel"]} AS channel_id, {nodes["region"]} AS region_id,
            {nodes["product"]} AS product_id, {detail} AS detail, {str(layout.days > 1).lower()} AS estimated,
            {_amounts_sql(staged, layout, emission)} AS amounts{foreign}{texts}
        FROM {staged.stage} {joined} WHERE found IS NULL"""


def _amounts_sql(staged: Staged, layout: Layout, emission: Emission, *, originals: bool = False) -> str:
    """The amounts in the company's currency, or the money among them as it stood (`originals`)."""
    parts = {}
    for measure in Measure.objects.all():
        amount = emission.amounts.get(measure.code)
        if measure.code in emission.constants and not originals:
            parts[measure.slot] = f"{int(emission.constants[measure.code])}::numeric"
        if amount is None:
            continue
        money = measure.unit == Unit.MONEY
        if originals and not money:
            continue
        parts[measure.slot] = amount_sql(staged, layout, amount, money=money, converted=not originals)
    slots = range(1, max(parts, default=0) + 1)
    return f"ARRAY[{', '.join(parts.get(slot, 'NULL::numeric') for slot in slots)}]::numeric[]"


def amount_sql(staged: Staged, layout: Layout, amount: Amount, *, money: bool, converted: bool = True) -> str:
    """What goes in: in the unit of the measure, and `converted` to the company's currency where it is money."""
    kind = "numeric(20,4)" if amount.times is None else "numeric(30,12)"
    iso = iso_sql(staged, layout) if money else ""
    sql = number_sql(staged, f"c{amount.column}", kind, iso)
    plain = amount.times is None
    if amount.times is not None:
        sql, plain = f"{sql} * {number_sql(staged, f'c{amount.times}', kind, iso)}", False
    if amount.factor != 1:
        sql, plain = f"{sql} * {int(amount.factor)}", False
    if layout.foreign and money and converted:
        sql, plain = f"{sql} * m_rate.rate", False
    return sql if plain else f"round({sql}, 4)"


def iso_sql(staged: Staged, layout: Layout) -> str:
    """SQL for the currency that money in a line is in."""
    return f"coalesce(m_rate.currency, '{staged.own}')" if layout.foreign else f"'{staged.own}'"


def number_sql(staged: Staged, column: str, kind: str, iso: str = "") -> str:
    """Plain numbers are read where they stand; everything else goes through the function that knows how people write.

    PostgreSQL also reads 0x1F and 1_000: what does not begin with 1 to 9 is looked at for the first, files with an
    underscore anywhere for the second; and it takes a number of some ten thousand places for valid, and then fails at
    it. `iso` is SQL for the currency of the line, whose sign may stand in the cell.
    """
    looks = f"octet_length({column}) < 1000 AND ({column} >= '1' COLLATE \"C\" OR {column} !~ '[xXoObB_]')"
    if staged.underscores:
        looks += f" AND strpos({column}, '_') = 0"
    spoken = f"ingest_number({column}, {iso})" if iso else f"ingest_number({column})"
    return (
        f"CASE WHEN {looks} AND pg_input_is_valid({column}, '{kind}') THEN {column}::{kind} ELSE {spoken} END"
    )


def add_up(*, staged: Staged, layout: Layout) -> str:
    """Makes one row of the rows of `typed` that are about the same key. Returns the table that still has them apart."""
    parts = staged.map("parts")
    sums = ", ".join(f"sum(amounts[{slot}])" for slot in range(1, _last_slot(layout) + 1))
    texts = "".join(f", min({name}) AS {name}" for name in _texts(layout))
    with transaction.atomic(), connection.cursor() as cursor:
        parallel(cursor)
        cursor.execute(f"ALTER TABLE {staged.typed} RENAME TO {parts}")
        cursor.execute(
            f"CREATE UNLOGGED TABLE {staged.typed} AS SELECT min(line) AS line, {KEY},"
            f" bool_or(estimated) AS estimated, ARRAY[{sums}]::numeric[] AS amounts{texts} FROM {parts} GROUP BY {KEY}"
        )
    return parts


def _last_slot(layout: Layout) -> int:
    slots: list[int] = list(Measure.objects.filter(code__in=layout.measures).values_list("slot", flat=True))
    return max(slots, default=0)


def spread_over_days(*, staged: Staged, layout: Layout) -> None:
    """Replaces each row of `typed` by one a day, `layout.days` of them, whose amounts add up to it exactly.

    What does not add up over time, as a stock, is the same on each of them.
    """
    days, slots = layout.days, range(1, _last_slot(layout) + 1)
    adding = set(Measure.objects.filter(over_time=OverTime.SUM).values_list("slot", flat=True))

    def shares(column: str) -> str:
        return ", ".join(
            f"ingest_share({column}[{slot}], {days}, k)" if slot in adding else f"{column}[{slot}]"
            for slot in slots
        )

    more = f", currency, rate, ARRAY[{shares('originals')}] AS originals" if layout.foreign else ""
    more += "".join(f", {name}" for name in _texts(layout))
    spread = staged.map("spread")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"CREATE UNLOGGED TABLE {spread} AS SELECT line, day + k AS day, channel_id, region_id, product_id,"
            f" detail, estimated, ARRAY[{shares('amounts')}]::numeric[] AS amounts{more}"
            f" FROM {staged.typed}, generate_series(0, {days - 1}) AS k"
        )
        cursor.execute(f"DROP TABLE {staged.typed}")
        cursor.execute(f"ALTER TABLE {spread} RENAME TO {staged.typed}")
