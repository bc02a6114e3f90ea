"""A page as a person sees it, as PNG or PDF: the page is read here, and drawn by a Chromium that this process starts and ends.

Each picture has a browser of its own. One that is kept would save about a second of two or three, and would have to be
looked after between pictures, and after its worker was killed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.encoding import iri_to_uri
from django.utils.html import escape

from dashboards.drawing.browser import Order
from dashboards.drawing.chromium import chromium
from dashboards.drawing.foot import paper_foot
from dashboards.read_for import Unreadable, read_for
from dashboards.shareable import Address
from dashboards.tables.page import title_of
from organization.middleware import zone_of
from organization.models import Person

log = structlog.get_logger(__name__)

STANDING = 820  # px that a standing sheet holds at least


@dataclass(frozen=True)
class Drawn:
    content: bytes
    title: str  # of the page, in the language of the picture


class NotDrawn(Exception):
    """`why` is "missing" (no Chromium here), "slow", "broken", "panel" (no such part of the page), or of Unreadable."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def again(self) -> bool:
        """Whether another try may do."""
        return self.why in {"slow", "broken"}


def draw(
    person: Person,
    address: Address,
    *,
    form: str,
    now: datetime,
    panel: str = "",
    language: str = "",
    theme: str = "light",
    width: int = 1440,
) -> Drawn:
    """`form` is png or pdf (always light); `panel` the id of the one element that is wanted. Raises NotDrawn."""
    path = chromium()
    if not path:
        raise NotDrawn("missing")
    language, theme = language or person.language, "light" if form == "pdf" else theme
    try:
        response = read_for(person, address, language=language, theme=theme)
    except Unreadable as error:
        raise NotDrawn(error.why) from None
    html = response.content.decode()
    if panel and f'id="{escape(panel)}"' not in html:
        raise NotDrawn("panel")
    width = max(width, STANDING) if form == "pdf" else width
    with (
        translation.override(language),
        timezone.override(zone_of(person)),
        tempfile.TemporaryDirectory(prefix="picture-", ignore_cleanup_errors=True) as folder,
    ):
        title = title_of(html)
        part_of = title if panel else ""
        said = {"person": person, "at": now, "title": part_of}
        order = Order(
            chromium=path,
            folder=folder,
            url=settings.SITE_URL + iri_to_uri(str(address)),
            html=html.replace("</body>", render_to_string("dashboards/_picture_foot.html", said) + "</body>"),
            status=response.status_code,
            static=settings.STATIC_URL,
            roots=static_folders(),
            form=form,
            theme=theme,
            width=width,
            panel=panel,
            seconds=settings.DRAWING_SECONDS,
            foot=paper_foot(person=person, at=now, title=part_of),
        )
        return Drawn(_ordered(order), title)


def static_folders() -> tuple[str, ...]:
    """Where files of the interface lie: collected ones first, whose names pages of a release carry."""
    folders = [settings.STATIC_ROOT] if settings.STATIC_ROOT else []
    for finder in get_finders():
        folders += [storage.location for storage in getattr(finder, "storages", {}).values()]
    return tuple(str(folder) for folder in folders)


def _ordered(order: Order) -> bytes:
    """Starts the browser's process, and ends it with all that belongs to it."""
    # Chromium's own words are of use to nobody but whoever looks into a failure.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboards.drawing.browser"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=settings.BASE_DIR,
            # Chromium and its driver write below HOME and TMPDIR: into what is removed afterwards.
            env={**os.environ, "HOME": order.folder, "TMPDIR": order.folder},
            text=True,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def too_late() -> None:
            late.set()
            _end(process)

        timer = threading.Timer(settings.DRAWING_SECONDS, too_late)
        timer.start()
        try:
            answer = _told(process.stdin, process.stdout, order)
            if "done" in answer:
                return Path(answer["done"]).read_bytes()
            if answer.get("failed") == "panel":
                raise NotDrawn("panel")
            said.seek(0)
            log.warning(
                "picture.not_drawn",
                why="late" if late.is_set() else answer.get("failed", "ended"),
                said=answer.get("said", ""),
                errors=said.read()[-2000:].decode(errors="replace"),
            )
            raise NotDrawn("slow" if late.is_set() else answer.get("failed", "broken"))
        finally:
            timer.cancel()
            _end(process)


def _told(into: IO[str], out: IO[str], order: Order) -> dict[str, Any]:
    """What became of it; nothing where the process ended without a word."""
    with suppress(OSError, ValueError):
        into.write(json.dumps(asdict(order)) + "\n")
        into.flush()
        words: dict[str, Any] = json.loads(out.readline())
        return words
    return {}


def _end(process: subprocess.Popen[str]) -> None:
    """Its input ends: it takes its Chromium along. If it cannot even do that, its own group goes."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(3)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
