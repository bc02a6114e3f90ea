"""What a file of tags would change: each line's piece found by its names, among those that she may tag."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from django.db.models import Q
from django.utils.translation import gettext as _

from channels.models import Piece
from channels.selectors.content import keepable
from channels.services.content import CONTENT_DEPTH, PieceDraft, check_piece, differs
from channels.tag_files import Line
from channels.tags import read_tags
from organization.gate import Someone
from organization.models import Node, NodeAlias
from organization.services import Refused
from organization.slugs import slugify

Names = Mapping[str, set[int]]


@dataclass(frozen=True)
class Considered:
    """A line with its piece, or why there is none. `held` is what holds of the piece now."""

    line: Line
    draft: PieceDraft | None = None
    held: Piece | None = None
    problem: str = ""


@dataclass(frozen=True)
class Look:
    changes: tuple[Considered, ...]
    refused: tuple[Considered, ...]
    same: int


def consider(lines: Sequence[Line], person: Someone) -> Look:
    """Five queries, however many lines. Of two lines on one piece the second is refused."""
    pieces = _Pieces(keepable(person))
    found = [
        (line, *pieces.find(line.names)) if not line.problem else (line, None, line.problem) for line in lines
    ]
    held = Piece.objects.in_bulk([node.pk for _line, node, _problem in found if node is not None])
    changes, refused, same = [], [], 0
    said: dict[int, int] = {}
    for line, node, problem in found:
        if node is not None and node.pk in said:
            problem = _("Line %(n)s says this piece already.") % {"n": said[node.pk]}
        if node is None or problem:
            refused.append(Considered(line, problem=problem))
            continue
        said[node.pk] = line.number
        draft = _draft(line, node)
        try:
            check_piece(draft)
        except Refused as wrong:
            refused.append(Considered(line, problem=str(wrong)))
            continue
        if _says_nothing(draft) or not differs(held.get(node.pk), draft):
            same += 1
        else:
            changes.append(Considered(line, draft, held.get(node.pk)))
    return Look(tuple(changes), tuple(refused), same)


def _draft(line: Line, node: Node) -> PieceDraft:
    scenes, audiences, products = (
        None if text is None else read_tags(text) for text in (line.scenes, line.audiences, line.products)
    )
    return PieceDraft(node, line.format, line.platform, line.published_on, scenes, audiences, products)


def _says_nothing(draft: PieceDraft) -> bool:
    return all(getattr(draft, field.name) in (None, False) for field in fields(draft) if field.name != "node")


class _Pieces:
    """The pieces that she may tag, by every name that they, their campaigns and channels answer to. Three queries."""

    def __init__(self, own: Collection[int]) -> None:
        rows = Node.objects.filter(
            Q(pk__in=own) | Q(merged_into__in=own), dimension="channel", depth=CONTENT_DEPTH
        ).select_related("parent__parent", "merged_into")
        self.nodes = {row.pk: row for row in rows}
        aliases: dict[int, list[str]] = defaultdict(list)
        for pk, slug in NodeAlias.objects.filter(dimension="channel").values_list("node_id", "slug"):
            aliases[pk].append(slug)
        self.by_name: dict[str, set[int]] = defaultdict(set)
        self.above: dict[int, tuple[set[str], set[str]]] = {}
        for row in self.nodes.values():
            for name in _names(row, aliases):
                self.by_name[name].add(row.pk)
            campaign = row.parent
            channel = campaign.parent if campaign is not None else None
            self.above[row.pk] = (_names(channel, aliases), _names(campaign, aliases))

    def find(self, names: tuple[str, str, str]) -> tuple[Node | None, str]:
        """The piece, or why there is none. It tells nothing of pieces that are not hers to tag."""
        channel, campaign, content = (_slug(name) for name in names)
        fits = {
            self._counting(pk)
            for pk in self.by_name.get(content, ())
            if (not channel or channel in self.above[pk][0])
            and (not campaign or campaign in self.above[pk][1])
        }
        shown = {"name": names[2][:80]}
        if not fits:
            return None, _("There is no content piece called “%(name)s” there that you may tag.") % shown
        if len(fits) > 1:
            return None, _(
                "Several content pieces are called “%(name)s”. Say the channel and the campaign in columns of their own."
            ) % shown
        return Node.objects.get(pk=pk) if (pk := fits.pop()) not in self.nodes else self.nodes[pk], ""

    def _counting(self, pk: int) -> int:
        """The piece in which this one counts: itself, unless it was merged."""
        return self.nodes[pk].merged_into_id or pk


def _names(node: Node | None, aliases: Mapping[int, Sequence[str]]) -> set[str]:
    if node is None:
        return set()
    return {_slug(name) for name in (node.slug, node.name, node.name_zh, *aliases.get(node.pk, ())) if name}


def _slug(name: str) -> str:
    """ "" for a name without letters."""
    try:
        return slugify(name) if name else ""
    except ValueError:
        return "\0"
