"""A real PostgreSQL and a real Redis for a machine that has neither.

The binaries come from two wheels; this module runs them itself, on Unix sockets that nobody else may
open. Naming the addresses (`database_url`, `redis_url`) starts nothing: settings may be imported freely.
`ensure_running` starts what is missing, and is harmless to call from any number of processes at once.

With DATABASE_URL and REDIS_URL set, as in production, nothing here runs and the wheels may be absent.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

from config.servers import POSTGRES_SOCKET, REDIS_SOCKET, EmbeddedError, Postgres, Redis, is_root, open_to_all

__all__ = [
    "EmbeddedError",
    "broker_url",
    "data_dir",
    "database_url",
    "ensure_running",
    "local_secret",
    "numbered",
    "production",
    "redis_url",
    "stop",
    "var_dir",
]

PROJECT = Path(__file__).resolve().parent.parent
SOCKET_PATH_LIMIT = 100  # the kernel allows 107 bytes


# -- What settings ask ------------------------------------------------------------------------------


def production() -> bool:
    return os.environ.get("PLUMBLINE_PRODUCTION", "").strip().lower() in {"1", "true", "yes", "on"}


def var_dir() -> Path:
    """The data folder: `var/` of the project unless PLUMBLINE_VAR names another."""
    return Path(os.environ.get("PLUMBLINE_VAR") or PROJECT / "var").expanduser().absolute()


def local_secret(name: str, *, production: bool) -> str:
    """A secret made once and kept in the data folder; in production it must be set from outside."""
    if production:
        raise ImproperlyConfigured(f"{name.upper()} must be set when PLUMBLINE_PRODUCTION=1.")
    path = data_dir() / name
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    # Two processes may get here together: the first link wins, both read the same file.
    draft = path.with_name(f".{name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    return path.read_text().strip()


def database_url() -> str:
    """The address of the embedded PostgreSQL, running or not."""
    if production():
        raise ImproperlyConfigured("DATABASE_URL must be set when PLUMBLINE_PRODUCTION=1.")
    return f"postgresql://postgres@{quote(str(_socket_dir()), safe='')}/plumbline"


def redis_url() -> str:
    """The address of the embedded Redis, running or not."""
    if production():
        raise ImproperlyConfigured("REDIS_URL must be set when PLUMBLINE_PRODUCTION=1.")
    return f"unix://{quote(str(_socket_dir() / REDIS_SOCKET))}?db=0"


def broker_url(url: str) -> str:
    """Celery's spelling of a Redis address: it has words of its own for a Unix socket."""
    if not url.startswith("unix://"):
        return url
    return url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)


def numbered(url: str, number: int) -> str:
    """The same Redis, but its database of that number."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        # urlunsplit drops the two slashes of a scheme that it does not know.
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


# -- Starting and stopping --------------------------------------------------------------------------


def ensure_running(*, durable: bool = True) -> list[str]:
    """Start the embedded servers that the environment leaves to us; return the names of those started.

    `durable=False` trades safety against power loss for speed; it is for tests.
    Raises EmbeddedError.
    """
    if production():
        return []
    wanted: list[Postgres | Redis] = []
    if not os.environ.get("DATABASE_URL"):
        wanted.append(_postgres(durable=durable))
    if not os.environ.get("REDIS_URL"):
        wanted.append(_redis())
    if all(server.is_ready() for server in wanted):
        return []
    started = []
    with _lock():
        for server in wanted:
            if not server.is_ready():
                if server.home.parent != var_dir() and not server.home.exists():
                    _say_where(server.home)
                server.start()
                started.append(server.name)
    return started


def _say_where(home: Path) -> None:
    print(
        f"PostgreSQL does not run as root, and {var_dir()} or a folder above it is private: "
        f"its data is kept in {home}.",
        file=sys.stderr,
    )


def stop() -> list[str]:
    """Stop the embedded servers of this data folder; return the names of those that ran."""
    if not var_dir().is_dir():
        return []
    with _lock():
        stopped = [server.name for server in (_redis(), _postgres()) if server.stop()]
    if _socket_dir().parent != var_dir():
        with contextlib.suppress(OSError):  # empty unless something still runs in it
            _socket_dir().rmdir()
    return stopped


def _postgres(*, durable: bool = True) -> Postgres:
    return Postgres(home=_postgres_home(), sockets=_socket_dir(), durable=durable)


def _redis() -> Redis:
    return Redis(home=data_dir() / "redis", sockets=_socket_dir())


# -- Folders ----------------------------------------------------------------------------------------


def data_dir() -> Path:
    """The data folder, made when first needed. As root it lets `nobody` pass, but not look."""
    path = var_dir()
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o711 if is_root() else 0o700)
    return path


def _postgres_home() -> Path:
    home = data_dir() / "postgres"
    if not is_root() or open_to_all(home.parent):
        return home
    # own_dir refuses a folder of that name that is not ours.
    return Path("/var/tmp") / f"plumbline-{_mark()}"  # noqa: S108


def _socket_dir() -> Path:
    """Where both sockets lie. The path may not be long, `nobody` must be able to reach it, and PostgreSQL's
    library would take a comma for the end of it."""
    path = var_dir() / "run"
    fits = len(os.fsencode(path / POSTGRES_SOCKET)) + len(".lock") <= SOCKET_PATH_LIMIT
    if fits and "," not in str(path) and _postgres_home().parent == var_dir():
        return path
    return Path("/tmp") / f"plumbline-{_mark()}"  # noqa: S108  # own_dir refuses a folder that is not ours


def _mark() -> str:
    return hashlib.sha256(str(var_dir()).encode(errors="surrogateescape")).hexdigest()[:12]


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    with (data_dir() / "servers.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
