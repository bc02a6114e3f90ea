"""Seals everything anew under the first of SECRETS_KEYS: `manage.py rotate_secrets`."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from organization.services.sealing import rotate_secrets

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Seal everything that is kept sealed under the first of SECRETS_KEYS, in batches; breaking off and beginning again"
        " is fine. Exits with 1 where something could not be opened by any key."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        lost = False
        for one in rotate_secrets(person=None):
            self.stdout.write(
                f"{one.field}: {one.rows} rows, {one.changed} sealed anew, {len(one.lost)} lost"
            )
            if one.lost:
                lost = True
                more = "" if len(one.lost) <= SHOWN else f" and {len(one.lost) - SHOWN} more"
                named = ", ".join(str(pk) for pk in one.lost[:SHOWN])
                self.stdout.write(f"  no key of ours opens those of the rows with id {named}{more}")
        if lost:
            sys.exit(1)
