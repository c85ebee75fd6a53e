"""Who read an old state neither overwrites a new one nor downloads the same again; caches keep nothing personal."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.apps import apps
from django.db import connection, transaction

from tests.world import World, make_patient, make_user, make_world

Appointment = apps.get_model("appointments", "Appointment")

OTHER = '"0123456789abcdef0123456789abcdef"'


@pytest.fixture
def world(db, now) -> World:
    return make_world(now)


@pytest.fixture
def booked(booking, signed_in) -> str:
    """The address of an appointment of the signed-in person."""
    answer = signed_in.post("/api/v1/appointments/", booking, format="json")
    return f"/api/v1/appointments/{answer.json()['id']}/"


def change(address: str) -> None:
    """Change the appointment as somebody else would."""
    Appointment.objects.filter(pk=address.split("/")[-2]).update(reason="Changed meanwhile")


class TestReading:
    def test_the_tag_stays_while_nothing_changes(self, booked, signed_in):
        tags = {signed_in.get(booked)["ETag"] for _ in range(3)}
        assert len(tags) == 1
        assert tags.pop().startswith('"')

    def test_creating_and_reading_give_the_same_tag(self, booking, signed_in):
        created = signed_in.post("/api/v1/appointments/", booking, format="json")
        assert signed_in.get(f"/api/v1/appointments/{created.json()['id']}/")["ETag"] == created["ETag"]

    def test_another_state_has_another_tag(self, booked, signed_in):
        before = signed_in.get(booked)["ETag"]
        change(booked)
        assert signed_in.get(booked)["ETag"] != before

    @pytest.mark.parametrize("form", ["{}", "W/{}", " {} ", OTHER + ", {}", "{}," + OTHER, OTHER + ",W/{}", "*"])
    def test_who_has_it_gets_nothing_again(self, booked, signed_in, form):
        tag = signed_in.get(booked)["ETag"]
        response = signed_in.get(booked, headers={"If-None-Match": form.format(tag)})
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", tag)

    @pytest.mark.parametrize("form", ["", OTHER, "0123", "{}x", ",", "**"])
    def test_who_has_another_state_gets_the_new_one(self, booked, signed_in, form):
        tag = signed_in.get(booked)["ETag"]
        assert signed_in.get(booked, headers={"If-None-Match": form.format(tag)}).status_code == 200

    def test_a_stale_copy_is_replaced(self, booked, signed_in):
        tag = signed_in.get(booked)["ETag"]
        change(booked)
        assert signed_in.get(booked, headers={"If-None-Match": tag}).json()["reason"] == "Changed meanwhile"


class TestWriting:
    @pytest.mark.parametrize("form", ["{}", "W/{}", OTHER + ", {}", "*"])
    def test_who_read_the_present_state_may_change_it(self, booked, signed_in, form):
        tag = signed_in.get(booked)["ETag"]
        assert signed_in.delete(booked, headers={"If-Match": form.format(tag)}).status_code == 204

    def test_who_says_nothing_may_change_it(self, booked, signed_in):
        assert signed_in.delete(booked).status_code == 204

    @pytest.mark.parametrize("form", ["{}", OTHER, f"{OTHER}, {{}}", "", "nonsense"])
    def test_who_read_an_old_state_is_refused(self, booked, signed_in, form):
        tag = signed_in.get(booked)["ETag"]
        change(booked)
        refused = signed_in.delete(booked, headers={"If-Match": form.format(tag)})
        assert (refused.status_code, refused.json()["code"]) == (412, "stale")
        assert Appointment.objects.get().status == "CONFIRMED"

    def test_a_task_is_ticked_once_for_each_state_read(self, world, sign_in):
        patient, address = sign_in("patient"), f"/api/v1/checklist-items/{world.circles['own'].item.pk}/"
        read = patient.get(address)["ETag"]
        ticked = patient.patch(address, {"is_done": True}, format="json", headers={"If-Match": read})
        assert ticked.status_code == 200
        refused = patient.patch(address, {"is_done": False}, format="json", headers={"If-Match": read})
        assert refused.status_code == 412
        again = patient.patch(address, {"is_done": False}, format="json", headers={"If-Match": ticked["ETag"]})
        assert again.json()["done_at"] is None

    def test_a_stranger_learns_nothing_from_a_tag(self, booked, client_of):
        stranger = client_of(make_user("bob"))
        assert stranger.delete(booked, headers={"If-Match": OTHER}).status_code == 404


@pytest.mark.django_db(transaction=True)
class TestUnderTheLock:
    """The tag is compared under the row's lock: what commits while the caller waits for it counts."""

    @pytest.fixture
    def delete_while(self, booked, signed_in):
        """Send DELETE with the present tag while `act` is not committed yet, and return the answer."""

        def run(act):
            tag = signed_in.get(booked)["ETag"]
            with ThreadPoolExecutor(1) as pool:
                with transaction.atomic():
                    act(Appointment.objects.select_for_update().filter(pk=booked.split("/")[-2]))
                    waiting = pool.submit(self._delete, signed_in, booked, tag)
                    wait_until_somebody_waits_for_us()
                return waiting.result(30)

        return run

    @staticmethod
    def _delete(client, address, tag):
        try:
            return client.delete(address, headers={"If-Match": tag})
        finally:
            connection.close()

    def test_a_change_that_commits_meanwhile_makes_the_tag_stale(self, delete_while):
        assert delete_while(lambda row: row.update(reason="Changed meanwhile")).status_code == 412
        assert Appointment.objects.get().status == "CONFIRMED"

    def test_a_row_that_becomes_hidden_meanwhile_is_absent(self, delete_while):
        somebody = make_patient(make_user("bob"))
        assert delete_while(lambda row: row.update(patient=somebody)).status_code == 404

    def test_nothing_that_commits_meanwhile_changes_nothing(self, delete_while):
        assert delete_while(lambda row: row.get()).status_code == 204


def wait_until_somebody_waits_for_us() -> None:
    """Return once another connection waits for what this transaction holds; gives up after some 20 seconds."""
    for _ in range(2_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_sleep(0.01), EXISTS (SELECT FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[1]:
                return
    raise AssertionError("nobody waits for us")


class TestCaches:
    @pytest.mark.parametrize("path", ["me/", "appointments/", "doctors/", "notifications/unread-count/"])
    def test_what_a_person_gets_is_kept_by_no_cache(self, signed_in, path):
        assert signed_in.get(f"/api/v1/{path}")["Cache-Control"] == "no-store"

    def test_neither_is_a_single_resource_nor_that_it_did_not_change(self, booked, signed_in):
        first = signed_in.get(booked)
        same = signed_in.get(booked, headers={"If-None-Match": first["ETag"]})
        assert first["Cache-Control"] == same["Cache-Control"] == "no-store"

    def test_neither_is_a_refusal(self, booked, signed_in, anonymous):
        assert signed_in.get("/api/v1/appointments/?x=1")["Cache-Control"] == "no-store"
        assert anonymous.get(booked)["Cache-Control"] == "no-store"

    def test_what_everybody_gets_may_be_kept(self, doctor, anonymous):
        assert "Cache-Control" not in anonymous.get("/api/v1/doctors/")

    def test_tokens_are_kept_by_no_cache(self, person, anonymous):
        body = {"identifier": person.username, "password": "correct horse battery"}
        assert anonymous.post("/api/v1/auth/login/", body, format="json")["Cache-Control"] == "no-store"
