"""Where a PostgreSQL server may live and as whom: it refuses root, and as another user it must reach its files."""

import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from apps.core.launcher.binaries import PostgresBinaries
from apps.core.launcher.errors import LauncherError
from apps.core.launcher.processes import Account

UNPRIVILEGED = ("postgres", "nobody", "daemon")  # The first of these that exists is who the server runs as.
_SHELTERS = Path("/var/lib")  # Reachable for every user, kept over a restart, not swept like /var/tmp.


@dataclass(frozen=True)
class Site:
    """A folder for the data, the programs to use, and the account to run as (None: the caller's own)."""

    place: Path
    binaries: PostgresBinaries
    account: Account | None

    @property
    def data(self) -> Path:
        """Return PostgreSQL's data folder."""
        return self.place / "data"


def settle(home: Path, binaries: PostgresBinaries) -> Site:
    """Find the site for the server whose folder is `home`: `home` itself, or a shelter that `home` points to.

    As root, the server's account may be unable to pass a 0700 folder above `home` or above the programs. Then the
    data, or a copy of the programs, or both, live where it can. Raises LauncherError when that is impossible.
    """
    home.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        _refuse_data_of_another(home / "data")
        return Site(home, binaries, None)
    home.chmod(0o711)
    account = _account_for_root(home)
    place = shelter_of(home) or (home if reaches(account, home) else _make_shelter(home, account))
    if not reaches(account, binaries.postgres):
        binaries = binaries.copied_to(place)
    return Site(place, binaries, account)


def shelter_of(home: Path) -> Path | None:
    """Return the folder outside `home` that holds its data, if there is one."""
    link = home / "shelter"
    return link.resolve() if link.is_symlink() and link.exists() else None


def data_folder(home: Path) -> Path:
    """Return where the data of the server in `home` is, or will be if `home` can hold it."""
    return (shelter_of(home) or home) / "data"


def reaches(account: Account, path: Path) -> bool:
    """Tell whether the account may pass every folder down to `path`, and enter or run `path` itself."""
    real = path.resolve()
    return all(_may_pass(account, each.stat()) for each in (real, *real.parents))


def _account_for_root(home: Path) -> Account:
    data = data_folder(home)
    if data.exists() and (owner := data.stat().st_uid):  # Who made the data must go on serving it.
        return _account(pwd.getpwuid(owner))
    for name in UNPRIVILEGED:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise LauncherError(
        f"PostgreSQL refuses to run as root, and none of the users {', '.join(UNPRIVILEGED)} exists. "
        "Run as an ordinary user, or set DATABASE_URL to a server of your own."
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _refuse_data_of_another(data: Path) -> None:
    if data.exists() and data.stat().st_uid != os.geteuid():
        raise LauncherError(f"{data} belongs to another user. Run as that user, or remove it as root: `make clean`.")


def _may_pass(account: Account, entry: os.stat_result) -> bool:
    if entry.st_uid == account.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    if entry.st_gid == account.gid:
        return bool(entry.st_mode & stat.S_IXGRP)
    return bool(entry.st_mode & stat.S_IXOTH)


def _make_shelter(home: Path, account: Account) -> Path:
    try:
        made = Path(tempfile.mkdtemp(prefix="embedded-postgres-", dir=_SHELTERS))
    except OSError as error:
        raise LauncherError(
            f"PostgreSQL refuses to run as root, and the user {account.name} it would run as cannot reach {home}; "
            f"{_SHELTERS} is no way out ({error.strerror}). Move this folder to a place that everyone may enter "
            "(such as /srv), run as an ordinary user, or set DATABASE_URL to a server of your own."
        ) from error
    made.chmod(0o711)
    (home / "shelter").unlink(missing_ok=True)  # A link to a shelter that somebody removed.
    (home / "shelter").symlink_to(made)
    return made
