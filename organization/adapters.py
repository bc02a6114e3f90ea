from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # it has no types
    """Accounts are made by administrators; nobody signs up by themselves."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False
