"""Who may open what of feedback."""

from __future__ import annotations

from tests.every_url.rows_of_complaints import OF_COMPLAINTS
from tests.every_url.rows_of_interviews import OF_INTERVIEWS
from tests.every_url.rows_of_service import OF_SERVICE
from tests.every_url.rows_of_topics import OF_TOPICS
from tests.every_url.told import NO_SUCH_METHOD, RULE_WRITERS, WITH_A_GRANT, Row, row

COMMENT_READERS = RULE_WRITERS  # whoever handles complaints somewhere
KEEPERS_GO_ON = "403 3xx 403 403 3xx 403 login"

OF_FEEDBACK: dict[str, Row] = {
    **OF_COMPLAINTS,
    **OF_INTERVIEWS,
    **OF_SERVICE,
    **OF_TOPICS,
    "feedback:scores": row(WITH_A_GRANT),
    "feedback:scores_file": row(WITH_A_GRANT),
    "feedback:answers": row(COMMENT_READERS),
    "feedback:answers_file": row(NO_SUCH_METHOD, POST=COMMENT_READERS),
    "feedback:drivers": row(WITH_A_GRANT),
    "feedback:drivers_again": row(NO_SUCH_METHOD, POST=KEEPERS_GO_ON),
}
