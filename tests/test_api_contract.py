"""The API keeps its word: whatever is sent, it answers as its own description says, and never falls over.

schemathesis makes requests from the description, right ones and wrong ones; each operation for several people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from config.wsgi import application
from organization.api.pages import _schema
from organization.models import Person
from tests.api.callers import token_of
from tests.people import ada, alice, charlie, mallory, scope

SEED, EXAMPLES = 20261124, 12
PEOPLE: dict[str, Callable[[], Person]] = {"Ada": ada, "Alice": alice, "Charlie": charlie, "Mallory": mallory}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]

schema = schemathesis.openapi.from_dict(_schema("en"))
schema.app = application
FOUND: list[Any] = list(schema.get_all_operations())
OPERATIONS = [result.ok() for result in FOUND]


@pytest.fixture
def secret(request: pytest.FixtureRequest, transactional_db: None) -> str:
    for area in (
        "company",
        "region:华东/上海",
        "region:华北",
        "channel:抖音直播",
        "region:华东+channel:抖音直播",
    ):
        scope(area)
    cache.clear()
    _token, made = token_of(PEOPLE[request.param]())
    return made


@pytest.mark.parametrize("secret", PEOPLE, indirect=True)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_whatever_is_sent_is_answered_as_described(
    operation: Any, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("organization.api.throttling.TokenThrottle.rate", 10**6)
    monkeypatch.setattr("organization.api.throttling.PersonThrottle.rate", 10**6)
    strategy = operation.as_strategy(generation_mode=GenerationMode.POSITIVE) | operation.as_strategy(
        generation_mode=GenerationMode.NEGATIVE
    )

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Any) -> None:
        case.headers = {
            **(case.headers or {}),
            "Authorization": f"Bearer {secret}",
            "Accept-Encoding": "identity",
        }
        case.call_and_validate(checks=CHECKS)

    given(case=strategy)(call)()
