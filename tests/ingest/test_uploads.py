"""Uploads on their way to the disk: where they are written, and what a full one leaves."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ingest import uploads
from ingest.errors import FileRefused
from ingest.models import Import
from ingest.services import receive
from tests.people import bob

pytestmark = pytest.mark.django_db(transaction=True)
LINES = b"date,channel,cost\n" + b"2025-08-01,A,1\n" * 20_000


@contextmanager
def little_room(size: int) -> Iterator[None]:
    """Files of this process may not grow beyond `size`: the kernel ends the write as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_DIR = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "coming"
    return tmp_path


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def upload(content: bytes) -> str:
    client = Client()
    client.force_login(bob(), backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(reverse("ingest:imports"), {"file": SimpleUploadedFile("a.csv", content)})
    return response.content.decode() if response.status_code == 200 else response["Location"]


def test_a_full_disk_while_the_file_comes_is_said_at_the_field_and_leaves_nothing(folder: Path) -> None:
    with little_room(50_000):
        said = upload(LINES)
    assert "There is no room left on the server for this file" in said
    assert "field-error" in said
    assert not files_in(folder)
    assert not Import.objects.exists()
    assert upload(LINES).startswith("/imports/")


def test_a_full_disk_while_the_file_is_kept_is_said_and_leaves_nothing(folder: Path) -> None:
    with little_room(50_000), pytest.raises(FileRefused, match="no room left"):
        receive(name="a.csv", chunks=[LINES], person=None)
    assert not files_in(folder)
    assert not Import.objects.exists()


def test_too_large_a_file_is_stopped_while_it_comes(folder: Path, settings: Any) -> None:
    settings.UPLOAD_LIMIT_BYTES = 100_000
    assert "Split it and send the parts." in upload(LINES)
    assert not files_in(folder)


def test_files_are_written_beside_where_they_are_kept_and_not_to_tmp(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []
    kept = uploads.SpoolUploadHandler.receive_data_chunk

    def watch(self: uploads.SpoolUploadHandler, raw_data: bytes, start: int) -> None:
        kept(self, raw_data, start)
        seen.append(Path(self.file.temporary_file_path()))

    monkeypatch.setattr(uploads.SpoolUploadHandler, "receive_data_chunk", watch)
    upload(LINES)
    assert {path.parent for path in seen} == {folder / "coming"}
    assert [path.parent.name for path in files_in(folder)] != ["coming"]
    assert len(files_in(folder)) == 1


def test_what_a_killed_server_left_is_swept_away(folder: Path) -> None:
    (folder / "coming").mkdir()
    old, young = folder / "coming" / "old.upload.csv", folder / "coming" / "young.upload.csv"
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    upload(LINES)
    assert (old.exists(), young.exists()) == (False, True)


def test_what_breaks_after_the_file_is_kept_leaves_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(import_module("ingest.services.receive"), "enqueue", broken)
    with pytest.raises(RuntimeError):
        receive(name="a.csv", chunks=[LINES], person=None)
    assert not files_in(folder)
    assert not Import.objects.exists()
