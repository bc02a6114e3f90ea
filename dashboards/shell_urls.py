"""Addresses of the frame; included at the root, without a namespace."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from dashboards import shell

urlpatterns = [
    path("theme/", shell.choose_theme, name="choose_theme"),
    path("language/", set_language, name="set_language"),
    path("styleguide/", shell.styleguide, name="styleguide"),
]
