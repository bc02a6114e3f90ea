from __future__ import annotations

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self) -> None:
        from feedback import action_kind, held, published, topic_work

        held.register()
        published.register()
        topic_work.register()
        action_kind.register()
