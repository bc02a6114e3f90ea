"""Every address. Accounts are named one by one: nobody signs up, and what is not named does not exist."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView

from config.health import healthz
from config.metrics import metrics
from organization.api.pages import Nothing
from organization.views.accounts import company_sign_in, company_sign_in_back

handler500 = "config.errors.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
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
    # Second factors: one's own, and the question for one while logging in.
    path("accounts/factors/", factors.index, name="mfa_index"),
    path("accounts/factors/ask/", factors.authenticate, name="mfa_authenticate"),
    path("accounts/factors/confirm/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/factors/app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("accounts/factors/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("accounts/factors/codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("accounts/factors/codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path(
        "accounts/factors/codes/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"
    ),
    path("accounts/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("accounts/passkeys/<int:pk>/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("accounts/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("accounts/passkeys/confirm/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("accounts/passkeys/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    # Where allauth goes back to; passkeys are listed with the other factors.
    path("accounts/passkeys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    # The company's own sign-in; 404 without one.
    path("accounts/oidc/login/", company_sign_in, {"provider_id": "company"}, name="openid_connect_login"),
    path(
        "accounts/oidc/callback/",
        company_sign_in_back,
        {"provider_id": "company"},
        name="openid_connect_callback",
    ),
    path("api/v1/", include("config.api_urls")),
    re_path(r"^api/", Nothing.as_view(), name="api_nothing"),
    # Each app chooses its own addresses, whole, in its `urls.py`.
    path("", include("dashboards.shell_urls")),
    path("", include("dashboards.urls")),
    path("", include("organization.urls")),
    path("", include("decisions.urls")),
    path("", include("alerts.urls")),
    path("", include("ingest.urls")),
    path("", include("kpis.urls")),
    path("", include("customers.urls")),
    path("", include("channels.urls")),
    path("", include("budgets.urls")),
    path("", include("feedback.urls")),
]
