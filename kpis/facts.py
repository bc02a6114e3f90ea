"""Where sources keep their facts: apps above register their tables at start-up, so that nothing here looks upwards."""

from __future__ import annotations

from dataclasses import dataclass

_tables: dict[str, FactTable] = {}


@dataclass(frozen=True)
class FactTable:
    """A table of facts, with the columns day, source_id, amounts, estimated and a node id per dimension (0: none).

    `dimensions` names those that it has, as `channel` for the column channel_id.
    """

    code: str
    table: str
    dimensions: tuple[str, ...]


def register_facts(table: FactTable) -> None:
    _tables[table.code] = table


def all_fact_tables() -> list[FactTable]:
    return list(_tables.values())


def fact_table(code: str) -> FactTable:
    """Raises KeyError where no app has registered this code."""
    return _tables[code]
