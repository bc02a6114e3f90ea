"""Where uploads are written while they come: on the volume that keeps them, not in the system's /tmp."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ingest.services.receive import why_not_stored

ABANDONED_AFTER = 24 * 3600.0  # seconds: what a killed server left


def upload_refused(request: HttpRequest) -> str:
    """Why the file of this request is not there although one was sent; empty where nothing went wrong."""
    return str(getattr(request, "upload_refused", ""))


class SpoolUploadHandler(TemporaryFileUploadHandler):
    """Writes to FILE_UPLOAD_TEMP_DIR. A full disk or too large a file ends the upload with nothing left of it, and
    `upload_refused` says why."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.size = 0
        folder = Path(settings.FILE_UPLOAD_TEMP_DIR)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder)
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._stop(why_not_stored(error))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.size > settings.UPLOAD_LIMIT_BYTES:
            self._stop(
                _("This file is larger than %(limit)s MB. Split it and send the parts.")
                % {"limit": settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)}
            )
        try:
            super().receive_data_chunk(raw_data, start)
            self.file.flush()
        except OSError as error:
            self._stop(why_not_stored(error))

    def _stop(self, why: str) -> None:
        file = getattr(self, "file", None)
        if file is not None:
            Path(file.temporary_file_path()).unlink(missing_ok=True)
            with suppress(OSError):  # what could not be written, or is gone already
                file.close()
        if self.request is not None:
            self.request.upload_refused = why  # type: ignore[attr-defined]
        raise StopUpload(connection_reset=False)


def _sweep(folder: Path) -> None:
    before = time.time() - ABANDONED_AFTER
    for path in folder.glob("*.upload*"):
        try:
            if path.stat().st_mtime < before:
                path.unlink()
        except OSError:
            continue  # another process was quicker
