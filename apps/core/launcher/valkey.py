"""Valkey: its configuration file, with a password, in the folder of its data."""

import secrets
import signal
from dataclasses import dataclass, field
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.core.launcher.binaries import valkey_server
from apps.core.launcher.ports import HOST, Claim, claim
from apps.core.launcher.private import write_private
from apps.core.launcher.processes import Program, stop_left_over, working_in


def clear_left_overs(folder: Path) -> None:
    """Stop a server that outlived its launcher, found by who works in its folder."""
    living = working_in(folder)
    stop_left_over(living, ask=dict.fromkeys(living, signal.SIGTERM))


@dataclass(kw_only=True)
class Valkey:
    """One Valkey server in one folder."""

    folder: Path
    durable: bool = True  # False: nothing is written to disk. For tests.
    port: Claim = field(default_factory=claim)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def url(self) -> str:
        """Return REDIS_URL."""
        return f"redis://:{self.password}@{HOST}:{self.port.port}/0"

    def prepare(self) -> None:
        """Write the configuration and stop a server that outlived its launcher."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        clear_left_overs(self.folder)
        self._log.unlink(missing_ok=True)
        write_private(self._configuration, self._settings())

    def program(self) -> Program:
        """Return the server process."""
        return Program(
            name="Valkey",
            command=(str(valkey_server()), str(self._configuration)),
            folder=self.folder,
            log=self._log,
        )

    def is_ready(self) -> bool:
        """Tell whether it answers, which it does not while it reads its data."""
        once = Retry(NoBackoff(), retries=0)
        client = redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2, retry=once)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    @property
    def _configuration(self) -> Path:
        return self.folder / "valkey.conf"

    def _settings(self) -> str:
        """Return the configuration; the password stands here, because a command line is readable for everyone."""
        folder = str(self.folder.resolve()).replace("\\", "\\\\").replace('"', '\\"')
        lines = [
            f"bind {HOST}",
            f"port {self.port.port}",
            f"requirepass {self.password}",
            f'dir "{folder}"',
            'proc-title-template "{title} {config-file}"',  # How a left-over is found where there is no /proc.
            "maxmemory-policy noeviction",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
        ]
        return "\n".join(lines) + "\n"
