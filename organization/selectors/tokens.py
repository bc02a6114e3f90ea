"""Reading API tokens for their pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404

from organization.gate import Action, can
from organization.models import ApiToken, Person, TokenScope

SHOWN = 200


@dataclass(frozen=True)
class TokenRow:
    """A token with what it may do, in words."""

    token: ApiToken
    may: tuple[str, ...]
    ended: bool


@dataclass(frozen=True)
class TokensPage:
    """Her own tokens, the newest first, and for administrators those of others that still work."""

    mine: tuple[TokenRow, ...]
    others: tuple[TokenRow, ...]


def tokens_page(person: Person, *, now: datetime) -> TokensPage:
    others: Iterable[ApiToken] = ()
    if can(person, Action.ADMINISTER):
        live = Q(revoked_at__isnull=True, expires_at__gt=now, person__is_active=True)
        others = _newest(ApiToken.objects.filter(live).exclude(person=person))
    mine = _newest(ApiToken.objects.filter(person=person))
    return TokensPage(_rows(mine, now), _rows(others, now))


def get_token_or_404(person: Person, pk: int) -> ApiToken:
    """One of her own, or anybody's for an administrator."""
    token = ApiToken.objects.select_related("person").filter(pk=pk).first()
    if token is None or (token.person_id != person.pk and not can(person, Action.ADMINISTER)):
        raise Http404
    return token


def _newest(tokens: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
    return tokens.select_related("person", "revoked_by").order_by("-created_at", "-pk")[:SHOWN]


def _rows(tokens: Iterable[ApiToken], now: datetime) -> tuple[TokenRow, ...]:
    words = dict(TokenScope.choices)
    return tuple(
        TokenRow(
            token=token,
            may=tuple(str(words.get(scope, scope)) for scope in token.scopes),
            ended=token.revoked_at is not None or token.expires_at <= now,
        )
        for token in tokens
    )
