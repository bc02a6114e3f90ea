"""What allauth asks us: who may log in and how, where secrets lie, how its mails look and go out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.secrets import SecretLost, seal, unseal
from organization.letterhead import AccountWords, write
from organization.models import Person
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.invitations import free_username
from organization.services.mails import queue_mail
from organization.services.people import make_person

# Told to the owner, so that she hears of it when it was not she.
NOTICES: dict[str, str | Promise] = {
    "account/email/password_changed": gettext_lazy("Your password was changed."),
    "account/email/password_set": gettext_lazy("A password was set for your account."),
    "account/email/password_reset": gettext_lazy("Your password was changed with a link from a mail."),
    "mfa/email/totp_activated": gettext_lazy("An authenticator app was added to your account."),
    "mfa/email/totp_deactivated": gettext_lazy("The authenticator app was taken off your account."),
    "mfa/email/webauthn_added": gettext_lazy("A passkey was added to your account."),
    "mfa/email/webauthn_removed": gettext_lazy("A passkey was taken off your account."),
    "mfa/email/recovery_codes_generated": gettext_lazy("New recovery codes were made for your account."),
    "socialaccount/email/account_connected": gettext_lazy(
        "Your account can now be opened by your company's sign-in."
    ),
}

FACTORS = {
    "mfa/email/totp_activated": "factor.add",
    "mfa/email/totp_deactivated": "factor.remove",
    "mfa/email/webauthn_added": "factor.add",
    "mfa/email/webauthn_removed": "factor.remove",
    "mfa/email/recovery_codes_generated": "factor.codes",
}

# What a page says after the deed; what is not named here needs no words.
SAID: dict[str, str | Promise] = {
    "account/messages/password_changed.txt": gettext_lazy("The new password holds."),
    "account/messages/password_set.txt": gettext_lazy("The new password holds."),
    "mfa/messages/totp_activated.txt": gettext_lazy("The app is set up."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The app was taken off."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey was added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey was taken off."),
    "mfa/messages/recovery_codes_generated.txt": gettext_lazy("These are your new codes."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # it has no types
    """Accounts are made by administrators; nobody signs up by themselves."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": gettext_lazy("Too many tries. Wait some minutes, then try again."),
        "username_password_mismatch": gettext_lazy("The name or the password is not right."),
        "email_password_mismatch": gettext_lazy("The name or the password is not right."),
        "incorrect_password": gettext_lazy("The password is not right."),
        "incorrect_code": gettext_lazy("This code is not right, or it is too old. Enter the newest one."),
        "rate_limited": gettext_lazy("Too many tries. Wait some minutes, then try again."),
        "enter_current_password": gettext_lazy("Enter your present password."),
    }

    def is_open_for_signup(self, request: Any) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Where the company's sign-in alone counts, a password opens nothing but a superuser's account."""
        person = super().authenticate(request, **credentials)
        if person is not None and settings.OIDC_ONLY and not person.is_superuser:
            if request.user.is_authenticated:  # confirming that it is she, within a session
                return person
            raise ValidationError(
                _("Passwords are turned off here. Sign in with %(name)s.") % {"name": settings.OIDC_NAME}
            )
        return person

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("organization:me")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At our own address, whatever the request says about where it was sent."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return str(settings.SITE_URL + path.replace("UID-KEY", key))

    def send_password_reset_mail(self, user: Person, email: str, context: dict[str, Any]) -> None:
        """Only to those who log in with a password: a link must not give an account to somebody who just hears."""
        if user.has_usable_password() and (user.is_superuser or not settings.OIDC_ONLY):
            super().send_password_reset_mail(user, email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queued: a page never waits for a mail server, and its answer takes no longer for those who exist."""
        person: Person = context["user"]
        with translation.override(person.language):
            subject, text, html = write(self._words(template_prefix, person, context))
        queue_mail(
            kind=template_prefix.removeprefix("account/email/"), whom=person, address=email, subject=subject,
            text=text, html=html, now=timezone.now(),
        )  # fmt: skip

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Person,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Goes into the history too, where second factors are concerned: whoever can take one off has the account."""
        if template_prefix in FACTORS:
            what = template_prefix.rpartition("/")[2]
            record(action=FACTORS[template_prefix], subject=user.username, person=_saved(user), kinds=[what])
        address = email or user.email
        if address and template_prefix in NOTICES:
            self.send_mail(template_prefix, address, {**(context or {}), "user": _saved(user)})

    def _words(self, template_prefix: str, person: Person, context: dict[str, Any]) -> AccountWords:
        if template_prefix == "account/email/password_reset_key":
            return AccountWords(
                subject=_("Choose a new password"),
                headline=_("Choose a new password"),
                paragraphs=[
                    _("Somebody, we hope you, asked for a new password of the account %(username)s.")
                    % {"username": person.username}
                ],
                link=context["password_reset_url"],
                button=_("Choose a new password"),
                foot=_("The link works once, for three days. If it was not you, do nothing."),
            )
        said = str(NOTICES[template_prefix])
        return AccountWords(
            subject=said,
            headline=said,
            paragraphs=[_("If it was you, all is well.")],
            foot=_("If it was not you, change your password at once and tell your administrator."),
        )

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Logging in is not news; the rest has our words."""
        if message_template is None:
            super().add_message(request, level, *args, **kwargs)
        elif message_template in SAID:
            messages.add_message(request, level, str(SAID[message_template]))


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # it has no types
    """Second factors: their secrets lie sealed, and belong to the address people type."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is not right, or it is too old. Enter the newest one."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ValidationError where the key is gone: an administrator must reset it."""
        try:
            return unseal(encrypted_text)
        except SecretLost:
            raise ValidationError(
                _("Your second factor can no longer be read. Ask an administrator to reset it.")
            ) from None

    def get_totp_issuer(self) -> str:
        return f"Plumbline ({urlsplit(settings.SITE_URL).hostname})"

    def _get_site_name(self) -> str:
        return "Plumbline"

    def generate_authenticator_name(self, user: Person, type: Any) -> str:
        return _("Passkey")


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # it has no types
    """The company's own sign-in (OpenID Connect): opens accounts that exist, by the address it vouches for."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Ties a first sign-in to the person with that address; later ones go by the provider's own id."""
        if sociallogin.is_existing:
            return
        # Some providers write "false" as a word; only a real yes counts.
        addresses = [one.email.strip() for one in sociallogin.email_addresses if one.verified is True]
        person = next(filter(None, map(_somebody_at, addresses)), None)
        if person is None and addresses and _may_make(addresses[0]):
            person = self._make(sociallogin, addresses[0])
        if person is None:
            messages.error(
                request,
                _(
                    "%(name)s knows you, but nobody here has your address. Ask your administrator for an account."
                )
                % {"name": settings.OIDC_NAME}
                if addresses
                else _("%(name)s does not vouch for your address, so we cannot tell who you are.")
                % {"name": settings.OIDC_NAME},
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        with transaction.atomic():
            sociallogin.connect(request, person)
            record(action="person.connect", subject=person.username, person=person, by=settings.OIDC_NAME)

    def _make(self, sociallogin: Any, address: str) -> Person | None:
        """Somebody of a domain that the operator trusts: an account without any role."""
        said = (sociallogin.account.extra_data.get("userinfo") or {}).get("name") or ""
        try:
            return make_person(
                username=free_username(address), display_name=str(said)[:150], email=address, person=None,
                language=settings.LANGUAGE_CODE if settings.LANGUAGE_CODE in dict(settings.LANGUAGES) else "en",
            )  # fmt: skip
        except Refused:
            return None

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        messages.error(
            request,
            _("The sign-in at %(name)s did not work. Try again, or tell your administrator.")
            % {"name": settings.OIDC_NAME},
        )
        raise ImmediateHttpResponse(redirect("account_login"))


def _saved(user: Any) -> Person:
    """The person behind a request's lazy user."""
    return Person.objects.get(pk=user.pk)


def _somebody_at(address: str) -> Person | None:
    return Person.objects.filter(email__iexact=address).first()


def _may_make(address: str) -> bool:
    domain = address.rpartition("@")[2].lower()
    return bool(domain) and domain in {one.lower() for one in settings.OIDC_DOMAINS}
