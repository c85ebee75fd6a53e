"""`make mutate-permissions`: each permission class and each `visible_to` replaced by "allow", one at a time.

Every such mutant must turn the permission table red; one that survives is a hole in the table. The module is the
command and, inside the runs it starts, the pytest plugin that plants the mutant named by MUTANT.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

SUITE = "tests/test_permissions.py"


def mutants() -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each mutant's name and how to plant it."""
    from django.apps import apps
    from rest_framework.permissions import BasePermission

    from apps.accounts import permissions

    for name, item in vars(permissions).items():
        if isinstance(item, type) and issubclass(item, BasePermission) and item.__module__ == permissions.__name__:
            yield f"permissions.{name}", lambda item=item: setattr(item, "has_permission", lambda *_: True)
    for model in apps.get_models():
        queryset = type(model._default_manager.all())
        if "visible_to" in vars(queryset):
            yield (
                f"{queryset.__module__}.{queryset.__name__}.visible_to",
                lambda queryset=queryset: setattr(queryset, "visible_to", lambda rows, _user: rows.all()),
            )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems() -> None:
    """Plant the mutant, once Django is set up."""
    for name, plant in mutants():
        if name == os.environ.get("MUTANT"):
            plant()
            if name.endswith("visible_to"):
                _reach_managers(name)


def _reach_managers(name: str) -> None:
    """Managers copy a queryset's methods when they are made; give them the mutant too."""
    from django.apps import apps

    for model in apps.get_models():
        queryset = type(model._default_manager.all())
        if name == f"{queryset.__module__}.{queryset.__name__}.visible_to":
            type(model._default_manager).visible_to = lambda manager, _user: manager.all()


def main() -> int:
    """Run the table once for each mutant and return how many survived."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    names = [name for name, _ in mutants() if not name.endswith("_HasRole") and "MayReadSchema" not in name]
    survivors = [name for name in names if _survives(name)]
    _say(f"{len(names)} mutants, {len(survivors)} survived{': ' if survivors else ''}{', '.join(survivors)}")
    return len(survivors)


def _survives(name: str) -> bool:
    command = [sys.executable, "-m", "pytest", SUITE, "-x", "-q", "-p", "tests.mutate_permissions"]
    run = subprocess.run([*command, "-n", "2"], env={**os.environ, "MUTANT": name}, capture_output=True, check=False)
    _say(f"{'SURVIVED' if run.returncode == 0 else 'killed  '} {name}")
    return run.returncode == 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
