"""Every page of the admin, Swagger UI and ReDoc in a real browser: nothing complained of, fetched elsewhere or cut off.

In full at the sizes of a laptop and a tablet, light and dark; sampled on the laptop in light.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.accounts.models import User
from tests.browser import BROWSER, Browser, browser
from tests.little_cast import signed_in_to_admin
from tests.world import World, make_world

pytestmark = [
    pytest.mark.proof,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here, so no real browser looks at the pages"),
]

LAPTOP, TABLET = {"width": 1366, "height": 768}, {"width": 820, "height": 1180}
LOOKS = [{**size, "scheme": scheme} for size in (LAPTOP, TABLET) for scheme in ("light", "dark")]
SIGN_IN = "#operations-auth-auth_login_create"


@pytest.fixture
def world(transactional_db, now) -> World:
    return make_world(now)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Browser]:
    with browser(tmp_path / "profile") as opened:
        yield opened


def pages_of_the_admin() -> Iterator[str]:
    """The first page, and of every model the list, a new row where one may be made, and a row where there is one."""
    yield from ("/admin/", reverse("admin-second-factor"), reverse("admin-password"))
    for model, page in admin.site._registry.items():
        if model.__module__.startswith("apps."):
            address = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            yield reverse(f"{address}_changelist")
            row = model._base_manager.order_by("-pk").first()
            if row is not None:
                yield reverse(f"{address}_change", args=[row.pk])
            if page.has_add_permission.__qualname__.split(".")[0] not in {"ReadOnlyAdmin", "LookedAtInline"}:
                yield reverse(f"{address}_add")


def wrong_with(page: Browser, site: str, address: str) -> list[str]:
    """What is wrong with one page: its status, complaints, foreign requests, or a width beyond the window's."""
    status = page.open(f"{site}{address}")
    found = [f"status {status}"] if status != 200 else []
    found += page.complaints
    found += [url for url in page.requests if not url.startswith((f"{site}/", "data:", "blob:"))]
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    found += [f"{too_wide} pixels too wide"] if too_wide > 0 else []
    return [f"{address}: {each}" for each in found]


def test_every_page_is_whole(world, live_server, page):
    client = signed_in_to_admin(User.objects.get(username="admin"))
    host = str(urlsplit(live_server.url).hostname)
    page.call("Network.setCookie", name="sessionid", value=client.cookies["sessionid"].value, domain=host, path="/")
    addresses = list(pages_of_the_admin())
    assert len(addresses) > 50
    wrong = []
    for look in LOOKS if os.environ.get("PROOF") == "full" else LOOKS[:1]:
        page.look_like(**look)
        for address in [*addresses, "/", "/redoc/"]:
            wrong += [f"{look} {each}" for each in wrong_with(page, live_server.url, address)]
    assert not wrong, "\n".join(wrong)


def until(page: Browser, expression: str) -> None:
    """Wait in the page until something is so."""
    page.evaluate(f"""new Promise((done, fail) => {{
        const began = Date.now();
        const look = () => ({expression}) ? done() : Date.now() - began > 20000 ? fail() : setTimeout(look, 100);
        look();
    }})""")


def test_two_clicks_sign_in_to_swagger(world, live_server, page):
    page.look_like(**LOOKS[0])
    page.open(f"{live_server.url}/")
    until(page, "document.querySelector('.info a[href*=auth_login_create]')")
    link = page.evaluate("document.querySelector('.info a[href*=auth_login_create]').href")  # It opens a new tab.
    page.open("about:blank")
    page.open(link)
    until(page, f"document.querySelector('{SIGN_IN} .execute') && document.querySelector('{SIGN_IN} textarea')")
    example = json.loads(page.evaluate(f"document.querySelector('{SIGN_IN} textarea').value"))
    assert example == {"identifier": "patient", "password": "careloop-demo"}
    person = User.objects.get(username="patient")
    person.set_password(example["password"])  # As the demo data has it.
    person.save(update_fields=["password"])
    page.evaluate(f"document.querySelector('{SIGN_IN} .execute').click()")
    until(page, "'bearer' in (ui.getState().get('auth').get('authorized') || {toJS: () => ({})}).toJS()")
    assert page.evaluate("ui.getState().get('auth').get('authorized').toJS().bearer.value.split('.').length") == 3
