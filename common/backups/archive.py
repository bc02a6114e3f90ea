"""The file itself: a ZIP whose members are checked by SHA-256, and a manifest that names them all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1024 * 1024
_UNREADABLE = (KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError)
STALE = 24 * 3600  # seconds after which half an archive is nobody's any more


class BackupError(Exception):
    """It cannot be done; the message says why and what to do."""


@dataclass(frozen=True)
class Table:
    """`member` holds its rows as COPY writes them: text, in the order of `columns`."""

    name: str
    columns: list[str]
    member: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Partition:
    name: str
    parent: str
    bound: str  # as PostgreSQL words it: FOR VALUES FROM (…) TO (…)


@dataclass(frozen=True)
class Sequence:
    name: str
    last: int
    called: bool


@dataclass(frozen=True)
class Upload:
    """`path` is relative to the uploads folder."""

    path: str
    member: str
    size: int
    sha256: str


@dataclass
class Manifest:
    made_at: str
    version: str
    postgres: str
    migrations: list[list[str]]
    format: int = FORMAT
    tables: list[Table] = field(default_factory=list)
    partitions: list[Partition] = field(default_factory=list)
    sequences: list[Sequence] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


class Counted:
    """Passes bytes on, and keeps their number and digest."""

    def __init__(self, into: IO[bytes] | None = None) -> None:
        self.into = into
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self.size += len(chunk)
        self.digest.update(chunk)
        if self.into is not None:
            self.into.write(chunk)
        return len(chunk)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive that appears under its name only when it is whole and on the disk; else nothing of it stays."""
    if path.exists():
        raise BackupError(f"{path} is there already; backups never replace one another.")
    _sweep_up(path.parent)
    draft = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(draft, "xb", opener=_private) as file:
            with zipfile.ZipFile(
                file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=1
            ) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    except OSError as error:
        raise BackupError(
            f"The backup could not be written to {path.parent}: {error.strerror or error}."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def write_manifest(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    archive.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Raises BackupError where it is no backup, or only a part of one."""
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror or error}.") from error
    except zipfile.BadZipFile:
        raise BackupError(f"{path} is not a backup, or only a part of one.") from None
    with archive:
        yield archive, _manifest(archive, path)


def verify(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Reads everything once and compares it with the manifest. Raises BackupError naming what differs."""
    members: list[Table | Upload] = [*manifest.tables, *manifest.uploads]
    for kept in members:
        counted = Counted()
        try:
            with archive.open(kept.member) as member:
                while chunk := member.read(CHUNK):
                    counted.write(chunk)
        except _UNREADABLE as error:
            raise BackupError(f"The backup is damaged: {kept.member} cannot be read ({error}).") from error
        if (counted.size, counted.digest.hexdigest()) != (kept.size, kept.sha256):
            raise BackupError(f"The backup is damaged: {kept.member} is not what was written.")


def _manifest(archive: zipfile.ZipFile, path: Path) -> Manifest:
    damaged = BackupError(f"{path} is not a backup of Plumbline, or is damaged: its manifest cannot be read.")
    try:
        raw: dict[str, Any] = json.loads(archive.read(MANIFEST))
    except _UNREADABLE:
        raise damaged from None
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise BackupError(f"{path} was made by a newer Plumbline; upgrade first, then restore.")
    try:
        raw["tables"] = [Table(**one) for one in raw["tables"]]
        raw["partitions"] = [Partition(**one) for one in raw["partitions"]]
        raw["sequences"] = [Sequence(**one) for one in raw["sequences"]]
        raw["uploads"] = [Upload(**one) for one in raw["uploads"]]
        return Manifest(**raw)
    except (KeyError, TypeError):
        raise damaged from None


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)  # unlike a rename, never over another
    except FileExistsError:
        raise BackupError(f"{path} is there already; backups never replace one another.") from None
    except OSError:  # a file system without links
        draft.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sweep_up(folder: Path) -> None:
    """Halves that a killed backup left behind."""
    for path in folder.glob(".*.partial"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > STALE:
                path.unlink()
