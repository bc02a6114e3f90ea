#!/usr/bin/env python
from __future__ import annotations

import os
import sys

# Commands that read no data; every other one finds the embedded servers running.
NEEDS_NO_SERVERS = {
    "help",
    "version",
    "--help",
    "-h",
    "--version",
    "collectstatic",
    "findstatic",
    "diffsettings",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config import embedded

    if len(sys.argv) > 1 and sys.argv[1] not in NEEDS_NO_SERVERS:
        try:
            embedded.ensure_running()
        except embedded.EmbeddedError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
