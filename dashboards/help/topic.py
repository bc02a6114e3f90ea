from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Key:
    """What is pressed, one after the other, and what it does."""

    pressed: tuple[str, ...]
    does: str | Promise


@dataclass(frozen=True)
class Topic:
    """`says`: a sentence or two each. `lights` and `due`: whether the page shows lights, and what is due by now.
    `on`: URL names of pages where to go on.
    """

    says: tuple[str | Promise, ...]
    lights: bool = False
    due: bool = False
    keys: tuple[Key, ...] = ()
    on: tuple[str, ...] = ()
