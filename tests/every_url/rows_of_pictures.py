"""Who may open what of pictures and files of pages."""

from __future__ import annotations

from tests.every_url.told import NOTHING_NAMED, Row, row

# None of them names a page, and a picture is found by who asked for it alone.
OF_PICTURES: dict[str, Row] = {
    "dashboards:picture_new": row(NOTHING_NAMED, POST=NOTHING_NAMED),
    "dashboards:picture": row(NOTHING_NAMED, at=lambda world: {"pk": 1}),
    "dashboards:picture_file": row(NOTHING_NAMED, at=lambda world: {"pk": 1}),
    "dashboards:tables": row(NOTHING_NAMED),
}
