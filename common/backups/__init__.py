"""The whole of Plumbline in one file: every table as of one moment, and every uploaded file. Needs no pg_dump."""

from __future__ import annotations

from common.backups.archive import BackupError, Manifest
from common.backups.dump import write_backup
from common.backups.load import restore

__all__ = ["BackupError", "Manifest", "restore", "write_backup"]
