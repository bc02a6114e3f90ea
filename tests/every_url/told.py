"""What each person can be told by an address, and how a row of the table says it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.every_url.world import Arguments

PEOPLE = ("Alice", "Bob", "Charlie", "Dana", "Ada", "Mallory", "nobody")
LOGIN = "login"  # sent to log in

# What each of PEOPLE is told. A number is a status; "2xx" any success, "3xx" a redirect elsewhere than to log in.
EVERYBODY = "200 200 200 200 200 200 200"
ANYBODY_LOGGED_IN = "200 200 200 200 200 200 login"
WITH_A_GRANT = "200 200 200 200 200 403 login"
NOTHING_NAMED = "404 404 404 404 404 403 login"
ON_HER_SCOPE = "200 200 200 200 200 404 login"
OF_THE_COMPANY = "404 200 200 200 200 403 login"
ADMINISTRATORS = "403 403 403 403 200 403 login"
ADMINISTRATORS_GO_ON = "403 403 403 403 3xx 403 login"
NOBODY_FINDS = "404 404 404 404 404 404 404"
RULE_WRITERS = "200 200 403 403 200 403 login"
OTHERS_MESSAGE = "404 200 404 404 200 404 login"  # to somebody else: for those who see the whole outbox
OWNED_BY_ANOTHER = "404 404 404 404 200 404 login"  # for its owner and administrators
OWNED_GOES_ON = "404 404 404 404 3xx 404 login"
METRIC_KEEPERS = "403 200 403 403 200 403 login"
VALUE_WRITERS = "200 200 403 200 200 403 login"
AREA_KEEPERS = "403 200 403 403 200 403 login"
RATE_KEEPERS = "403 403 403 200 200 403 login"
IMPORTERS = "403 200 403 200 200 403 login"
API_WITH_A_GRANT = "200 200 200 200 200 403 401"
API_IMPORTERS = "403 200 403 200 200 403 401"
API_NO_SUCH_METHOD = "405 405 405 405 405 405 401"
API_MUST_ASK = "400 400 400 400 400 403 401"  # it needs a question
API_TARGET_SETTERS = "415 415 403 403 415 403 401"  # a form is no JSON
NO_SUCH_METHOD = "405 405 405 405 405 405 405"
# Django checks the method first, so a GET of what only takes POST is 405 even for nobody.


@dataclass(frozen=True)
class Row:
    get: str
    post: str | None
    at: Arguments | None
    foreign: Arguments | None
    data: Arguments | None


def row(
    get: str,
    *,
    POST: str | None = None,
    at: Arguments | None = None,
    foreign: Arguments | None = None,
    data: Arguments | None = None,
) -> Row:
    """`POST` is what an empty form (or `data`) is told; without it the address must refuse to be posted to, or
    is not posted to at all where it answers GET alone (405)."""
    return Row(get, POST, at, foreign, data)
