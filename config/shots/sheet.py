"""The sheet of all pictures: a row for each page, a picture for each width, theme and language."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 1.5rem; background: #f5f6f8; color: #17202b; }
section { margin-bottom: 2rem; } h2 { font-size: 1rem; margin: 0 0 .25rem; }
.shots { display: flex; gap: .75rem; overflow-x: auto; align-items: flex-start; padding-bottom: .5rem; }
figure { margin: 0; flex: none; } figcaption { color: #56616e; font-size: .75rem; }
img { display: block; height: 420px; width: auto; max-width: 640px; object-fit: cover; object-position: top; border: 1px solid #ccd2da; background: #fff; }
ul { color: #c62a2f; margin: .25rem 0; }
"""


@dataclass(frozen=True)
class Shot:
    name: str
    width: int
    theme: str
    language: str


@dataclass
class Row:
    name: str
    url: str
    shots: list[Shot] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def write_sheet(path: Path, rows: list[Row]) -> None:
    parts = [f"<!DOCTYPE html><meta charset='utf-8'><title>Shots</title><style>{STYLE}</style>"]
    parts.append(
        "<p>" + " · ".join(f"<a href='#{escape(row.name)}'>{escape(row.name)}</a>" for row in rows) + "</p>"
    )
    for row in rows:
        shots = "".join(
            f"<figure><a href='{escape(shot.name)}'><img loading='lazy' alt='' src='{escape(shot.name)}'></a>"
            f"<figcaption>{shot.width} · {shot.theme} · {shot.language}</figcaption></figure>"
            for shot in row.shots
        )
        wrong = "".join(f"<li>{escape(one)}</li>" for one in row.wrong)
        parts.append(
            f"<section id='{escape(row.name)}'><h2>{escape(row.name)} <small>{escape(row.url)}</small></h2>"
            f"<ul>{wrong}</ul><div class='shots'>{shots}</div></section>"
        )
    path.write_text("\n".join(parts), encoding="utf-8")
