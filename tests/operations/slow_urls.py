from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as real_patterns


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(2)
    return HttpResponse("done")


urlpatterns = [*real_patterns, path("slow/", slow)]
