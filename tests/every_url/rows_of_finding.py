"""Who may find, ask for help and be shown the first steps: whoever may look, each at what is hers."""

from __future__ import annotations

from tests.every_url.told import ANYBODY_LOGGED_IN, WITH_A_GRANT, Row, row

OF_FINDING: dict[str, Row] = {
    "dashboards:find": row(WITH_A_GRANT),
    "dashboards:help": row(ANYBODY_LOGGED_IN),
    "dashboards:first_steps": row(WITH_A_GRANT, POST="3xx 3xx 3xx 3xx 3xx 403 login"),
    "dashboards:sample": row(WITH_A_GRANT, POST="403 3xx 403 3xx 3xx 403 login"),
}
