"""The drills of docs/operations.md, run as they stand there: back up, restore, look, and lose the keys."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core.launcher.binaries import postgres_binaries
from tests.programs import empty_database

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "operations.md").read_text()
OTHER_KEY = "test:b3RoZXItbWFzdGVyLWtleS0wMDAwMDAwMDAwMDAwMDE="

# Where a site whose keys are lost goes on working, and where it says what is wrong.
GOES_ON = ("me/", "appointments/", "records/", "prescriptions/", "files/{file}/download/", "notes/")
IS_LOST = ("action-plans/", "reminders/", "notifications/")
LOOK = """
from django.test import Client
site = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
body = {"identifier": "patient", "password": "careloop-demo"}
access = site.post("/api/v1/auth/login/", body, "application/json").json()["access"]
headers = {"Authorization": "Bearer " + access}
records = site.get("/api/v1/records/", headers=headers).json()["results"]
file = next(record["files"][0]["id"] for record in records if record["files"])
for path in %s:
    answer = site.get("/api/v1/" + path.format(file=file), headers=headers)
    is_lost = answer.status_code == 200 and b"This text cannot be opened" in b"".join(answer)
    print(path, answer.status_code, "without its words" if is_lost else "")
"""

SEAL = "from django.utils import timezone; from apps.core.audit import seal_audit; seal_audit(now=timezone.now())"


def drill(name: str) -> str:
    """Return the commands of one drill: the block of operations.md that begins with this comment."""
    (commands,) = re.findall(rf"```sh\n# {name}\n(.*?)```", GUIDE, re.DOTALL)
    return commands


def run(commands: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run commands of the guide in a shell, with PostgreSQL's programs and this Python on the path."""
    programs = [str(postgres_binaries().postgres.parent), str(Path(sys.executable).parent)]
    return subprocess.run(
        ["sh", "-euc", commands],
        cwd=ROOT,
        env={**os.environ, **environment, "PATH": ":".join([*programs, os.environ["PATH"]])},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with demo data and a file, backed up and restored once for all, as the drill's environment."""
    tmp_path = tmp_path_factory.mktemp("site")
    with empty_database() as database, empty_database() as spare:
        files = tmp_path / "files"
        files.mkdir(mode=0o700)
        environment = {
            "DJANGO_SETTINGS_MODULE": "config.settings.local",
            "DATABASE_URL": database,
            "RESTORED_URL": spare,
            "PRIVATE_FILES_DIR": str(files),
            "BACKUP": str(tmp_path / "backup"),
            "MASTER_KEYS": "test:dGVzdC1vbmx5LW1hc3Rlci1rZXktMDAwMDAwMDAwMDE=",
        }
        commands = ["migrate -v0", "load_demo_data", f'shell -v0 -c "{SEAL}"']
        made = run(" && ".join(f"python manage.py {command}" for command in commands), **environment)
        assert made.returncode == 0, made.stderr
        backed_up = run(drill("back up"), **environment)
        assert backed_up.returncode == 0, backed_up.stderr
        restored = run(drill("restore"), **environment)
        assert restored.returncode == 0, restored.stderr + restored.stdout
        yield {**environment, "SAID": restored.stdout}


def test_what_was_backed_up_is_restored_whole(site):
    assert "This copy is whole" in site["SAID"]


def test_without_the_master_keys_nothing_that_is_sealed_opens_and_it_is_said(site):
    for keys, complaint in (
        ("k9:b3RoZXItbWFzdGVyLWtleS0wMDAwMDAwMDAwMDAwMDE=", "need the master key 'test'"),
        (OTHER_KEY, "is another one than these rows were sealed under"),
        ("", "need the master key 'test'"),
    ):
        lost = run(drill("lose the keys"), **{**site, "MASTER_KEYS": keys})
        assert lost.returncode != 0
        assert complaint in lost.stderr


def test_a_site_without_its_keys_goes_on_and_says_what_it_cannot_open(site):
    look = LOOK % repr((*GOES_ON, *IS_LOST))
    lost = {**site, "DATABASE_URL": site["RESTORED_URL"], "MASTER_KEYS": OTHER_KEY, "LOOK": look}
    looked = run('python manage.py shell -v0 -c "$LOOK"', **lost)
    expected = [*(f"{path} 200" for path in GOES_ON), *(f"{path} 200 without its words" for path in IS_LOST)]
    assert [line.strip() for line in looked.stdout.splitlines() if "/" in line] == expected, looked.stderr


def test_a_restore_without_the_files_or_with_half_a_database_is_told(site):
    """The last one: it breaks the copy."""
    copy = {**site, "DATABASE_URL": site["RESTORED_URL"]}
    for day in Path(site["PRIVATE_FILES_DIR"]).iterdir():
        shutil.rmtree(day)
    told = run("python manage.py verify_restore", **copy)
    assert told.returncode != 0
    assert re.search(r"([1-9]\d*) of \1 private files are not in the store", told.stderr)
    run('psql -q "$DATABASE_URL" -c "DELETE FROM django_migrations WHERE app = \'articles\'"', **copy)
    told = run("python manage.py verify_restore --without-files", **copy)
    assert told.returncode != 0
    assert "articles.0002_articles_in_full is not in this database: run manage.py migrate" in told.stderr
