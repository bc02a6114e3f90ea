from __future__ import annotations

from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"

    def ready(self) -> None:
        from feedback import (
            action_kind,
            complaint_files,
            complaint_kind,
            driver_work,
            held,
            holding,
            published,
            rule_templates,
            survey_files,
            telling_complaints,
            topic_work,
        )
        from feedback.services import answers, from_answers
        from feedback.services.answer_files import AnswerSink
        from feedback.services.complaint_files import ComplaintSink
        from ingest.layouts import register_preset
        from ingest.sinks import register_sink

        held.register()
        published.register()
        register_sink(AnswerSink())
        register_preset(survey_files.PRESET)
        register_sink(ComplaintSink())
        register_preset(complaint_files.PRESET)
        topic_work.register()
        driver_work.register()
        action_kind.register()
        complaint_kind.register()
        holding.register()
        telling_complaints.register()
        rule_templates.register()
        answers.on_answer(from_answers.on_answer)
