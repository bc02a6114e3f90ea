"""Starts workers and beats as children of a process that has loaded everything: in half a second instead of four.

A test that kills fifty of them would otherwise spend its time on imports. Reads a command of Celery a line (JSON) and
answers with the process's id; each is the head of a session of its own.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module


def main() -> None:
    import django
    from django.conf import settings
    from django.db import connections

    from config.celery import app

    django.setup()
    app.loader.import_default_modules()
    import_module(settings.ROOT_URLCONF)  # which Django's checks would load at each start
    connections.close_all()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    children = []
    for line in iter(sys.stdin.readline, ""):
        children.append(os.fork())
        if not children[-1]:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)  # what it says is no answer of ours
            try:
                app.start(argv=json.loads(line))
            finally:
                os._exit(0)
        print(children[-1], flush=True)
    for child in children:  # the test is over, or was broken off
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
