"""The one gate: what a person may see and do, by her grants.

A grant is a role on a scope and everything below it. Grants are OR-ed; within one grant the dimensions
are AND-ed: a grant covers a scope when each of the grant's nodes is at or above the scope's node of the
same dimension. So region:华东 covers region:华东/上海 and region:华东+channel:x, but neither channel:x nor
the company; a grant on the company covers all.

What was opened (`Node.open`) is looked at without a grant on it: the node and all below it, each alone and not where it
crosses another, by whoever was granted anything; where it was closed to named areas (`NodeReader`), by those whose
grants cover one of these. It gives nobody any other right.

Lists are narrowed in SQL, never filtered afterwards. A stranger's object is 404 (whether it exists is not
told), a role that is too weak 403, somebody who has not logged in is sent to log in.
A superuser (made at the console, to begin with) counts as an administrator of the company.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from organization.models import (
    DIMENSIONS,
    Company,
    Dimension,
    Grant,
    Node,
    NodeAncestor,
    Person,
    Role,
    Scope,
)
from organization.opened import opened_array, opened_to
from organization.selectors import UnknownScope, company, parse_scope, scope_key

Someone = Person | AnonymousUser
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class Action(StrEnum):
    """What people do, by the name under which the gate knows it."""

    VIEW = "view"
    SET_TARGETS = "set targets"
    MANAGE_ALERTS = "manage alerts"
    ENTER_VALUES = "enter values"  # amounts by hand
    KEEP_METRICS = "keep metrics"  # what is measured and judged, and how
    KEEP_AREAS = "keep areas"  # names, review and putting away of nodes
    COMMENT = "comment"  # to say something about what is decided and done
    KEEP_BUDGETS = "keep budgets"  # plan them, say who may look, ask for transfers
    RECORD_SPEND = "record spend"  # spend and commitments by hand
    FREE_MONEY = "free money"  # that was frozen or paused
    HANDLE_COMPLAINTS = "handle complaints"  # see, answer and solve them
    SEE_CONTACTS = "see contacts"  # of customers, in clear, one at a time and on record
    KEEP_SURVEYS = "keep surveys"  # what is asked, topics, service levels, who gets complaints
    SHOW_OPENLY = "show openly"  # figures where nobody logs in: on a wall, inside another page
    IMPORT = "import"
    KEEP_RATES = "keep rates"  # what foreign money is worth
    SEE_OUTBOX = "see outbox"
    ADMINISTER = "administer"


ANY_ROLE = frozenset(Role)
ROLES_FOR: dict[Action, frozenset[Role]] = {
    Action.VIEW: ANY_ROLE,
    Action.SET_TARGETS: frozenset({Role.LEAD, Role.MANAGER, Role.ADMIN}),
    Action.MANAGE_ALERTS: frozenset({Role.LEAD, Role.MANAGER, Role.ADMIN}),
    Action.ENTER_VALUES: frozenset({Role.LEAD, Role.MANAGER, Role.FINANCE, Role.ADMIN}),
    Action.KEEP_METRICS: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.KEEP_AREAS: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.COMMENT: frozenset({Role.LEAD, Role.MANAGER, Role.FINANCE, Role.ADMIN}),
    Action.KEEP_BUDGETS: frozenset({Role.MANAGER, Role.FINANCE, Role.ADMIN}),
    Action.RECORD_SPEND: frozenset({Role.LEAD, Role.MANAGER, Role.FINANCE, Role.ADMIN}),
    Action.FREE_MONEY: frozenset({Role.MANAGER, Role.FINANCE, Role.ADMIN}),
    Action.HANDLE_COMPLAINTS: frozenset({Role.LEAD, Role.MANAGER, Role.ADMIN}),
    Action.SEE_CONTACTS: frozenset({Role.LEAD, Role.MANAGER, Role.ADMIN}),
    Action.KEEP_SURVEYS: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.SHOW_OPENLY: frozenset({Role.LEAD, Role.MANAGER, Role.ADMIN}),
    Action.IMPORT: frozenset({Role.MANAGER, Role.FINANCE, Role.ADMIN}),
    Action.KEEP_RATES: frozenset({Role.FINANCE, Role.ADMIN}),
    Action.SEE_OUTBOX: frozenset({Role.MANAGER, Role.ADMIN}),
    Action.ADMINISTER: frozenset({Role.ADMIN}),
}
# These touch more than one area, so a grant on a part of the company does not do, whatever scope is asked about.
COMPANY_WIDE = frozenset(
    {
        Action.KEEP_METRICS,
        Action.KEEP_SURVEYS,
        Action.IMPORT,
        Action.KEEP_RATES,
        Action.SEE_OUTBOX,
        Action.ADMINISTER,
    }
)

# Finance stands beside the ladder: it reads all that is granted, and has rights of its own.
_AT_LEAST: dict[Role, frozenset[Role]] = {
    Role.VIEWER: ANY_ROLE,
    Role.LEAD: frozenset({Role.LEAD, Role.MANAGER, Role.ADMIN}),
    Role.MANAGER: frozenset({Role.MANAGER, Role.ADMIN}),
    Role.FINANCE: frozenset({Role.FINANCE}),
    Role.ADMIN: frozenset({Role.ADMIN}),
}


def roles_for(needs: Role | Action) -> frozenset[Role]:
    """The roles that suffice for an action, or for a role and all above it."""
    return ROLES_FOR[needs] if isinstance(needs, Action) else _AT_LEAST[needs]


# -- Questions about one scope ----------------------------------------------------------------------


def can(person: Someone, needs: Role | Action, scope: Scope | None = None) -> bool:
    """Whether she may do this on the scope; no scope means the company. One query. Unsaved scopes may be asked about."""
    member = _member(person)
    if member is None:
        return False
    roles = roles_for(needs)
    if member.is_superuser and Role.ADMIN in roles:
        return True
    nodes = {} if scope is None or needs in COMPANY_WIDE else scope.node_ids()
    suffices = Q()
    for dimension in DIMENSIONS:
        covered = Q(**{f"scope__{dimension}__isnull": True})
        if dimension in nodes:
            covered |= Q(**{f"scope__{dimension}__in": _above(nodes[dimension])})
        suffices &= covered
    if roles == ANY_ROLE and len(nodes) == 1:
        (node_id,) = nodes.values()
        suffices |= Q(Exists(opened_to(member).filter(pk__in=_above(node_id))))
    return Grant.objects.filter(suffices, person=member, role__in=roles).exists()


def company_actions(person: Someone) -> frozenset[Action]:
    """What she may do that touches the whole company; one query, for the frame around every page."""
    member = _member(person)
    if member is None:
        return frozenset()
    roles = set(Grant.objects.filter(person=member, scope__key="company").values_list("role", flat=True))
    if member.is_superuser:
        roles.add(Role.ADMIN)
    return _company_wide(roles)


def _company_wide(roles: Collection[str]) -> frozenset[Action]:
    return frozenset(action for action in COMPANY_WIDE if ROLES_FOR[action] & set(roles))


def can_somewhere(person: Someone, needs: Role | Action) -> bool:
    """Whether there is any scope on which she may do this (on the company itself, for what is company-wide)."""
    if needs in COMPANY_WIDE:
        return can(person, needs)
    member = _member(person)
    if member is None:
        return False
    roles = roles_for(needs)
    if member.is_superuser and Role.ADMIN in roles:
        return True
    return Grant.objects.filter(person=member, role__in=roles).exists()


def home_scope(person: Someone) -> Scope | None:
    """Where her overview begins: the company if granted, else the scope first granted; None without any grant."""
    member = _member(person)
    if member is None:
        return None
    if member.is_superuser:
        return Scope.objects.get(key="company")
    grants = Grant.objects.filter(person=member).select_related("scope").order_by("granted_at", "pk")
    granted = [grant.scope for grant in grants]
    return next((scope for scope in granted if scope.is_company), granted[0] if granted else None)


def get_scope_or_404(person: Someone, key: str, needs: Role | Action = Role.VIEWER) -> Scope:
    """The scope that this text writes, its parts in any order.

    A cross-cut that nobody has pointed to comes unsaved (no pk): `services.ensure_scope` makes it when it is
    written to. Raises Http404 where she may not see it or it does not exist, PermissionDenied where her role is
    too weak for `needs`.
    """
    try:
        nodes = parse_scope(key)
    except UnknownScope:
        raise Http404 from None
    key = scope_key(nodes)
    scope = Scope.objects.filter(key=key).first() or Scope(key=key, **nodes)
    if not can(person, Role.VIEWER, scope):
        raise Http404
    if needs != Role.VIEWER and not can(person, needs, scope):
        raise PermissionDenied
    return scope


def get_node_or_404(person: Someone, pk: int, needs: Role | Action = Role.VIEWER) -> Node:
    """The node, where its own figures are hers to see. Raises Http404 and PermissionDenied as `get_scope_or_404`."""
    scope = Scope.objects.filter(node_id=pk).select_related("node__parent").first()
    if scope is None or scope.node is None or not can(person, Role.VIEWER, scope):
        raise Http404
    if needs != Role.VIEWER and not can(person, needs, scope):
        raise PermissionDenied
    return scope.node


# -- Lists ------------------------------------------------------------------------------------------


def visible_scopes(person: Someone) -> QuerySet[Scope]:
    """The scopes whose figures she may see."""
    return scopes_where(person, ANY_ROLE)


def scopes_where(person: Someone, roles: Collection[Role] | Role | Action) -> QuerySet[Scope]:
    """The scopes on which she has one of these roles, or a role that suffices."""
    wanted = roles_for(roles) if isinstance(roles, Role | Action) else frozenset(roles)
    grants, opened = _grants(person, wanted)
    if {} in grants:
        return Scope.objects.all()
    if not grants:
        return Scope.objects.none()
    covered = Q()
    for grant in grants:
        covered |= Q(**{f"{dimension}__in": _below(node_id) for dimension, node_id in grant.items()})
    if opened:
        covered |= Q(node__in=_below(*opened))
    return Scope.objects.filter(covered)


def rows_where(person: Someone, needs: Role | Action, columns: Mapping[str, str]) -> Q:
    """Narrows rows that keep a node's id a dimension in these columns (dimension → column; 0 or NULL is none) to those
    that a grant of hers covers. A grant on a dimension that has no column covers none. At most one query.
    """
    grants, _opened = _grants(person, roles_for(needs))
    covered = Q(pk__in=())
    for grant in grants:
        if not grant:
            return Q()
        if grant.keys() <= columns.keys():
            covered |= Q(
                **{f"{columns[dimension]}__in": _below(node_id) for dimension, node_id in grant.items()}
            )
    return covered


def rows_of_area(scope: Scope, columns: Mapping[str, str]) -> Q:
    """Narrows such rows to those of an area and all below it. Asks nothing of rights."""
    nodes = scope.node_ids()
    if not nodes.keys() <= columns.keys():
        return Q(pk__in=())
    return Q(**{f"{columns[dimension]}__in": _below(node_id) for dimension, node_id in nodes.items()})


def visible_nodes(person: Someone, dimension: str) -> QuerySet[Node]:
    """The nodes whose names she may see: those that occur in a scope that she may see, without merged ones.

    Wider than the nodes whose own figures she may see: who leads region:华东 sees every channel's name, since
    region:华东+channel:x is hers, though channel:x is not. For own figures take `visible_scopes`.
    Budgets are no way to cut a region, and some are closed: their names are known with their own figures alone.
    """
    return _known(person, dimension).filter(merged_into__isnull=True)


def _known(person: Someone, dimension: str) -> QuerySet[Node]:
    """With merged ones, which are known where the one is that they were merged into."""
    nodes = Node.objects.filter(dimension=dimension)
    grants, opened = _grants(person, ANY_ROLE)
    if not grants:
        return nodes.none()
    cut = dimension != Dimension.BUDGET
    if any(dimension not in grant and (cut or not grant) for grant in grants):
        return nodes
    below = Q(pk__in=())
    for grant in grants:
        if dimension in grant:
            below |= Q(pk__in=_below(grant[dimension]))
    if opened:
        below |= Q(pk__in=_below(*opened))
    return nodes.filter(below)


def knows(person: Someone | None, node: Node) -> bool:
    """Whether a sentence to her may name the node; to nobody (a machine's own work) it may. At most two queries."""
    return person is None or _known(person, node.dimension).filter(pk=node.pk).exists()


def grants_key(person: Someone) -> str:
    """A short text that is the same for people who were granted the same: part of every cache key.

    Two people with equal keys may see and do the same: what was opened to them is part of it.
    """
    member = _member(person)
    granted: set[tuple[str, str]] = set()
    opened: Collection[int] = ()
    if member is not None:
        rows = Grant.objects.filter(person=member).values_list("role", "scope__key", opened_array(member))
        for role, key, found in rows:
            granted.add((role, key))
            opened = found
        if member.is_superuser:
            granted.add((Role.ADMIN, "company"))
    return _grants_key(granted, opened)


def _grants_key(granted: Collection[tuple[str, str]], opened: Collection[int]) -> str:
    said = [f"{role} {key}" for role, key in sorted(granted)]
    text = "\n".join([*said, *(f"open {pk}" for pk in sorted(opened))])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


# -- Many questions at once -------------------------------------------------------------------------


class Reach:
    """What a person was granted, read once: answers about many scopes by what lies above their nodes.

    `above` names, by dimension, the ids of a scope's node and of all nodes above it; a dimension that is missing is
    not narrowed.
    """

    def __init__(self, person: Someone) -> None:
        """One query."""
        member = _member(person)
        self._granted: list[tuple[str, str, dict[str, int]]] = []
        self._scopes: dict[str, int] = {}  # by key, in the order in which they were granted
        self._opened: frozenset[int] = frozenset()
        self._superuser = member is not None and member.is_superuser
        if member is None:
            return
        rows = (
            Grant.objects.filter(person=member)
            .order_by("granted_at", "pk")
            .values_list(
                "role",
                "scope__key",
                "scope_id",
                opened_array(member),
                *(f"scope__{dimension}_id" for dimension in DIMENSIONS),
            )
        )
        for role, key, scope_id, opened, *ids in rows:
            self._opened = frozenset(opened)
            nodes = {dimension: pk for dimension, pk in zip(DIMENSIONS, ids, strict=True) if pk is not None}
            self._granted.append((role, key, nodes))
            self._scopes.setdefault(key, scope_id)
        if self._superuser:
            self._granted.append((Role.ADMIN, "company", {}))

    @property
    def scopes(self) -> tuple[str, ...]:
        """The keys of the scopes that were granted, each once, in the order of their names."""
        return tuple(sorted({key for _role, key, _nodes in self._granted}))

    @property
    def key(self) -> str:
        """The same as `grants_key`."""
        return _grants_key({(role, key) for role, key, _nodes in self._granted}, self._opened)

    def somewhere(self, needs: Role | Action) -> bool:
        """What `can_somewhere` answers."""
        if needs in COMPANY_WIDE:
            return needs in self.company_actions
        roles = roles_for(needs)
        return any(role in roles for role, _key, _nodes in self._granted)

    @property
    def company_actions(self) -> frozenset[Action]:
        """What `company_actions` answers."""
        return _company_wide({role for role, key, _nodes in self._granted if key == "company"})

    def home(self) -> Scope | None:
        """What `home_scope` answers; no query for those who were granted the company."""
        if "company" in self._scopes:
            return Scope(pk=self._scopes["company"], key="company")
        if self._superuser:
            return Scope.objects.get(key="company")
        first = next(iter(self._scopes.values()), None)
        return None if first is None else Scope.objects.get(pk=first)

    def covers(self, above: Mapping[str, Collection[int]], needs: Role | Action = Role.VIEWER) -> bool:
        """What `can` answers, for a scope whose nodes lie below these."""
        roles = roles_for(needs)
        if roles == ANY_ROLE and len(above) == 1:
            (alone,) = above.values()
            if not self._opened.isdisjoint(alone):
                return True
        return any(
            role in roles and all(pk in above.get(dimension, ()) for dimension, pk in nodes.items())
            for role, _key, nodes in self._granted
        )

    def nodes(self, dimension: str, beside: Mapping[str, Collection[int]]) -> QuerySet[Node]:
        """The nodes of a dimension whose cut with these other nodes she may see."""
        found = Node.objects.filter(dimension=dimension, merged_into__isnull=True)
        below = Q(pk__in=())
        for _role, _key, nodes in self._granted:
            others = {one: pk for one, pk in nodes.items() if one != dimension}
            if not all(pk in beside.get(one, ()) for one, pk in others.items()):
                continue
            if dimension not in nodes:
                return found
            below |= Q(pk__in=_below(nodes[dimension]))
        if self._opened and not beside.keys() - {dimension}:
            below |= Q(pk__in=_below(*self._opened))
        return found.filter(below)


# -- Views ------------------------------------------------------------------------------------------


def reach_of(request: HttpRequest) -> Reach:
    """What was granted to whoever asks, read once for a request. Not for requests that may change grants."""
    found = getattr(request, "_reach", None)
    if not isinstance(found, Reach):
        found = request._reach = Reach(request.user)  # type: ignore[attr-defined]
    return found


def actions_of(request: HttpRequest) -> frozenset[Action]:
    """What whoever asks may do for the whole company; no query where the gate has read her grants already."""
    found = getattr(request, "_reach", None)
    if isinstance(found, Reach):
        return found.company_actions
    person = getattr(request, "user", None)
    return company_actions(person) if person is not None else frozenset()


def require(needs: Role | Action = Role.VIEWER) -> Callable[[View[P]], View[P]]:
    """Lets a view run only for those who may do this somewhere (on the company, for what is company-wide).

    Which scope, a view asks with `get_scope_or_404(person, key, needs)` or narrows with `scopes_where`.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_login(request)
            # What only reads asks once what was granted; what writes asks anew each time.
            reads = request.method in ("GET", "HEAD")
            allowed = reach_of(request).somewhere(needs) if reads else can_somewhere(request.user, needs)
            if not allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def require_login(view: View[P]) -> View[P]:
    """For pages about oneself, which need no grant."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else _to_login(request)

    return guarded


def person_of(request: HttpRequest) -> Person:
    """Who asks, behind `require` or `require_login`. Raises PermissionDenied for nobody."""
    if not isinstance(request.user, Person):
        raise PermissionDenied
    return request.user


def company_of(request: HttpRequest) -> Company:
    """The company as it was when this request began; no query behind `organization.middleware`."""
    found = getattr(request, "company", None)
    return found if isinstance(found, Company) else company()


def _to_login(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        # A redirect would put the login page into the fragment's place.
        page = request.headers.get("HX-Current-URL") or request.get_full_path()
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    return redirect_to_login(request.get_full_path())


# -- How grants are read ----------------------------------------------------------------------------


def _member(person: Someone) -> Person | None:
    """The person, unless she is nobody or has left."""
    return person if isinstance(person, Person) and person.is_active else None


def _grants(person: Someone, roles: frozenset[Role]) -> tuple[list[dict[str, int]], Collection[int]]:
    """The nodes of each grant by dimension, an empty one is the company; and, where any role does, the tops of what
    was opened to her. At most one query."""
    member = _member(person)
    if member is None:
        return [], ()
    if member.is_superuser and Role.ADMIN in roles:
        return [{}], ()
    opened: Collection[int] = ()
    found = Grant.objects.filter(person=member, role__in=roles)
    looked_at = [opened_array(member)] if roles == ANY_ROLE else []
    rows = found.values_list(*(f"scope__{dimension}_id" for dimension in DIMENSIONS), *looked_at)
    grants = []
    for row in rows:
        if looked_at:
            *row, opened = row
        pairs = zip(DIMENSIONS, row, strict=True)
        grants.append({dimension: node_id for dimension, node_id in pairs if node_id is not None})
    return grants, opened


def _above(node_id: int) -> QuerySet[NodeAncestor, int]:
    """The node and all above it, as a subquery."""
    return NodeAncestor.objects.filter(node_id=node_id).values_list("ancestor_id", flat=True)


def _below(*node_ids: int) -> QuerySet[NodeAncestor, int]:
    """The nodes and all below them, as a subquery."""
    return NodeAncestor.objects.filter(ancestor_id__in=node_ids).values_list("node_id", flat=True)
