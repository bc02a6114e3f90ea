"""docs/operations.md names every variable, every figure, every template of an SMS, and no other."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.test import Client

from alerts import wording
from alerts.delivery.webhook import signature
from config import embedded

DOCS = embedded.PROJECT / "docs" / "operations.md"


def section(title: str) -> str:
    _before, _, after = DOCS.read_text().partition(f"\n## {title}\n")
    return after.partition("\n## ")[0]


def test_every_variable_is_in_the_table_with_its_value() -> None:
    example = (embedded.PROJECT / ".env.example").read_text()
    listed = re.findall(r"^([A-Z][A-Z_]+)=(.*)$", example, re.M)
    table = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*)`)? ?\| (.+) \|$", section("Environment"), re.M)
    assert sorted((name, value) for name, value, _what in table) == sorted(listed)
    assert all(what.strip() for _name, _value, what in table)


# What the composition settles by itself, or has no use for.
SETTLED = {
    "DATABASE_URL", "DEBUG", "PLUMBLINE_PRODUCTION", "PLUMBLINE_UPLOADS", "PLUMBLINE_VAR", "REDIS_URL", "WEB_BIND",
}  # fmt: skip


def test_every_variable_reaches_the_containers() -> None:
    """Secrets that are set and do not arrive would have everything sealed under another key."""
    example = (embedded.PROJECT / ".env.example").read_text()
    listed = set(re.findall(r"^([A-Z][A-Z_]+)=", example, re.M))
    composed = (embedded.PROJECT / "docker-compose.yml").read_text()
    handed_on = set(re.findall(r"\$\{([A-Z_]+):[?-]", composed))
    assert listed - handed_on - SETTLED == set()


@pytest.mark.django_db
def test_every_figure_is_described_and_every_described_figure_exists(
    client: Client, settings: object
) -> None:
    settings.METRICS_TOKEN = "a token of some length"  # type: ignore[attr-defined]
    from organization.services import note_pulse
    from tests.alerts.builders import NOW

    note_pulse(name="sweep", now=NOW)
    client.get("/healthz?live")
    text = client.get("/metrics", headers={"authorization": "Bearer a token of some length"}).content.decode()
    real = set(re.findall(r"^# TYPE (\w+)", text, re.M)) | {"plumbline_last_sweep_seconds"}
    described = set(re.findall(r"`(plumbline_\w+)`", section("Figures for Prometheus")))
    assert {name.removesuffix("_total") for name in described} == {
        name.removesuffix("_total") for name in real
    }
    asked = set(re.findall(r"plumbline_\w+", section("Figures for Prometheus").partition("groups:")[2]))
    assert {name.removesuffix("_bucket").removesuffix("_total") for name in asked} <= {
        name.removesuffix("_total") for name in real
    }


def test_every_template_of_an_sms_is_described() -> None:
    described = set(
        re.findall(
            r"`([a-z]+(?:-[a-z]+)*)`", re.findall(r"^\| template .*?\n\n", section("SMS"), re.M | re.S)[0]
        )
    )
    wanted = {f"alert-{kind}" for kind in wording.SMS_KINDS} | {
        "alert-plain",
        "alert-more",
        "code",
        "address-off",
    }
    assert wanted <= described


def test_the_check_that_authors_of_webhooks_are_given_takes_our_signature_alone() -> None:
    text = (embedded.PROJECT / "docs" / "webhooks.md").read_text()
    (example,) = re.findall(r"```json\n(.*?)```", text, re.S)
    (check,) = re.findall(r"```python\n(.*?)```", text, re.S)
    place: dict[str, Any] = {}
    exec(check, place)
    body = example.encode()
    header = signature(secret="pls_x", body=body, now=int(time.time()))
    assert place["is_from_plumbline"]("pls_x", header, body)
    assert not place["is_from_plumbline"]("pls_x", header, body + b" ")
    assert not place["is_from_plumbline"]("pls_y", header, body)
    late = signature(secret="pls_x", body=body, now=int(time.time()) - 301)
    assert not place["is_from_plumbline"]("pls_x", late, body)
