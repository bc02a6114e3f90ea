"""`manage.py migrate`: Django's own, many times quicker."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from django.core.management.commands import migrate

from common.migrating import QuickExecutor


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with patch.object(migrate, "MigrationExecutor", QuickExecutor):
            super().handle(*args, **options)
