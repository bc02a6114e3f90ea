"""Where the demo company is not made."""

from __future__ import annotations

import pytest
from django.core.management import CommandError

from dashboards.demo import company
from organization.models import Person
from tests import people
from tests.demo.test_company import demo

pytestmark = pytest.mark.django_db


def test_where_people_work_already_no_demo_is_mixed_in() -> None:
    people.ada()
    with pytest.raises(CommandError, match="holds people"):
        demo()
    assert not company.is_there()
    assert Person.objects.count() == 1


def test_there_is_no_demo_in_production(settings: pytest.FixtureRequest) -> None:
    settings.PRODUCTION = True  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="production"):
        demo()
