"""From names that people and files use to the slugs in codes."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[^\w]+|_+", re.UNICODE)
MAX_SLUG = 200


def slugify(name: str) -> str:
    """`Google Ads` → `google-ads`; Unicode is kept: `抖音直播` stays. Full-width letters become plain ones.

    Raises ValueError where nothing is left to write.
    """
    text = unicodedata.normalize("NFKC", name).strip().lower()
    slug = _SEPARATORS.sub("-", text).strip("-")
    if not slug:
        raise ValueError(f"The name {name!r} has no letter or digit.")
    if len(slug) > MAX_SLUG:
        raise ValueError(f"The name {name[:40]!r}… is longer than {MAX_SLUG} characters.")
    return slug
