"""Tagging content pieces, one by a form or many by a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels.models import Format, Piece
from channels.models.content import LONGEST_PLATFORM, LONGEST_TAG, MOST_TAGS
from channels.tags import same, tidy, unique
from organization.models import Node, Person
from organization.services import Refused, record

CONTENT_DEPTH = 3  # channel → campaign → content
TAGS = ("scenes", "audiences", "products")
FIELDS = ("format", "platform", "published_on", *TAGS)


@dataclass(frozen=True)
class PieceDraft:
    """What somebody says of a piece. None leaves a thing as it is; an empty text or list takes it away."""

    node: Node
    format: str | None = None
    platform: str | None = None
    published_on: date | None = None
    scenes: Sequence[str] | None = None
    audiences: Sequence[str] | None = None
    products: Sequence[str] | None = None
    dateless: bool = False  # takes the day away


class PieceMoved(Exception):
    """Somebody else has tagged it since it was opened; nothing was written. `current` is what holds now."""

    def __init__(self, current: Piece) -> None:
        super().__init__(str(current))
        self.current = current


@dataclass(frozen=True)
class Tagged:
    new: int
    changed: int
    unchanged: int


@transaction.atomic
def tag_piece(*, draft: PieceDraft, based_on: int, person: Person | None) -> Piece:
    """Tags one piece that was seen as revision `based_on` (0: not tagged yet).

    Raises Refused for what cannot be, PieceMoved where somebody else was quicker and said something else.
    """
    check_piece(draft)
    held = _held([draft.node.pk]).get(draft.node.pk)
    piece, before = _laid_over(held, draft)
    if held is not None and not before:
        return held
    if (held.revision if held else 0) != based_on:
        raise PieceMoved(held or piece)
    _save([piece], [] if held else [piece.pk])
    _record(piece, draft.node, before, person)
    return piece


@transaction.atomic
def tag_pieces(
    *, drafts: Sequence[PieceDraft], person: Person | None, seen: Mapping[int, int] | None = None
) -> Tagged:
    """Tags many at once, all or none; what says the same changes nothing. `seen` are the revisions that they were held
    against, by node. Raises Refused and PieceMoved as `tag_piece`.
    """
    for draft in drafts:
        check_piece(draft)
    wanted = {draft.node.pk: draft for draft in drafts}
    held = _held(wanted)
    made, changed = [], []
    for pk, draft in wanted.items():
        piece, before = _laid_over(held.get(pk), draft)
        if before and seen is not None and seen.get(pk, 0) != piece.revision - 1:
            raise PieceMoved(held.get(pk, piece))
        if pk not in held:
            made.append(piece)
        elif before:
            changed.append(piece)
        if before or pk not in held:
            _record(piece, draft.node, before, person)
    _save([*made, *changed], [piece.pk for piece in made])
    return Tagged(len(made), len(changed), len(wanted) - len(made) - len(changed))


def differs(held: Piece | None, draft: PieceDraft) -> bool:
    """Whether the draft says anything that does not hold already."""
    return held is None or bool(_laid_over(held, draft)[1])


def check_piece(draft: PieceDraft) -> None:
    """Raises Refused with what is wrong, for people."""
    if draft.node.dimension != "channel" or draft.node.depth != CONTENT_DEPTH:
        raise Refused(_("“%(name)s” is not a content piece.") % {"name": draft.node.label})
    if draft.format and draft.format not in Format.values:
        raise Refused(_("“%(format)s” is not a format.") % {"format": draft.format[:40]})
    if len(tidy(draft.platform or "")) > LONGEST_PLATFORM:
        raise Refused(_("A platform's name has at most %(n)s characters.") % {"n": LONGEST_PLATFORM})
    for name in TAGS:
        tags = unique(getattr(draft, name) or ())
        if len(tags) > MOST_TAGS:
            raise Refused(_("A piece has at most %(n)s tags of a kind.") % {"n": MOST_TAGS})
        long = next((tag for tag in tags if len(tag) > LONGEST_TAG), None)
        if long is not None:
            raise Refused(
                _("The tag “%(tag)s…” is longer than %(n)s characters.")
                % {"tag": long[:20], "n": LONGEST_TAG}
            )


def _held(nodes: Collection[int]) -> dict[int, Piece]:
    """Locked to the end of the transaction, as are the nodes themselves: two who tag a new piece come one by one."""
    list(Node.objects.filter(pk__in=nodes).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return Piece.objects.in_bulk(list(nodes))


def _laid_over(held: Piece | None, draft: PieceDraft) -> tuple[Piece, dict[str, Any]]:
    """The piece as it would be, and what held before of what changes."""
    piece = Piece(node_id=draft.node.pk, revision=(held.revision + 1) if held else 1)
    if held is not None:
        for name in FIELDS:
            setattr(piece, name, getattr(held, name))
    before: dict[str, Any] = {}
    for name in FIELDS:
        said = getattr(draft, name)
        if said is None and not (name == "published_on" and draft.dateless):
            continue
        now = unique(said) if name in TAGS else tidy(said) if name in ("format", "platform") else said
        was = getattr(piece, name)
        if [same(tag) for tag in now] != [same(tag) for tag in was] if name in TAGS else now != was:
            before[name] = was
            setattr(piece, name, now)
    return piece, before


def _save(pieces: Sequence[Piece], new: Collection[int]) -> None:
    Piece.objects.bulk_create([piece for piece in pieces if piece.pk in new])
    old = [piece for piece in pieces if piece.pk not in new]
    if old:
        Piece.objects.bulk_update(old, [*FIELDS, "revision"])


def _record(piece: Piece, node: Node, before: dict[str, Any], person: Person | None) -> None:
    record(
        action="content.tag",
        subject=node.code,
        person=person,
        before={name: str(value) if isinstance(value, date) else value for name, value in before.items()},
        after={
            name: str(value) if isinstance(value := getattr(piece, name), date) else value for name in before
        },
    )
