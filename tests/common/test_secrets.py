"""What is sealed can be read by us alone, also after the keys were changed."""

from __future__ import annotations

from typing import Any

import pytest

from common.secrets import SecretLost, reseal, seal, unseal


def test_a_secret_comes_back_and_does_not_show() -> None:
    sealed = seal("Bearer 密码 123")
    assert unseal(sealed) == "Bearer 密码 123"
    assert "Bearer" not in sealed
    assert seal("Bearer 密码 123") != sealed


def test_keys_can_be_changed_without_losing_a_secret(settings: Any) -> None:
    old = seal("kept")
    settings.SECRETS_KEYS = ["a new key, long and random"]
    assert unseal(old) == "kept"
    settings.SECRETS_KEYS = ["an even newer one", "a new key, long and random"]
    renewed = reseal(old)
    settings.SECRETS_KEYS = ["an even newer one"]
    settings.SECRET_KEY = "changed as well"
    assert unseal(renewed) == "kept"
    with pytest.raises(SecretLost):
        unseal(old)


@pytest.mark.parametrize("sealed", ["", "nonsense", "密"])
def test_what_somebody_changed_is_not_read(sealed: str) -> None:
    with pytest.raises(SecretLost):
        unseal(sealed)


def test_a_letter_changed_is_a_secret_lost() -> None:
    sealed = seal("kept")
    with pytest.raises(SecretLost):
        unseal(sealed[:-5] + ("A" if sealed[-5] != "A" else "B") + sealed[-4:])
