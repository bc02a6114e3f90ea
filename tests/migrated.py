"""A database that all migrations have run on, kept for those that test processes copy from it.

To run them takes half a minute of each process; to copy takes a second. The migrated one is kept from run to run, under
a name that says which migrations it was made from: where any of them differs, another is made.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import re
from importlib.metadata import version
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from config import embedded
from tests import clean_slate


def database_to_copy() -> str:
    """Its name; made where it is not there yet, by one process while others wait."""
    plain = connection.settings_dict["NAME"]
    name = f"migrated_{plain}_{_made_from()}"
    with (embedded.data_dir() / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        standing = _databases(f"migrated_{plain}_")
        if name not in standing:
            for old in standing:
                _on_the_server(f'DROP DATABASE IF EXISTS "{old}"')
            _make(name)
    return name


def _made_from() -> str:
    """Of all migrations, and of our modules that they import."""
    digest = hashlib.sha256(version("django").encode() + Path(clean_slate.__file__).read_bytes())
    imported: set[str] = set()
    for app in sorted(apps.get_app_configs(), key=lambda one: one.name):
        for path in sorted(Path(app.path, "migrations").rglob("*.py")):
            text = path.read_text()
            digest.update(f"{app.name} {path.name}\n{text}".encode())
            imported |= set(re.findall(r"^\s*(?:import|from) ([\w.]+)", text, re.MULTILINE))
    for name in sorted(imported):
        origin = getattr(importlib.util.find_spec(name), "origin", None)
        if origin and Path(origin).is_relative_to(embedded.PROJECT) and ".venv" not in origin:
            digest.update(Path(origin).read_bytes())
    return digest.hexdigest()[:16]


def _make(name: str) -> None:
    """Under another name until it is whole, so that a run that was broken off leaves nothing to be copied."""
    draft = f"{name}_draft"
    _on_the_server(f'CREATE DATABASE "{draft}"')
    plain = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = draft
    try:
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
        clean_slate.remember_seeds()
    finally:
        connection.close()
        connection.settings_dict["NAME"] = plain
    _on_the_server(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


def _databases(beginning: str) -> list[str]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [beginning])
        return [name for (name,) in cursor.fetchall()]


def _on_the_server(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)
