from __future__ import annotations

from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "dashboards"

    def ready(self) -> None:
        from dashboards import held
        from dashboards.context import pages_open_to
        from dashboards.uses import pages_of
        from kpis.uses import register_uses
        from organization.previews import register_preview

        register_preview(pages=pages_open_to)
        register_uses(pages_of)
        held.register()
