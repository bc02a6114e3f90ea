from __future__ import annotations

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self) -> None:
        from feedback import (
            action_kind,
            complaint_kind,
            held,
            holding,
            leaving,
            published,
            telling_complaints,
            topic_work,
        )
        from feedback.services import answers, from_answers

        held.register()
        leaving.register()
        published.register()
        topic_work.register()
        action_kind.register()
        complaint_kind.register()
        holding.register()
        telling_complaints.register()
        answers.on_answer(from_answers.on_answer)
