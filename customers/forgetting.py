"""Who else points to customers, and what of theirs is text: upper floors say so at start-up.

A holder's rows keep their customer when she is forgotten, so that figures stay; what she said in words goes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from customers.models import FieldClass
from organization.gate import Action
from organization.models import Person


@dataclass(frozen=True)
class Holder:
    """Rows of `table` whose `column` is a customer's id.

    `forget` erases her texts in the caller's transaction. `sweep(field class, before)` erases one batch of the texts
    of this class that are older than the day, and returns how many: it is called until that is 0. `seen_by` says
    whether somebody may do this to any row of hers, `needs` which of these customers must stay reachable now, and
    `batches` which imports hold rows of hers.
    """

    code: str
    table: str
    column: str
    forget: Callable[[int], None]
    sweep: Callable[[FieldClass, date], int] | None = None
    seen_by: Callable[[Person, Action, int], bool] | None = None
    needs: Callable[[Collection[int]], set[int]] | None = None
    batches: Callable[[int], Collection[int]] | None = None


@dataclass(frozen=True)
class KeyHolder:
    """Rows that know her by the keyed hash alone: `rename` puts the new hash in the old one's place, and counts them;
    `batches` are the imports that brought them."""

    code: str
    rename: Callable[[bytes, bytes], int]
    batches: Callable[[bytes], Collection[int]]


_holders: dict[str, Holder] = {}
_key_holders: dict[str, KeyHolder] = {}


def register_holder(holder: Holder) -> None:
    _holders[holder.code] = holder


def holders() -> tuple[Holder, ...]:
    return tuple(_holders.values())


def register_key_holder(holder: KeyHolder) -> None:
    _key_holders[holder.code] = holder


def key_holders() -> tuple[KeyHolder, ...]:
    return tuple(_key_holders.values())
