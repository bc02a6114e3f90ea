from __future__ import annotations

from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    name = "organization"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from organization import sealed
        from organization.middleware import stamp_session
        from organization.services import held

        held.register()
        sealed.register()
        user_logged_in.connect(stamp_session, dispatch_uid="organization.stamp_session")
