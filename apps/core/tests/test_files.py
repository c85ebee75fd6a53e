"""The private file store: no row without bytes, no bytes without a row, whatever ends in the middle."""

import io
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.core.files.storage import storages
from django.db import connection, transaction

from apps.core import files
from apps.core.errors import InvalidInput
from apps.core.models import StoredFile
from apps.core.scanner import ScannerAway, is_infected
from apps.core.testing.uploads import EICAR, pdf, picture

LATER = files.UNOWNED_AFTER + timedelta(minutes=1)


def private_folder(folder: Path) -> dict:
    options = {"location": str(folder), "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {"BACKEND": "apps.core.storage.DurableStorage", "OPTIONS": options}


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    """A private folder as production has it."""
    settings.STORAGES = {**settings.STORAGES, "private": private_folder(tmp_path / "files")}
    return tmp_path / "files"


def write(content: bytes = b"", name: str = "report.pdf") -> files.WrittenFile:
    return files.write_upload(field="file", name=name, stream=io.BytesIO(content or pdf()))


def stored(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


@pytest.mark.django_db
class TestStore:
    def test_a_file_is_found_again_byte_for_byte(self, folder):
        file = files.attach(write())
        with files.open_bytes(file) as stream:
            assert stream.read() == pdf()
        assert (file.size, file.media_type, file.name) == (len(pdf()), "application/pdf", "report.pdf")

    def test_its_bytes_and_its_name_are_on_the_disk_before_any_row_is_there(self, folder, monkeypatch):
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
        file = folder / write().key
        assert synced == [place.stat().st_ino for place in (file, file.parent, folder)]
        assert not StoredFile.objects.exists()

    def test_its_place_is_made_by_the_server_and_closed_to_others(self, folder):
        written = write(name="../../../etc/passwd.pdf")
        assert stored(folder) == [written.key]
        assert "passwd" not in written.key
        file = folder / written.key
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    def test_a_refusal_names_the_field_and_writes_nothing(self, folder):
        with pytest.raises(InvalidInput) as refusal:
            write(b"MZ")
        assert (refusal.value.field, refusal.value.code) == ("file", "content_is_not_its_extension")
        assert not folder.exists()

    def test_what_no_row_owns_is_discarded_and_what_one_owns_is_not(self, folder):
        kept, left = write(), write()
        files.attach(kept)
        files.discard([kept, left])
        assert stored(folder) == [kept.key]

    def test_the_sweeper_takes_what_is_old_and_unowned_only(self, folder, now):
        kept, left = write(), write()
        files.attach(kept)
        (folder / kept.key).with_name("not-ours").write_bytes(b"x")
        assert files.sweep_files(now=now) == 0
        assert files.sweep_files(now=now + LATER) == 1
        assert left.key not in stored(folder)
        assert kept.key in stored(folder)
        assert files.sweep_files(now=now + LATER) == 0


@pytest.mark.django_db(transaction=True)
class TestRemoving:
    def test_bytes_go_when_the_transaction_has_committed(self, folder, now):
        file = files.attach(write())
        with transaction.atomic():
            files.remove(file, now=now)
            assert stored(folder) == [file.key]
        assert stored(folder) == []
        file.refresh_from_db()
        assert file.erased_at == file.removed_at == now
        with pytest.raises(FileNotFoundError):
            files.open_bytes(file)

    def test_a_removal_that_is_taken_back_keeps_them(self, folder, now):
        file = files.attach(write())
        with transaction.atomic():
            files.remove(file, now=now)
            transaction.set_rollback(True)
        assert stored(folder) == [file.key]

    def test_a_store_that_was_away_is_swept_later(self, folder, now, monkeypatch):
        file = files.attach(write())
        monkeypatch.setattr(storages["private"].__class__, "delete", lambda *args: 1 / 0)
        with transaction.atomic():
            files.remove(file, now=now)
        monkeypatch.undo()
        assert stored(folder) == [file.key]
        assert files.sweep_files(now=now) == 1
        assert stored(folder) == []


# Writes and attaches files one after the other, each in a transaction of its own, until it is killed.
WRITER = """
    import io, sys
    import django
    django.setup()
    from django.conf import settings
    from django.db import transaction
    settings.STORAGES = {{**settings.STORAGES, "private": {store!r}}}
    from django.db import connections
    connections["default"].settings_dict["NAME"] = {database!r}
    from apps.core import files
    from apps.core.testing.uploads import picture
    content = picture(size=(1200, 900))
    print("ready", flush=True)
    while True:
        with transaction.atomic():
            written = files.write_upload(field="file", name="a.png", stream=io.BytesIO(content))
            files.attach(written)
"""


@pytest.mark.django_db(transaction=True)
def test_kill_9_in_mid_upload_leaves_neither_a_row_without_bytes_nor_bytes_without_a_row(folder, now):
    code = textwrap.dedent(WRITER).format(store=private_folder(folder), database=connection.settings_dict["NAME"])
    for turn in range(6):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path.cwd())
        assert process.stdout.readline() == b"ready\n"
        before = len(stored(folder)) if folder.exists() else 0
        while not folder.exists() or len(stored(folder)) < before + 1 + turn % 3:
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
    files.sweep_files(now=now + LATER + timedelta(minutes=5))
    assert stored(folder) == sorted(StoredFile.objects.values_list("key", flat=True))
    for file in StoredFile.objects.all():
        assert (folder / file.key).stat().st_size == file.size


# --- The scanner ----------------------------------------------------------------------------------------------


class FakeClamd:
    """Speaks clamd's INSTREAM: finds EICAR, and misbehaves as told."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.sizes: list[int] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.server.getsockname()[1]}"
        self.thread = Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                link, _address = self.server.accept()
            except OSError:
                return
            with link:
                self._answer(link)

    def _answer(self, link: socket.socket) -> None:
        stream = link.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        if self.mode == "hangs up":
            return
        content = b""
        while size := struct.unpack(">I", stream.read(4))[0]:
            content += stream.read(size)
            self.sizes.append(size)
        if self.mode == "says nothing":
            stream.read(1)  # Until the other side has had enough.
        answers = {"too large": b"INSTREAM size limit exceeded. ERROR\0", "raves": b"\xff" * 9000}
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        link.sendall(answers.get(self.mode, found))

    def close(self) -> None:
        self.server.close()


@pytest.fixture
def clamd(request, settings) -> Iterator[FakeClamd]:
    fake = FakeClamd(getattr(request, "param", "works"))
    settings.CLAMD_ADDRESS, settings.CLAMD_TIMEOUT_SECONDS = fake.address, 0.5
    yield fake
    fake.close()


class TestScanner:
    def test_what_it_finds_is_refused(self, clamd, folder):
        with pytest.raises(InvalidInput) as refusal:
            write(pdf(b"(" + EICAR + b")"))
        assert refusal.value.code == "infected"
        assert not folder.exists()

    def test_what_it_passes_is_taken_in_pieces(self, clamd):
        assert not is_infected(bytes(200_000))
        assert clamd.sizes == [65_536, 65_536, 65_536, 3_392]

    @pytest.mark.parametrize("clamd", ["hangs up", "says nothing", "too large", "raves"], indirect=True)
    def test_without_its_word_nothing_is_taken(self, clamd, folder):
        with pytest.raises(ScannerAway):
            write(picture(), "a.png")
        assert not folder.exists()

    def test_nobody_there_is_no_clean_bill(self, settings):
        settings.CLAMD_ADDRESS = "tcp://127.0.0.1:1"
        with pytest.raises(ScannerAway):
            is_infected(b"x")

    def test_a_socket_file_that_is_not_there_either(self, settings, tmp_path):
        settings.CLAMD_ADDRESS = f"unix:{tmp_path}/clamd.sock"
        with pytest.raises(ScannerAway):
            is_infected(b"x")
