"""Pulls as tests need them, and a shop that answers."""

from __future__ import annotations

from typing import Any

from ingest.models import Pull, PullRun
from ingest.services import save_pull
from organization.models import Person

HEADINGS = "date,channel,campaign,orders,revenue,cost\n"
ROWS = "2025-08-01,Search,Brand,1,100.50,10\n2025-08-02,Search,Brand,2,200.25,20\n"


def pull(url: str, *, person: Person | None = None, **fields: Any) -> Pull:
    headers = fields.pop("headers", [])
    secret_query = fields.pop("secret_query", [])
    made = Pull(**{"name": "Shop", "url": url, "every_minutes": 15, **fields})
    return save_pull(pull=made, headers=headers, secret_query=secret_query, person=person)


def only_run(of: Pull) -> PullRun:
    return PullRun.objects.select_related("batch", "pull").get(pull=of)


def newest_run(of: Pull) -> PullRun:
    found = PullRun.objects.select_related("batch", "pull").filter(pull=of).order_by("-pk").first()
    assert found is not None
    return found
