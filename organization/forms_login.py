"""allauth's forms for logging in and for a forgotten password, in our words."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from django import forms
from django.utils.translation import gettext_lazy as _


def _ask(form: forms.Form, name: str, label: Any) -> None:
    """The label says it; allauth's placeholder would say it again, in words of its own."""
    field = form.fields[name]
    field.label = label
    field.widget.attrs.pop("placeholder", None)


class EnterForm(LoginForm):  # type: ignore[misc]  # it has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self, "login", _("User name or email address"))
        _ask(self, "password", _("Password"))
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        }
        self.fields["remember"].label = _("Stay logged in on this device")


class ForgottenForm(ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _ask(self, "email", _("Email address"))
