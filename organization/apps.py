from __future__ import annotations

from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    name = "organization"

    def ready(self) -> None:
        from organization.services import held

        held.register()
