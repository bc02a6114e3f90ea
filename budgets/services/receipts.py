"""Receipts of entries: files that are kept as they came, and known by their bytes, whatever their name says."""

from __future__ import annotations

import errno
import hashlib
import os
import uuid
import zipfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from budgets.models import Entry, Receipt
from budgets.services.saying import EntryRefused
from organization.models import Person
from organization.services import record

MOST_BYTES = 20 * 1024 * 1024
MOST = 20  # of an entry
FOLDER = "receipts"
# What invoices and contracts come as: their first bytes, and what that is.
_STARTS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
)
_HEIF = (b"heic", b"heix", b"heif", b"mif1", b"msf1")
OFD = ("application/ofd", ".ofd")  # electronic invoices in China


def add_receipt(
    *, entry: Entry, name: str, chunks: Iterable[bytes], person: Person | None, now: datetime
) -> Receipt:
    """Keeps the file with the entry; the same file again is the one that is there. Raises EntryRefused (`receipt`)."""
    stored_as = Path(FOLDER) / f"{timezone.localtime(now):%Y/%m}" / uuid.uuid4().hex
    path = settings.UPLOAD_DIR / stored_as
    size, digest = _store(path, chunks)
    try:
        kind, suffix = kind_of(path)
        with transaction.atomic():
            Entry.objects.select_for_update(of=("self",), no_key=True).get(pk=entry.pk)
            before = Receipt.objects.filter(entry=entry, digest=digest).first()
            if before is not None:
                path.unlink(missing_ok=True)
                return before
            if Receipt.objects.filter(entry=entry).count() >= MOST:
                raise EntryRefused(
                    _("%(n)s receipts are the most that an entry has.") % {"n": MOST}, "receipt"
                )
            made = Receipt.objects.create(
                entry=entry, name=plain_name(name, suffix), stored_as=str(stored_as), kind=kind, size=size, digest=digest,
                at=now, person=person,
            )  # fmt: skip
            line = entry.line
            record(
                action="budget.receipt", subject=f"{line.budget.node.name} · {line.name}", person=person, line=line.pk,
                entry=entry.pk, name=made.name,
            )  # fmt: skip
            return made
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def kind_of(path: Path) -> tuple[str, str]:
    """Content type and usual ending, by the bytes. Raises EntryRefused for what no receipt is."""
    with path.open("rb") as file:
        head = file.read(32)
    for start, kind, suffix in _STARTS:
        if head.startswith(start):
            return kind, suffix
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp", ".webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        return "image/heic", ".heic"
    if head.startswith(b"PK\x03\x04") and _is_ofd(path):
        return OFD
    raise EntryRefused(
        _(
            "A receipt is a PDF, a picture (JPEG, PNG, WEBP, HEIC) or an OFD invoice; this file is none of them."
        ),
        "receipt",
    )


def plain_name(name: str, suffix: str) -> str:
    """A name without folders and letters that no file has, with the ending that the bytes deserve."""
    plain = "".join(letter for letter in Path(name.replace("\\", "/")).name if letter.isprintable()).strip(
        " ."
    )
    stem = Path(plain).stem if Path(plain).suffix.lower() in (suffix, ".jpeg", ".heif") else plain
    return f"{stem[: 200 - len(suffix)] or 'receipt'}{suffix}"


def _is_ofd(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "OFD.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _store(path: Path, chunks: Iterable[bytes]) -> tuple[int, str]:
    """Writes the file wholly or not at all; returns its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    raise EntryRefused(
                        _("A receipt has at most %(n)s MB.") % {"n": MOST_BYTES // (1024 * 1024)}, "receipt"
                    )
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except EntryRefused:
        path.unlink(missing_ok=True)
        raise
    except OSError as error:
        path.unlink(missing_ok=True)
        words = _("The file could not be stored.")
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            words = _("There is no room left on the server for this file. Ask an administrator to make room.")
        raise EntryRefused(words, "receipt") from error
    if not size:
        path.unlink(missing_ok=True)
        raise EntryRefused(_("This file is empty."), "receipt")
    return size, digest.hexdigest()
