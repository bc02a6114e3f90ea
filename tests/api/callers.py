"""Programs that call the API for the people of the tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.test import Client
from django.utils import timezone

from organization.models import ApiToken, Person, TokenScope
from organization.services.tokens import make_token

JSON = "application/json"


def token_of(
    person: Person, scopes: Iterable[str] = TokenScope.values, *, days: int = 30, now: datetime | None = None
) -> tuple[ApiToken, str]:
    return make_token(
        whose=person, name="a script", scopes=scopes, days=days, now=now or timezone.now(), person=person
    )


class Program:
    """Calls with a token of the person; addresses are given from behind /api/v1/."""

    def __init__(
        self, person: Person | None = None, scopes: Iterable[str] = TokenScope.values, *, secret: str = ""
    ) -> None:
        self.client = Client(raise_request_exception=True)
        if person is not None:
            _token, secret = token_of(person, scopes)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def get(self, address: str, headers: Any = None, **query: Any) -> Any:
        asked = {"from" if name == "from_" else name: value for name, value in query.items()}
        return self.client.get(_at(address), asked, headers={**self.headers, **(headers or {})})

    def send(self, method: str, address: str, data: Any = None, headers: dict[str, str] | None = None) -> Any:
        body = data if isinstance(data, bytes | str) else json.dumps(data, ensure_ascii=False)
        return self.client.generic(
            method, _at(address), body, content_type=JSON, headers={**self.headers, **(headers or {})}
        )

    def post(self, address: str, data: Any = None, headers: dict[str, str] | None = None) -> Any:
        return self.send("POST", address, data, headers)

    def put(self, address: str, data: Any = None, headers: dict[str, str] | None = None) -> Any:
        return self.send("PUT", address, data, headers)

    def upload(self, **fields: Any) -> Any:
        return self.client.post(_at("imports/"), fields, headers=self.headers)


def _at(address: str) -> str:
    return address if address.startswith(("/", "http")) else f"/api/v1/{address}"


def pointers(response: Any) -> list[str]:
    return [fault["pointer"] for fault in response.json()["errors"]]
