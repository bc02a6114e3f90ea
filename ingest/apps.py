from __future__ import annotations

from django.apps import AppConfig


class IngestConfig(AppConfig):
    name = "ingest"

    def ready(self) -> None:
        from ingest.models import Pull
        from organization.sealed import SealedField, pairs, register_sealed

        register_sealed(SealedField(Pull, "headers", pairs), SealedField(Pull, "secret_query", pairs))
