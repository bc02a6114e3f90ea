"""Pieces of content with figures, for tests: made as files make them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from channels.models import Piece
from channels.services.content import PieceDraft, tag_piece
from organization.models import Node
from tests.ingest.files import send, write
from tests.people import node

TODAY = date(2025, 9, 10)


def piece(path: str, **said: object) -> Node:
    """`抖音/夏季/开箱` with what is said of it, if anything is."""
    made = node(f"channel:{path}")
    if said:
        tag_piece(draft=PieceDraft(made, **said), based_on=0, person=None)  # type: ignore[arg-type]
    return made


def tags_of(made: Node) -> Piece:
    return Piece.objects.get(pk=made.pk)


def figures(folder: Path, lines: str) -> None:
    """`path,impressions,interactions,orders,repeat_orders` a line, on one day."""
    rows = ["date,channel,campaign,content,impressions,interactions,orders,repeat_orders"]
    for line in lines.split():
        path, *amounts = line.split(",")
        rows.append(",".join(["2025-08-10", *path.split("/"), *amounts]))
    send(write(folder, "\n".join(rows) + "\n"))
