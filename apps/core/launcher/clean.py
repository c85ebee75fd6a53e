"""`python -m apps.core.launcher.clean` removes all that a clone keeps, here and elsewhere. It needs no packages."""

import shutil
import sys
from pathlib import Path

from apps.core.launcher import state
from apps.core.launcher.servers import remove


def clean(root: Path) -> None:
    """Remove the `.local` of this clone and its servers' shelters. Raises AlreadyRunning while they are in use."""
    if not (root / ".local").exists():
        return
    with state.exclusive(root):
        state.stop_left_overs(root)
        for folder in state.local_folder(root).iterdir():
            remove(folder)
        shutil.rmtree(root / ".local")


if __name__ == "__main__":
    try:
        clean(Path.cwd())
    except state.AlreadyRunning:
        sys.exit("It is still running from this folder; stop it with Ctrl-C in its terminal first.")
