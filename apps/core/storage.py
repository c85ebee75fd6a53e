"""Where private bytes lie when no bucket is named: a folder whose files are on the disk before their rows commit."""

import os
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class DurableStorage(FileSystemStorage):
    """A folder that outlives a power cut: a committed row never points to bytes that only a cache held."""

    def _save(self, name: str, content: Any) -> str:
        kept: str = super()._save(name, content)  # type: ignore[misc]  # The stubs leave it out.
        file = Path(self.path(kept))
        # The file, then its name in the folder, then the folder's name, which may be new today.
        for place in (file, file.parent, Path(self.location)):
            _sync(place)
        return kept


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
