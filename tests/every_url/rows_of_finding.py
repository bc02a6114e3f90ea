"""Who may find, ask for help and be shown the first steps: whoever may look, each at what is hers."""

from __future__ import annotations

from tests.every_url.told import ANYBODY_LOGGED_IN, WITH_A_GRANT, Row, row

OF_FINDING: dict[str, Row] = {
    "dashboards:find": row(WITH_A_GRANT),
    "dashboards:help": row(ANYBODY_LOGGED_IN),
}
