"""Every address. Accounts are named one by one: nobody signs up, and what is not named does not exist."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path, re_path

from config.health import healthz
from organization.api.pages import Nothing

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    # Closed by the account adapter, but the login page asks for its address.
    path("accounts/signup/", account.signup, name="account_signup"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/set/", account.password_set, name="account_set_password"),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("api/v1/", include("config.api_urls")),
    re_path(r"^api/", Nothing.as_view(), name="api_nothing"),
    # Each app chooses its own addresses, whole, in its `urls.py`.
    path("", include("dashboards.shell_urls")),
    path("", include("dashboards.urls")),
    path("", include("organization.urls")),
    path("", include("alerts.urls")),
    path("", include("ingest.urls")),
    path("", include("kpis.urls")),
]
