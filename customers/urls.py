from __future__ import annotations

from django.urls import path

from customers.views import margins, privacy, value

app_name = "customers"
urlpatterns = [
    path("customers/", value.overview, name="overview"),
    path("customers/cohorts/", value.cohorts, name="cohorts"),
    path("customers/lifetime/", value.lifetime, name="lifetime"),
    path("customers/lifecycle/", value.lifecycle, name="lifecycle"),
    path("customers/limits/", value.limits, name="limits"),
    path("customers/work-out/", value.work_out, name="work_out"),
    path("customers/margins/", margins.margins, name="margins"),
    path("customers/margins/<int:pk>/remove/", margins.remove, name="margin_remove"),
    path("customers/retention/", privacy.retention, name="retention"),
    path("customers/<int:pk>/contact/", privacy.reveal, name="reveal"),
]
