"""How gunicorn serves: `gunicorn -c python:config.gunicorn config.wsgi`.

SIGTERM: no new connection is taken, running requests have WEB_GRACE_SECONDS to end.
"""

from __future__ import annotations

import os

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = int(os.environ.get("WEB_GRACE_SECONDS", "20"))
keepalive = 5
max_requests = 5000  # a slow leak, ours or a library's, never grows for long
max_requests_jitter = 500
accesslog = None  # each request has one line of ours, without what may be a secret in its address
# Heartbeat files on a disk stall a worker when the disk does.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True
