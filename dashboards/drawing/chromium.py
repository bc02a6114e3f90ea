"""Where Chromium is."""

from __future__ import annotations

import shutil

from django.conf import settings

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Its path; "" where there is none."""
    if settings.CHROMIUM:
        return shutil.which(settings.CHROMIUM) or ""
    return next((found for name in NAMES if (found := shutil.which(name))), "")
