"""Rows that a program sent, as a file of the layout `sent-rows`. Pure.

A row whose shape is wrong keeps its place in the file with the reasons in a column of its own, and names nothing; what
the rows say is judged where every file is judged.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ingest.cleaning import parse_day
from ingest.layouts import SENT, SENT_CURRENCY, SENT_FROM
from organization.api.reading_json import JsonNumber, NotJson, SaidTwice

FIRST_LINE = 2  # of the file, below the headings
LONGEST_TEXT = 200
LONGEST_NUMBER = 60
SHOWN = 500
BLOCK = 1000
TEXTS = ("channel", "campaign", "content", "region", "product", "key")
FIELDS = ("day", *TEXTS, SENT_CURRENCY)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
Reason = dict[str, str]


def measures_in(rows: Iterable[Any], known: Sequence[str]) -> list[str]:
    """The measures that any of the rows carries, in the order of `known`."""
    told: set[str] = set()
    for row in rows:
        if isinstance(row, dict):
            told.update(row)
    return [code for code in known if code in told and code not in FIELDS]


def has_other_currency(rows: Iterable[Any], currency: str) -> bool:
    told = (row.get(SENT_CURRENCY) for row in rows if isinstance(row, dict))
    return any(one is not None and one != currency for one in told)


def as_file(rows: Sequence[Any], *, source: str, measures: Sequence[str], currency: str) -> Iterator[bytes]:
    """The file, a block at a time: headings, then a line a row, so that row 0 stands in line 2."""
    foreign = has_other_currency(rows, currency)
    head = [*SENT, f"{SENT_FROM}{source}", *([SENT_CURRENCY] if foreign else []), *measures]
    blank = [""] * len(head)
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(head)
    for number, row in enumerate(rows, start=1):
        reasons = wrong_with(row, measures=measures)
        if reasons:
            line = blank.copy()
            line[len(SENT) - 1] = json.dumps(reasons, ensure_ascii=False)
            line[len(SENT)] = _shown(row)
        else:
            texts = [_BREAKS.sub(" ", row.get(name) or "") for name in TEXTS]
            money = [row.get(SENT_CURRENCY) or currency] if foreign else []
            line = [row["day"].strip(), *texts, "", "", *money, *(row[code] or "" for code in measures)]
        writer.writerow(line)
        if number % BLOCK == 0:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def wrong_with(row: Any, *, measures: Sequence[str]) -> list[Reason]:
    """What is wrong with a row's shape; [] where the pipeline may judge what it says."""
    if not isinstance(row, dict):
        return [{"code": "not-an-object"}]
    found: list[Reason] = []
    if isinstance(row, SaidTwice):
        found += [{"code": "said-twice", "column": _written(name)[:80]} for name in row.names]
    known = {*FIELDS, *measures}
    for name in row:
        if name not in known:
            found.append({"code": "unknown-field", "column": _written(name)[:80]})
    found += _day(row.get("day"))
    for name in TEXTS:
        value = row.get(name)
        if value is None:
            continue
        if not _is_text(value):
            found.append({"code": "no-text", "column": name})
        elif len(value) > LONGEST_TEXT or not _keepable(value):
            found.append({"code": "bad-text", "column": name, "longest": str(LONGEST_TEXT)})
    told = row.get(SENT_CURRENCY)
    if told is not None and not (_is_text(told) and _CURRENCY.fullmatch(told)):
        found.append({"code": "odd-currency", "column": SENT_CURRENCY, "text": _shown(told)[:20]})
    if not measures:
        found.append({"code": "no-amount"})
    for code in measures:
        if code not in row:
            found.append({"code": "lacks", "column": code})
        elif row[code] is not None and not _is_number(row[code]):
            found.append({"code": "bad-number", "column": code, "text": _shown(row[code])[:80]})
    return found


def _day(value: Any) -> list[Reason]:
    if value is None:
        return [{"code": "no-day", "column": "day"}]
    if not _is_text(value):
        return [{"code": "no-text", "column": "day"}]
    if len(value) > LONGEST_NUMBER or not _keepable(value) or parse_day(value) is None:
        return [{"code": "bad-day", "column": "day", "text": _written(value)[:80]}]
    return []


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, JsonNumber | NotJson)


def _is_number(value: Any) -> bool:
    """A JSON number, or a plain number as text; NaN, true, "1,2" and lists are none."""
    return isinstance(value, str) and len(value) <= LONGEST_NUMBER and _NUMBER.fullmatch(value) is not None


def _keepable(text: str) -> bool:
    """No NUL, which PostgreSQL cannot keep, no other control letters, and no half of a surrogate pair."""
    return text.isprintable() or not any(
        letter < " " or letter == "\x7f" or "\ud800" <= letter <= "\udfff" for letter in text
    )


def _written(text: str) -> str:
    """Text that can be kept: halves of pairs and NUL are replaced."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _shown(value: Any) -> str:
    """A value as JSON writes it, cut to what a person looks at."""
    if isinstance(value, str):
        return _written(value[:SHOWN])
    try:
        return _BREAKS.sub(" ", _written(json.dumps(value, ensure_ascii=False)[:SHOWN]))
    except RecursionError:
        return "…"
