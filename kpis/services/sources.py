from __future__ import annotations

from kpis.models import Source


def ensure_source(*, code: str, name: str, facts: str, rank: int = 100) -> Source:
    """The source with this code, made where it is new."""
    source, _ = Source.objects.get_or_create(code=code, defaults={"name": name, "facts": facts, "rank": rank})
    return source
