"""The benchmark's people: one reader of the company and two hundred with different parts of it; and their targets.

Run on a database of its own: `python -m config.bench.people`, with the word "token" for a token that sends facts, with "sessions"
for a session of each reader: two hundred logins a minute from one machine would, rightly, be held up.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from organization.models import Person

READERS = 200


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from common.periods import Grain, Period, add_months
    from config.bench.pages import PASSWORD
    from kpis.models import Metric
    from kpis.services import TargetEntry, set_targets
    from kpis.work import catch_up
    from organization.models import Node, Person, Scope
    from organization.services import grant_role, make_person
    from organization.services.tokens import make_token

    if "token" in sys.argv:
        whom, now = Person.objects.get(username="reader"), datetime.now(UTC)
        print(make_token(whose=whom, name="bench", scopes=["write:facts"], days=1, now=now, person=whom)[1])
        return
    if "sessions" in sys.argv:
        for number in range(1, READERS + 1):
            print(_session_of(Person.objects.get(username=f"reader{number}")))
        return
    company = Scope.objects.get(key="company")
    places = [company, *Scope.objects.filter(node__in=Node.objects.filter(depth=1)).order_by("key")]
    for number in range(READERS + 1):
        name = f"reader{number}" if number else "reader"
        whom = make_person(username=name, password=PASSWORD, person=None)
        # Half of them look at the whole, the others at a part.
        scope = company if number % 2 == 0 else places[number % len(places)]
        grant_role(whom=whom, role="viewer" if number else "manager", scope=scope, person=None)
    revenue = Metric.objects.get(code="revenue")
    months = [Period(Grain.MONTH, add_months(date(2025, 1, 1), step)) for step in range(24)]
    set_targets(
        entries=[
            TargetEntry(revenue, scope, month, Decimal(100_000 if scope != company else 2_000_000))
            for scope in places
            for month in months
        ],
        person=None,
    )
    catch_up()


def _session_of(person: Person) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    main()
