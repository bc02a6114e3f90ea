"""What the site answers to a device that keeps it: the worker in its browser, the pages to keep, its name and icons."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboards.context import url_or_none
from dashboards.keeping import KEPT_SECONDS, RELEASE, tagged
from dashboards.offline import EVERY, MOST_PAGES, kept_under, kept_words
from dashboards.presenting.offline import manifest as installed_as
from dashboards.presenting.offline import pages_to_keep
from dashboards.selectors.offline import own_of
from dashboards.templatetags.numbers import currency, language
from kpis.stamps import data_version
from organization.gate import Action, person_of, reach_of, require

LEFT_OPEN = "const MADE = {};"  # in the worker's source: what this site fills in


@cache
def worker() -> str:
    """The worker's source with what it must know of this site: other files, another worker."""
    found = finders.find("js/service-worker.js")
    assert isinstance(found, str)
    source = Path(found).read_text()
    assert source.count(LEFT_OPEN) == 1
    made = {
        "unsent": static("js/unsent.js"),
        "files": settings.STATIC_URL,
        "pages": reverse("dashboards:offline_pages"),
        "offline": reverse("dashboards:offline"),
        "home": url_or_none("dashboards:home") or "",
        "login": reverse("account_login"),
        "logout": reverse("account_logout"),
        "most": MOST_PAGES,
    }
    made["release"] = hashlib.sha256((source + json.dumps(made)).encode()).hexdigest()[:12]
    return source.replace(LEFT_OPEN, f"const MADE = {json.dumps(made)};")


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """From the root, since a worker answers for what lies below its own address."""
    response = HttpResponse(worker(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    return response


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """In the language of the cookie or of the browser."""
    response = JsonResponse(
        installed_as(), json_dumps_params={"ensure_ascii": False}, content_type="application/manifest+json"
    )
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
@require(Action.VIEW)
def offline(request: HttpRequest) -> HttpResponse:
    """What is kept on this device; the page that stands where one is not."""
    return tagged(request, render(request, "dashboards/offline.html", {"kept_words": kept_words()}))


@require_safe
@require(Action.VIEW)
def offline_pages(request: HttpRequest) -> HttpResponse:
    """The addresses that her device is to keep. `version` is another as soon as any of them may have changed."""
    person, reach = person_of(request), reach_of(request)
    own = own_of(person, most=MOST_PAGES)
    pages = [
        {"address": page.address, "label": str(page.label), "about": page.about}
        for page in pages_to_keep(own)
    ]
    now = timezone.now()
    parts = (
        RELEASE, data_version(), int(now.timestamp()) // KEPT_SECONDS, timezone.localdate(), reach.key, language(), currency(),
        pages,
    )  # fmt: skip
    response = JsonResponse(
        {
            "person": kept_under(person),
            "version": _short(parts),
            "granted": _short((reach.key,)),
            "every": EVERY,
            "start": own.start or reverse("dashboards:overview"),
            "pages": pages,
        },
        json_dumps_params={"ensure_ascii": False},
    )
    return tagged(request, response)


def _short(parts: tuple[object, ...]) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
