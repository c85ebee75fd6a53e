"""What README and docs tell people to type or open is there, and the commands of api.md run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands
from django.urls import Resolver404, resolve

from apps.core.http.routing import api_routes
from config.compat import ALIASES

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
ID = "019a9f3c-0000-7000-8000-000000000701"

MAKE = re.compile(r"`make ([a-z-]+)|^ {4}make ([a-z-]+)", re.MULTILINE)
MANAGE = re.compile(r"manage\.py ([a-z_]+)")
LINK = re.compile(r"\]\(([^)#\s]+)")
SITE = re.compile(r"http://127\.0\.0\.1:8000(/[^\s>`'\")\\]*)")
SETTING = re.compile(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`")
TEST_FILE = re.compile(r"`((?:[a-z_]+/)*test_[a-z_]+\.py)`")
SPAN = re.compile(r"`([^`\n]+)`")
ADDRESS = re.compile(r"(?:/api/v1/)?(?P<path>[a-z][a-z0-9_-]*/(?:(?:[a-z0-9_-]+|\{[a-z ]+\})/)*)(?:\?\S*)?")
# Words with a slash that are folders or media types, not addresses.
FOLDERS = {
    "apps",
    "tests",
    "docs",
    "config",
    "benchmarks",
    "api",
    "management",
    "templates",
    "application",
    "multipart",
}
# Written in capitals, and not read from the environment by CareLoop.
NO_SETTINGS = {"SKIP_LOCKED"}


@EACH_PAGE
def test_targets_of_make_exist(page):
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {name for pair in MAKE.findall(page.read_text()) for name in pair if name}
    assert asked - known == set()


@EACH_PAGE
def test_management_commands_exist(page):
    assert set(MANAGE.findall(page.read_text())) - set(get_commands()) == set()


@EACH_PAGE
def test_links_lead_to_files(page):
    local = [link for link in LINK.findall(page.read_text()) if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@EACH_PAGE
def test_tests_that_are_named_exist(page):
    named = TEST_FILE.findall(page.read_text())
    every = {str(file.relative_to(ROOT)) for file in ROOT.rglob("test_*.py") if ".venv" not in file.parts}
    assert [name for name in named if not any(file.endswith(name) for file in every)] == []


@EACH_PAGE
def test_settings_that_are_named_can_be_set(page):
    known = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(SETTING.findall(page.read_text())) - known - names_in_code() - NO_SETTINGS == set()


def names_in_code() -> set[str]:
    """Return every name in capitals that the code knows: states, choices, constants."""
    files = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "config").rglob("*.py"), ROOT / "Makefile"]
    return {name for file in files for name in re.findall(r"\b[A-Z][A-Z0-9_]+\b", file.read_text())}


@EACH_PAGE
def test_pages_of_the_running_site_exist(page):
    for path in SITE.findall(page.read_text()):
        resolve(re.sub(r"\$\w+", ID, path.partition("?")[0]))


def known_shapes() -> set[str]:
    """Return every address with anonymous parameters: ours, and those of the older systems."""
    ours = {route.path.removeprefix("/api/v1/") for route in api_routes()} | {"schema/"}
    return {re.sub(r"\{\w+\}|<[^>]+>", "{}", path) for path in ours | {alias.path for alias in ALIASES}}


@EACH_PAGE
def test_addresses_of_the_api_exist(page):
    """A span such as `auth/login/`; a beginning such as `auth/password/` of longer ones will do."""
    if "decisions" in page.parts:
        pytest.skip("a decision speaks of its day")
    shapes, unknown = known_shapes(), []
    for span in SPAN.findall(page.read_text()):
        for word in span.split():
            found = ADDRESS.fullmatch(word)
            if found is None or found["path"].split("/")[0] in FOLDERS:
                continue
            shape = re.sub(r"\{[^}]+\}", "{}", found["path"])
            if not any(known.startswith(shape) or f"/{shape}" in f"/{known}" for known in shapes):
                unknown.append(word)
    assert unknown == []


# --- The commands of api.md ---------------------------------------------------------------------------------


def commands(page: Path) -> str:
    """Return the commands of a page's shell blocks, in their order."""
    return "\n".join(re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here: the commands of api.md were NOT run")
@pytest.mark.django_db(transaction=True)
def test_the_commands_of_api_md_run_as_they_stand(live_server, tmp_path):
    """In a shell, by curl, as a reader would: only the site's address is another one."""
    call_command("load_demo_data", verbosity=0)
    (tmp_path / ".curlrc").write_text('write-out = "%{stderr}%{http_code}\\n"\n')
    script = commands(ROOT / "docs" / "api.md").replace("http://127.0.0.1:8000", live_server.url)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-euc", script],
        env={"HOME": str(tmp_path), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.split() == ["200", "200", "200", "200", "201", "200", "400"], done.stdout


def test_an_address_that_is_not_there_is_noticed():
    with pytest.raises(Resolver404):
        resolve("/reodc/")
    assert not any(known.startswith("auth/singin/") for known in known_shapes())
