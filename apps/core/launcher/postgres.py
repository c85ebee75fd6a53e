"""PostgreSQL: a data folder with a password, the server's settings, and the stale state that a hard kill leaves."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from apps.core.launcher.binaries import postgres_binaries
from apps.core.launcher.errors import LauncherError
from apps.core.launcher.ports import HOST, Claim, claim
from apps.core.launcher.private import kept_password, write_private
from apps.core.launcher.processes import Program, stop_left_over, working_in
from apps.core.launcher.site import Site, data_folder, settle

# The builtin provider sorts alike on every system. Without --lc-ctype pg_trgm drops every non-ASCII letter.
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype=C.UTF-8")
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # A socket path may have 107 bytes; a clone's path may have more.
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_FAST_BUT_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def clear_left_overs(folder: Path) -> None:
    """Stop a server that outlived its launcher, found by who works in its data; then drop its pid file.

    PostgreSQL itself asks only whether SOME process has the pid in the file: a zombie, or a stranger with a
    recycled pid, would keep it from starting for ever. Only the postmaster is asked to stop; the signal
    means other things to its helpers.
    """
    data = data_folder(folder)
    pid_file = data / "postmaster.pid"
    if living := working_in(data):
        stop_left_over(living, ask=dict.fromkeys(_first_number(pid_file), signal.SIGINT))
    pid_file.unlink(missing_ok=True)


@dataclass(kw_only=True)
class Postgres:
    """One PostgreSQL server in one folder, with one database owned by one role of the same name."""

    folder: Path
    name: str
    durable: bool = True  # False: fast, and a power cut may cost the data. For tests.
    port: Claim = field(default_factory=claim)
    _site: Site | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        """Return DATABASE_URL."""
        return f"postgres://{self.name}:{kept_password(self.folder)}@{HOST}:{self.port.port}/{self.name}"

    def prepare(self) -> None:
        """Make the data folder on the first call; afterwards clear what a killed server left behind.

        Raises LauncherError when PostgreSQL cannot live here.
        """
        self._site = settle(self.folder, postgres_binaries())
        self._log.unlink(missing_ok=True)
        if self._site.data.exists():
            clear_left_overs(self.folder)
        else:
            self._make_data(self._site)

    def program(self) -> Program:
        """Return the server process itself: no pg_ctl, which would hide the pid and outlive us."""
        site = self._site or settle(self.folder, postgres_binaries())
        settings = _SETTINGS | {"port": str(self.port.port)} | ({} if self.durable else _FAST_BUT_FORGETFUL)
        return Program(
            name="PostgreSQL",
            command=(str(site.binaries.postgres), "-D", str(site.data), *_options(settings)),
            folder=site.place,
            environment=_environment(),
            account=site.account,
            log=self._log,
            gentle=signal.SIGINT,  # The fast shutdown: open connections are closed, nothing is lost.
        )

    def is_ready(self) -> bool:
        """Tell whether the database takes connections."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _make_data(self, site: Site) -> None:
        """Make data and database beside the final name: a half-made data folder is never mistaken for data."""
        unfinished = site.place / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password = site.place / "initdb-password"
        write_private(password, kept_password(self.folder))
        if site.account:
            for path in (unfinished, password):
                os.chown(path, site.account.uid, site.account.gid)
        try:
            self._initdb(site, unfinished, password)
        finally:
            password.unlink()
        create = f'CREATE DATABASE "{self.name}"'
        _run(site, str(site.binaries.postgres), "--single", "-D", str(unfinished), "postgres", answer=create)
        unfinished.rename(site.data)

    def _initdb(self, site: Site, data: Path, password: Path) -> None:
        arguments = ["-D", str(data), "--username", self.name, "--pwfile", str(password), "--auth=scram-sha-256"]
        sync = () if self.durable else ("--no-sync",)
        _run(site, str(site.binaries.initdb), *arguments, "--encoding=UTF8", *_LOCALE, *sync)


def _first_number(pid_file: Path) -> tuple[int, ...]:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return (int(pid_file.read_text().splitlines()[0]),)
    return ()


def _run(site: Site, *command: str, answer: str = "") -> None:
    account = site.account
    done = subprocess.run(  # noqa: S603 - our own binaries with our own arguments
        command,
        cwd=site.place,
        env=_environment(),
        input=answer,
        text=True,
        capture_output=True,
        check=False,
        start_new_session=True,  # A Ctrl-C in the terminal is for us, not for it.
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode:
        raise LauncherError(f"{Path(command[0]).name} failed:\n{(done.stdout + done.stderr).strip()}")


def _environment() -> dict[str, str]:
    """Return our environment without PG* variables, which would change what the programs do."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _options(settings: Mapping[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
