"""The same settings, with a data folder of the tests' own and a Redis number for each test process."""

from __future__ import annotations

import os
import re

from config import embedded

# Set once, by the first process: those that it starts (xdist, Celery workers) find it in their environment.
if not os.environ.get("PLUMBLINE_TESTING"):
    os.environ["PLUMBLINE_TESTING"] = "1"
    os.environ["PLUMBLINE_VAR"] = str(embedded.var_dir() / "test")
    for _name in ("PLUMBLINE_PRODUCTION", "DEBUG", "LANGUAGE_CODE", "TIME_ZONE", "PLUMBLINE_UPLOADS"):
        os.environ.pop(_name, None)
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)

from config.settings import *  # noqa: F403
from config.settings import REDIS_URL, STORAGES

_number = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or -1) + 1
REDIS_URL = embedded.numbered(REDIS_URL, _number)
CACHES = {"default": {"BACKEND": "common.cache.Cache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick, and guards nothing here
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# Each test client makes the middleware anew, and WhiteNoise would then read through all static files: look when asked.
WHITENOISE_AUTOREFRESH = True
DRAWING_SECONDS = 120  # many tests at once on few cores
