"""The queue's address, kept in the pages that lead back to it. Pure."""

from __future__ import annotations

from django.http import QueryDict

KEPT = ("view", "q", "category", "severity", "assignee", "area", "cause", "after")
LONGEST = 2000


def kept(query: str) -> str:
    """Of an address's query what the queue knows, written anew: nothing else goes back into a link."""
    try:
        asked = QueryDict(query[:LONGEST])
    except ValueError:
        return ""
    found = QueryDict(mutable=True)
    for name in KEPT:
        value = asked.get(name, "")
        if value:
            found[name] = value
    return found.urlencode()
