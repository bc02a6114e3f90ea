"""Who may open what a device keeps the site with."""

from __future__ import annotations

from tests.every_url.told import EVERYBODY, WITH_A_GRANT, Row, row

OF_OFFLINE: dict[str, Row] = {
    "dashboards:service_worker": row(EVERYBODY),
    "dashboards:manifest": row(EVERYBODY),
    "dashboards:offline": row(WITH_A_GRANT),
    "dashboards:offline_pages": row(WITH_A_GRANT),
}
