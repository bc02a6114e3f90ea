from __future__ import annotations

from django.urls import path

from customers.views import margins

app_name = "customers"
urlpatterns = [
    path("customers/margins/", margins.margins, name="margins"),
    path("customers/margins/<int:pk>/remove/", margins.remove, name="margin_remove"),
]
