"""Journeys through the doors of accounts: HTTP to a live server, letters out of a real SMTP server."""

from collections.abc import Callable, Iterator

import pytest
from django.core.servers.basehttp import WSGIRequestHandler
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services.passwords import set_generated_password
from apps.core.http.routing import api_routes
from apps.core.testing.smtp import smtp_server
from tests.journeys import Device, LetterBox, codes_in, links_in, words_of_page, words_of_text
from tests.totp import otp, wrong_otp
from tests.world import ABSENT, PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)

FRONTEND = "https://care.example/app"
NEW_PASSWORD = "another horse battery"
SIGN_UP = {"email": "amina@example.org", "password": PASSWORD, "first_name": "Amina", "consent": True}
CHANGED = "Your password was changed"
NEW_SIGN_IN = "New sign-in to your account"

API = list(api_routes())
Devices = Callable[..., Device]


@pytest.fixture
def box(settings) -> Iterator[LetterBox]:
    """The mail server, and where links must lead; throttles are counted in memory, without a socket a thread."""
    settings.FRONTEND_URL = FRONTEND
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with smtp_server() as server:
        for name, setting in server.settings.items():
            setattr(settings, name, setting)
        yield LetterBox(server)


@pytest.fixture
def device(live_server, box, monkeypatch) -> Iterator[Devices]:
    """Switch on a device; whatever letters came on the way are held against its secrets at the end."""
    monkeypatch.setattr(WSGIRequestHandler, "disable_nagle_algorithm", True)  # It costs 40 ms a request.
    switched_on: list[Device] = []

    def switch_on(agent: str = "Phone") -> Device:
        switched_on.append(Device(live_server.url, agent))
        return switched_on[-1]

    yield switch_on
    for each in switched_on:
        each.http.close()
    secrets = set().union(*(each.secrets for each in switched_on))
    for letter in box.server.taken:
        assert links_in(letter) == {FRONTEND}
        assert words_of_page(letter) == ["CareLoop", *words_of_text(letter)]
        assert [secret for secret in secrets if secret in letter.body + letter.html + str(letter.message.items())] == []


@pytest.fixture
def amina(db) -> User:
    return make_user("amina", email_verified_at=timezone.now())


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


class TestSignUp:
    def test_a_code_comes_by_mail_and_confirms_the_address(self, device, box):
        phone = device()
        answer = phone.post("auth/register/", **SIGN_UP)
        assert answer.status_code == 201
        assert phone.keep(answer)["user"]["is_email_verified"] is False
        (letter,) = box.empty()
        assert (letter.recipient, letter.message["Subject"]) == ("amina@example.org", "Your CareLoop code")
        code = codes_in(letter)["amina"]
        refused = phone.post("auth/email/verification/confirm/", otp_code=wrong(code))
        assert (refused.status_code, refused.json()["code"]) == (400, "wrong_code")
        confirmed = phone.post("auth/email/verification/confirm/", otp_code=code)
        assert (confirmed.status_code, confirmed.json()["is_email_verified"]) == (200, True)
        assert phone.get("me/").json()["is_email_verified"] is True
        again = phone.post("auth/email/verification/request/")
        assert (again.status_code, again.json()["code"]) == (409, "already_verified")
        assert box.empty() == []

    def test_the_newest_code_kills_the_one_before(self, device, box):
        phone = device()
        phone.keep(phone.post("auth/register/", **SIGN_UP))
        older = box.codes()["amina"]
        assert phone.post("auth/email/verification/request/").status_code == 202
        newer = box.codes()["amina"]
        assert phone.post("auth/email/verification/confirm/", otp_code=older).status_code == 400
        assert phone.post("auth/email/verification/confirm/", otp_code=newer).status_code == 200

    def test_letters_lead_to_the_configured_site_whatever_host_was_asked_for(self, device, box, settings):
        settings.ALLOWED_HOSTS = ["*"]
        phone = device()
        phone.http.headers.update({"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert phone.post("auth/register/", **SIGN_UP).status_code == 201
        assert phone.post("auth/password/forgot/reset/request/", email=SIGN_UP["email"]).status_code == 202
        (letter,) = box.empty()
        assert links_in(letter) == {FRONTEND}
        assert "evil" not in letter.message.as_string() + letter.body + letter.html


class TestForgottenPassword:
    RESET = "auth/password/forgot/reset"

    def ticket(self, device: Device, user: str, code: str) -> str:
        answer = device.post(f"{self.RESET}/verify/", email="amina@example.org", username=user, otp_code=code)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["token"])

    def test_a_code_becomes_a_ticket_and_the_ticket_a_new_password(self, amina, device, box):
        here, elsewhere = device(), device()
        assert [each.sign_in("amina").status_code for each in (here, elsewhere)] == [200, 200]
        stranger = device("Laptop")
        assert stranger.post(f"{self.RESET}/request/", email="Amina@Example.org").status_code == 202
        code = box.codes()["amina"]
        given = {"email": "amina@example.org", "otp_code": wrong(code)}
        assert stranger.post(f"{self.RESET}/verify/", **given).status_code == 400
        ticket = stranger.post(f"{self.RESET}/verify/", **given | {"otp_code": code}).json()["token"]
        assert stranger.post(f"{self.RESET}/complete/", token=ticket, new_password="short").status_code == 400
        assert stranger.post(f"{self.RESET}/complete/", token=ticket, new_password=NEW_PASSWORD).status_code == 204
        assert (here.is_signed_in, elsewhere.is_signed_in) == (False, False)
        assert box.titles() == [("amina@example.org", CHANGED)]
        assert stranger.sign_in("amina").status_code == 401
        assert stranger.sign_in("amina", NEW_PASSWORD).status_code == 200
        again = stranger.post(f"{self.RESET}/complete/", token=ticket, new_password=PASSWORD)
        assert (again.status_code, again.json()["code"]) == (400, "ticket_over")

    def test_logins_that_share_an_address_get_one_letter_and_each_code_resets_only_its_own(self, amina, device, box):
        made = [make_user("other", email_verified_at=timezone.now()), make_user("unconfirmed", email_verified_at=None)]
        hers = {"email": amina.email, "is_self_registered": False}
        User.objects.filter(pk__in=[user.pk for user in made]).update(**hers)
        phone, others = device(), device()
        assert others.sign_in("other").status_code == 200
        phone.post(f"{self.RESET}/request/", email=amina.email)
        codes = box.codes()
        assert set(codes) == {"amina", "other"}
        swapped = {"email": amina.email, "username": "other", "otp_code": codes["amina"]}
        assert phone.post(f"{self.RESET}/verify/", **swapped).status_code == 400
        ticket = self.ticket(phone, "amina", codes["amina"])
        assert phone.post(f"{self.RESET}/complete/", token=ticket, new_password=NEW_PASSWORD).status_code == 204
        assert phone.sign_in("amina", NEW_PASSWORD).status_code == 200
        assert others.is_signed_in
        assert others.sign_in("other", NEW_PASSWORD).status_code == 401
        ticket = self.ticket(phone, "other", codes["other"])
        assert phone.post(f"{self.RESET}/complete/", token=ticket, new_password=NEW_PASSWORD).status_code == 204
        assert not others.is_signed_in

    @pytest.mark.parametrize("address", ["nobody@example.org", "unconfirmed@example.org", "left@example.org"])
    def test_nobody_is_written_to_who_has_no_working_login_with_that_confirmed_address(self, device, box, address):
        make_user("unconfirmed", email_verified_at=None)
        make_user("left", email_verified_at=timezone.now(), is_active=False)
        assert device().post(f"{self.RESET}/request/", email=address).status_code == 202
        assert box.empty() == []


class TestUpdateWithACode:
    UPDATE = "auth/password/update"

    def test_needs_a_confirmed_address(self, device, box):
        make_user("bea", email_verified_at=None)
        phone = device()
        phone.sign_in("bea")
        answer = phone.post(f"{self.UPDATE}/request/")
        assert (answer.status_code, answer.json()["code"]) == (409, "email_not_verified")
        assert box.empty() == []

    def test_sets_the_password_of_its_own_login_and_of_no_other(self, amina, device, box):
        make_user("bea", email_verified_at=timezone.now())
        phone, elsewhere, beas = device(), device(), device()
        for each, name in ((phone, "amina"), (elsewhere, "amina"), (beas, "bea")):
            each.sign_in(name)
        assert phone.post(f"{self.UPDATE}/request/").status_code == 202
        code = box.codes()["amina"]
        assert beas.post(f"{self.UPDATE}/verify/", otp_code=code).status_code == 400
        given = {"token": phone.post(f"{self.UPDATE}/verify/", otp_code=code).json()["token"]}
        given["new_password"] = NEW_PASSWORD
        for device_, path in ((beas, self.UPDATE), (phone, TestForgottenPassword.RESET)):
            refused = device_.post(f"{path}/complete/", **given)
            assert (refused.status_code, refused.json()["code"]) == (400, "ticket_over")
        assert phone.post(f"{self.UPDATE}/complete/", **given).status_code == 204
        assert (phone.is_signed_in, elsewhere.is_signed_in, beas.is_signed_in) == (False, False, True)
        assert beas.sign_in("bea", NEW_PASSWORD).status_code == 401
        assert phone.sign_in("amina", NEW_PASSWORD).status_code == 200
        assert box.titles() == [("amina@example.org", CHANGED)]
        assert phone.post(f"{self.UPDATE}/complete/", **given).status_code == 400


def open_to_who_owes(phone: Device, code: str) -> list[str]:
    """Return the routes that are open to a login that owes something, though they are not open to everybody.

    Those under auth/ and me/ are not asked: they are there to pay what one owes; nor is the schema, which is slow, nor
    what the gateway of text messages calls, which knows no login.
    """
    others = ("auth/", "me/", "schema/", "notifications/sms-status/")
    routes = [(each.method, each.path.removeprefix("/api/v1/").replace("{pk}", str(ABSENT))) for each in API]
    answers = {each: phone.call(*each) for each in routes if not each[1].startswith(others)}
    closed = [each for each, answer in answers.items() if answer.status_code == 403 and f'"{code}"' in answer.text]
    assert len(closed) > 30
    del phone.http.headers["Authorization"]
    return [f"{each}" for each in answers.keys() - closed if phone.call(*each).status_code == 401]


class TestPasswordChange:
    BODY = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}

    def test_ends_every_other_session_and_goes_on_with_a_new_one(self, amina, device, box):
        here, elsewhere = device(), device()
        before = here.sign_in("amina").json()["access"]
        elsewhere.sign_in("amina")
        refused = here.post("auth/password/change/", **self.BODY | {"old_password": NEW_PASSWORD})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/old_password")
        answer = here.post("auth/password/change/", **self.BODY)
        assert answer.status_code == 200
        assert (here.is_signed_in, elsewhere.is_signed_in) == (False, False)
        assert here.keep(answer)["access"] != before
        assert here.is_signed_in
        assert box.titles() == [("amina@example.org", CHANGED)]

    def test_a_generated_password_opens_only_auth_and_me_until_it_is_changed(self, amina, device, box):
        admin = make_user("admin", Role.ADMIN)
        generated = set_generated_password(actor=admin, user=amina, now=timezone.now())
        phone = device()
        assert phone.sign_in("amina", generated).json()["user"]["must_change_password"] is True
        assert open_to_who_owes(phone, "password_change_required") == []
        phone.sign_in("amina", generated)
        assert phone.get("me/").status_code == phone.get("auth/sessions/").status_code == 200
        kept = phone.post("auth/password/change/", old_password=generated, new_password=generated)
        assert (kept.status_code, kept.json()["errors"][0]["code"]) == (400, "same_password")
        phone.keep(phone.post("auth/password/change/", old_password=generated, new_password=NEW_PASSWORD))
        assert phone.get("notifications/").status_code == 200


class TestSecondFactor:
    def enrolled(self, phone: Device) -> tuple[str, list[str]]:
        """Set a second factor up; return its secret and the recovery codes."""
        refused = phone.post("auth/mfa/totp/enroll/", password=NEW_PASSWORD)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/password")
        shown = phone.post("auth/mfa/totp/enroll/", password=PASSWORD).json()
        assert shown["qr_svg"].startswith("data:image/svg+xml")
        assert f"secret={shown['secret']}" in shown["uri"]
        refused = phone.post("auth/mfa/totp/confirm/", otp=wrong_otp(shown["secret"]))
        assert (refused.status_code, refused.json()["code"]) == (400, "wrong_otp")
        confirmed = phone.post("auth/mfa/totp/confirm/", otp=otp(shown["secret"]))
        assert confirmed.status_code == 200, confirmed.text
        return shown["secret"], confirmed.json()["recovery_codes"]

    def test_guards_the_sign_in_until_it_is_disabled(self, amina, device, box):
        phone, other = device(), device()
        phone.sign_in("amina")
        secret, recovery = self.enrolled(phone)
        assert len(set(recovery)) == 10
        next_code = otp(secret, steps=1)  # The present step was used up by confirming.
        for given, expected in (
            ({}, (401, "otp_required")),
            ({"otp": wrong_otp(secret)}, (401, "wrong_otp")),
            ({"otp": next_code}, (200, None)),
            ({"otp": next_code}, (401, "wrong_otp")),
            ({"otp": recovery[0].upper()}, (200, None)),
            ({"otp": recovery[0]}, (401, "wrong_otp")),
            ({"otp": recovery[1]}, (200, None)),
        ):
            answer = other.sign_in("amina", **given)
            assert (answer.status_code, answer.json().get("code")) == expected, given
        assert other.post("auth/mfa/totp/disable/", otp=wrong_otp(secret)).status_code == 400
        assert other.post("auth/mfa/totp/disable/", otp=recovery[2]).status_code == 204
        assert device().sign_in("amina").status_code == 200
        assert box.titles() == [("amina@example.org", "Your second factor was changed")] * 2

    def test_fresh_recovery_codes_replace_the_old_ones(self, amina, device):
        phone = device()
        phone.sign_in("amina")
        _, old = self.enrolled(phone)
        fresh = phone.post("auth/mfa/recovery-codes/", otp=old[0]).json()["recovery_codes"]
        assert not set(fresh) & set(old)
        assert device().sign_in("amina", otp=old[1]).status_code == 401
        assert device().sign_in("amina", otp=fresh[0]).status_code == 200

    def test_a_role_that_needs_one_gets_nowhere_else_without(self, device, settings):
        settings.SECOND_FACTOR_ROLES = [Role.ADMIN]
        make_user("admin", Role.ADMIN)
        make_user("bea")
        phone, beas = device(), device()
        assert phone.sign_in("admin").status_code == 200
        assert open_to_who_owes(phone, "second_factor_required") == []
        phone.sign_in("admin")
        assert phone.get("me/").status_code == 200
        self.enrolled(phone)
        assert phone.get("users/").status_code == 200
        beas.sign_in("bea")
        assert beas.get("notifications/").status_code == 200


class TestDevices:
    def test_a_new_one_is_told_of_and_a_known_one_is_not(self, amina, device, box):
        for agent, told in (("Phone", []), ("Phone", []), ("Laptop", [NEW_SIGN_IN]), ("Laptop", []), ("Phone", [])):
            assert device(agent).sign_in("amina").status_code == 200
            assert [title for _, title in box.titles()] == told

    def test_what_a_device_calls_itself_leads_nowhere(self, amina, device, box):
        device().sign_in("amina")
        device("Visit https://evil.example/ now").sign_in("amina")
        (letter,) = box.empty()
        assert letter.message["Subject"] == NEW_SIGN_IN
        assert "evil" not in letter.body + letter.html

    def test_a_refresh_token_used_twice_ends_the_session_and_is_told(self, amina, device, box):
        phone, thief = device(), device()
        stolen = phone.sign_in("amina").json()["refresh"]
        assert thief.post("auth/refresh/", refresh=stolen).status_code == 200
        assert phone.post("auth/refresh/", refresh=stolen).status_code == 401
        assert not phone.is_signed_in
        assert box.titles() == [("amina@example.org", "A sign-in was ended for your safety")]

    def test_the_list_of_sessions_ends_one_and_signing_out_everywhere_ends_all(self, amina, device, box):
        phone, laptop, tablet = device(), device("Laptop"), device("Tablet")
        for each in (phone, laptop, tablet):
            each.sign_in("amina")
        rows = {row["agent"]: row for row in phone.get("auth/sessions/").json()["results"]}
        assert {agent: row["is_current"] for agent, row in rows.items()} == {
            "Phone": True, "Laptop": False, "Tablet": False,
        }  # fmt: skip
        assert phone.call("DELETE", f"auth/sessions/{rows['Laptop']['id']}/").status_code == 204
        assert (phone.is_signed_in, laptop.is_signed_in, tablet.is_signed_in) == (True, False, True)
        assert laptop.sign_in("amina").status_code == 200
        assert phone.post("auth/logout/", all=True).status_code == 204
        assert not any(each.is_signed_in for each in (phone, laptop, tablet))
