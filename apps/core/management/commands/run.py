"""`manage.py run`, which is `make run`: the whole service on one machine, in one terminal, ended by one Ctrl-C."""

import contextlib
import http.client
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.launcher import state
from apps.core.launcher.errors import LauncherError
from apps.core.launcher.ports import HOST, Claim, claim
from apps.core.launcher.postgres import Postgres
from apps.core.launcher.processes import Program
from apps.core.launcher.servers import Server, start_failure
from apps.core.launcher.valkey import Valkey
from apps.core.supervisor import ChildFailed, Console, NotReadyInTime, StopRequested, Supervisor

DEFAULT_PORT = 8000
NAMES = ("PostgreSQL", "database", "worker")  # The longest of them sets the column of the log.
READY_PATH = "/api/v1/health/ready/"
STARTING = 120.0  # Seconds until a service that neither dies nor answers is given up.
WELCOME = """
CareLoop is ready.

  Swagger     {site}/
  ReDoc       {site}/redoc/
  API         {site}/api/v1/
  Admin       {site}/admin/
  Live stream {stream}
  E-mail      {mail}

  Demo logins admin, hospital, doctor, patient; the password is careloop-demo

Stop with Ctrl-C; the data stays in {local} (`make clean` removes it).
"""


class Command(BaseCommand):
    """Start what is missing, supervise it, take it down again."""

    help = "Run everything: PostgreSQL and Valkey (unless given), migrations, demo data, web, stream, worker and beat."
    requires_system_checks: list[str] = []  # They would need the database that this command is about to start.

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a stop signal. Raises CommandError, with what to do, when something does not start."""
        root = Path(settings.BASE_DIR)
        try:
            with state.exclusive(root):
                _run(root, _wanted_port())
        except StopRequested:
            self.stdout.write("Stopped.")
        except state.AlreadyRunning as error:
            raise CommandError(_where_it_runs(root)) from error
        except PermissionError as error:
            raise CommandError(
                f"{error}. Was it made by another user? Run as that user, or `make clean` as root."
            ) from error
        except (LauncherError, ChildFailed, NotReadyInTime) as error:
            raise CommandError(_explained(error)) from error


def _run(root: Path, wanted_port: int) -> None:
    """Bring everything up and keep it up. Raises StopRequested at the end, or what went wrong on the way."""
    console = Console(sys.stdout, NAMES)
    if left := state.stop_left_overs(root):
        console.print(f"Stopped what an earlier run left behind: {', '.join(left)}.")
    urls: dict[str, str] = {}
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(state.forget, root)
        supervisor = at_the_end.enter_context(Supervisor(console, lambda running: state.record(root, urls, running)))
        at_the_end.callback(console.print, "Stopping everything, last started first. A second Ctrl-C does not wait.")
        service = _Service(root, supervisor, urls)
        at_the_end.callback(service.release_ports)
        service.start_servers()
        if not service.was_filled_before():  # Whoever finds the web server ready will want to log in.
            service.fill_database()
            service.start_web(wanted_port)
        else:  # Nothing is missing that anybody could notice: both at once, which halves a warm start.
            service.start_web(wanted_port)
            service.fill_database()
        service.wait_until_ready()
        service.start_background()
        console.print(service.welcome())
        supervisor.watch()


class _Service:
    """The parts of the service in the order in which they start."""

    def __init__(self, root: Path, supervisor: Supervisor, urls: dict[str, str]) -> None:
        self._root = root
        self._local = state.local_folder(root)
        self._supervisor = supervisor
        self._urls = urls
        self._filled = self._local / "postgres" / "filled"  # Goes with the data.
        self._claims: list[Claim] = []  # Kept, because a forgotten claim is a released one.
        self._web: Claim | None = None

    def start_servers(self) -> None:
        """Start each server whose URL the environment does not give, and wait until all of them answer."""
        started: list[Server] = []
        if not self._is_given("DATABASE_URL"):
            started.append(
                self._start_server("DATABASE_URL", Postgres(folder=self._local / "postgres", name="careloop"))
            )
        if not self._is_given("REDIS_URL"):
            started.append(self._start_server("REDIS_URL", Valkey(folder=self._local / "valkey")))
        if not self._is_given("EMAIL_URL"):
            self._start_mail_catcher()
        self._supervisor.wait_until(lambda: all(server.is_ready() for server in started), patience=STARTING)

    def was_filled_before(self) -> bool:
        """Tell whether the embedded database has once been filled; of a given database nothing is known."""
        return not os.environ.get("DATABASE_URL") and self._filled.exists()

    def fill_database(self) -> None:
        """Bring the tables up to date, and put the demo data into an empty database."""
        self._supervisor.run_once(self._python("database", "manage.py", "fill_database"))
        if not os.environ.get("DATABASE_URL"):
            self._filled.touch()

    def start_web(self, wanted_port: int) -> None:
        """Start the web server on the wanted port, or say which one it is, and the stream server on any."""
        self._web, stream = self._claim(wanted_port), self._claim()
        if self._web.port != wanted_port:
            self._supervisor.console.print(f"Port {wanted_port} is taken; using {self._web.port}.")
        for name, port in (("SITE_URL", self._web.port), ("STREAM_URL", stream.port)):
            self._urls[name] = os.environ.get(name) or f"http://{HOST}:{port}"
        threads = ("--blocking-threads", str(settings.WEB_THREADS))
        self._supervisor.start(self._granian("web", self._web, "wsgi", "config.wsgi:application", *threads))
        impatient = ("--workers-kill-timeout", "3")  # A stop must not wait for clients that hold a stream open.
        self._supervisor.start(self._granian("stream", stream, "asginl", "config.asgi:application", *impatient))

    def wait_until_ready(self) -> None:
        """Wait until the web server says that everything it needs is there."""
        port = self._web.port if self._web else 0
        self._supervisor.wait_until(lambda: _answers(port), patience=STARTING)

    def start_background(self) -> None:
        """Start worker and beat, now that they take no processor from what somebody waits for."""
        options = ("--loglevel", "INFO", "--concurrency", "2", "--without-mingle", "--without-gossip")
        self._supervisor.start(self._celery("worker", *options))
        self._supervisor.start(self._celery("beat", "--loglevel", "INFO", "-s", str(self._local / "beat-schedule")))

    def release_ports(self) -> None:
        """Give all ports back."""
        for each in self._claims:
            each.release()

    def welcome(self) -> str:
        """Return what a person wants to know now."""
        mail = str(self._local / "mail" / "new") if not os.environ.get("EMAIL_URL") else "goes to EMAIL_URL"
        return WELCOME.format(
            site=self._urls["SITE_URL"], stream=self._urls["STREAM_URL"], mail=mail, local=self._local
        )

    def _is_given(self, name: str) -> bool:
        """Tell whether the environment gives this URL; then it is also written down for the other commands."""
        if given := os.environ.get(name):
            self._urls[name] = given
        return bool(given)

    def _start_server(self, variable: str, server: Postgres | Valkey) -> Server:
        self._claims.append(server.port)
        server.prepare()
        self._urls[variable] = server.url
        self._supervisor.start(server.program())
        return server

    def _start_mail_catcher(self) -> None:
        port = self._claim().port
        self._urls["EMAIL_URL"] = f"smtp://{HOST}:{port}"
        handler = ("aiosmtpd.handlers.Mailbox", str(self._local / "mail"))
        self._supervisor.start(self._python("mail", "-m", "aiosmtpd", "-n", "-l", f"{HOST}:{port}", "-c", *handler))

    def _claim(self, preferred: int = 0) -> Claim:
        self._claims.append(claim(preferred))
        return self._claims[-1]

    def _granian(self, name: str, port: Claim, interface: str, target: str, *more: str) -> Program:
        address = ("--host", HOST, "--port", str(port.port))
        options = ("--interface", interface, "--workers", "1", "--no-ws", *more, *address)
        return self._python(name, "-m", "granian", *options, target)

    def _celery(self, name: str, *options: str) -> Program:
        # Celery warns against root; in a container on one's own machine that is who one is.
        no_alarm = ("-W", "ignore::UserWarning:celery.platforms")
        return self._python(name, *no_alarm, "-m", "celery", "-A", "config", "--quiet", name, *options)

    def _python(self, name: str, *arguments: str) -> Program:
        environment = {**os.environ, **self._urls, **state.mark(), "PYTHONUNBUFFERED": "1"}
        return Program(name=name, command=(sys.executable, *arguments), folder=self._root, environment=environment)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", READY_PATH)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _wanted_port(environment: Mapping[str, str] = os.environ) -> int:
    text = environment.get("PORT") or str(DEFAULT_PORT)
    if not text.isdigit() or not 0 < int(text) < 65_536:
        raise CommandError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _where_it_runs(root: Path) -> str:
    address = state.running_urls(root).get("SITE_URL")
    where = f"It answers at {address}." if address else "It is still starting."
    return f"CareLoop is already running from this folder. {where} Stop it with Ctrl-C in its terminal first."


def _explained(error: Exception) -> str:
    match error:
        case ChildFailed(program=Program(log=Path()) as program):
            return start_failure(program)
        case ChildFailed():
            return f"{error} Its last words stand above."
        case NotReadyInTime():
            return f"{READY_PATH} did not answer 200 within {STARTING:.0f} seconds. The log above may say why."
    return str(error)
