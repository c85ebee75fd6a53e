"""Notes that only clients open: what the server refuses to store, and what a reader's device would notice."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from rest_framework.test import APIClient

from apps.accounts.models import KeyPair
from apps.core.crypto import CannotOpen, Envelope, check_signature
from apps.core.models import OutboxEvent
from apps.core.outbox import relay_outbox
from apps.notifications.models import Notification
from apps.patients.choices import Relation
from apps.patients.models import AccessGrant, Management
from apps.patients.services.care import choose_doctor, end_relationship
from apps.records.models import Note
from apps.records.tests.device import b64, device
from tests.care import client_of, make_care
from tests.world import ABSENT, make_doctor, make_user

pytestmark = pytest.mark.django_db
NOTES = "/api/v1/notes/"
TEXT = "Zebrafish-Wisteria-4711 — حبة واحدة 💊\n1 tablet"


@pytest.fixture
def doctor(doctor) -> APIClient:
    device("doctor").register(doctor)
    return doctor


@pytest.fixture
def patient(patient) -> APIClient:
    device("patient").register(patient)
    return patient


def prepare(client, patient_id: Any) -> Any:
    return client.post(f"{NOTES}prepare/", {"patient": str(patient_id)}, format="json")


def send(client, body: dict[str, Any]) -> Any:
    return client.post(f"{NOTES}sealed/", body, format="json")


@pytest.fixture
def prepared(doctor, patient, care) -> dict[str, Any]:
    answer = prepare(doctor, care.patient.pk)
    assert answer.status_code == 200, answer.json()
    return answer.json()


@pytest.fixture
def body(prepared) -> dict[str, Any]:
    return device("doctor").encrypt(prepared, TEXT)


class TestWriting:
    def test_both_readers_open_it_on_their_devices_and_the_server_has_no_word(self, doctor, patient, body, prepared):
        made = send(doctor, body)
        assert made.status_code == 201, made.json()
        shown = made.json()
        assert (shown["id"], shown["custody"], shown["state"], shown["text"]) == (
            prepared["note"],
            "CLIENT",
            "CLIENT",
            None,
        )
        for client, whose in ((doctor, "doctor"), (patient, "patient")):
            read = client.get(f"{NOTES}{shown['id']}/").json()
            assert device(whose).open(read["envelope"]) == TEXT
            assert client.get(NOTES).json()["results"] == [read]

    def test_nothing_is_drafted_from_it_and_the_patient_is_told(self, doctor, body, care):
        send(doctor, body)
        assert not OutboxEvent.objects.filter(topic="records.note_written").exists()
        assert Notification.objects.get(topic="note_written").recipient_id == care.manager.pk

    def test_it_ends_older_plans_unless_told_not_to(self, doctor, body, care):
        assert send(doctor, body).json()["ends"]["generations_below"] == 2
        again = device("doctor").encrypt(prepare(doctor, care.patient.pk).json(), TEXT)
        assert send(doctor, {**again, "replaces_plans": False}).json()["ends"] is None

    def test_the_longest_note_fits_and_more_does_not(self, doctor, prepared, care):
        assert send(doctor, device("doctor").encrypt(prepared, "x" * 65_536)).status_code == 201
        too_long = device("doctor").encrypt(prepare(doctor, care.patient.pk).json(), "x" * 70_000)
        assert (send(doctor, too_long).status_code, Note.objects.count()) == (400, 1)

    def test_text_is_still_taken_from_a_doctor_with_own_keys(self, doctor, patient, care):
        made = doctor.post(NOTES, {"patient": str(care.patient.pk), "text": "Rest."}, format="json")
        assert (made.status_code, made.json()["custody"]) == (201, "SERVER")
        assert patient.get(f"{NOTES}{made.json()['id']}/").json()["text"] == "Rest."
        assert KeyPair.objects.current_of(care.doctor.user.pk).get().custody == "CLIENT"


class TestReaders:
    def test_without_own_keys_of_all_it_is_refused_and_says_whose_are_absent(self, care, now):
        client = client_of(care.doctor.user, now=now)
        for whose, absent in (("doctor", ["AUTHOR", "PATIENT"]), ("patient", ["PATIENT"])):
            refused = prepare(client, care.patient.pk)
            assert (refused.status_code, refused.json()["code"]) == (409, "reader_without_client_key")
            assert refused.json()["readers"] == absent
            device(whose).register(client if whose == "doctor" else client_of(care.manager, now=now))
        assert prepare(client, care.patient.pk).status_code == 200

    def test_a_patient_whom_somebody_manages_has_keys_in_our_custody(self, doctor, patient, care):
        Management.objects.filter(patient=care.patient).update(relation=Relation.PARENT)
        assert prepare(doctor, care.patient.pk).json()["readers"] == ["PATIENT"]

    def test_a_manager_who_joined_meanwhile_is_409(self, doctor, body, care):
        Management.objects.create(patient=care.patient, user=make_user("daughter"), relation=Relation.GUARDIAN)
        refused = send(doctor, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "reader_without_client_key")
        assert not Note.objects.exists()

    @pytest.mark.parametrize("whose", ["patient", "doctor"])
    def test_a_key_that_changed_meanwhile_is_409(self, doctor, patient, body, whose):
        device(f"new {whose}").register({"patient": patient, "doctor": doctor}[whose])
        refused = send(doctor, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "readers_changed")
        assert not Note.objects.exists()

    def test_new_keys_are_announced_to_the_other_side_with_their_fingerprint(self, care, now):
        other = make_care(now, name="other_")
        registered = device("patient").register(client_of(care.manager, now=now))
        relay_outbox(now=now + timedelta(minutes=1))
        told = Notification.objects.filter(topic="reader_keys_changed")
        assert set(told.values_list("recipient", flat=True)) == {care.doctor.user.pk}
        inbox = client_of(care.doctor.user, now=now).get("/api/v1/notifications/").json()["results"]
        assert registered["fingerprint"] in str(inbox)
        device("doctor").register(client_of(care.doctor.user, now=now))
        relay_outbox(now=now + timedelta(minutes=1))
        assert set(told.values_list("recipient", flat=True)) == {care.doctor.user.pk, care.manager.pk}
        assert other.manager.pk not in set(told.values_list("recipient", flat=True))


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"ticket": "x"}, "/ticket"),
            ({"ciphertext": "gA" + "A" * 200}, "/signature"),
            ({"ciphertext": "x" * 200}, "/ciphertext"),
            ({"ciphertext": "gA"}, "/ciphertext"),
            ({"signature": b64(b"x" * 64)}, "/signature"),
            ({"signature": b64(b"x")}, "/signature"),
            ({"signature": "?"}, "/signature"),
            ({"wraps": []}, "/wraps"),
            ({"wraps": [{"key_pair": str(ABSENT), "wrapped_key": b64(b"x" * 384)}]}, "/wraps"),
            ({"wraps": "x"}, "/wraps"),
        ],
    )
    def test_an_envelope_that_nobody_could_open(self, doctor, body, changes, pointer):
        refused = send(doctor, body | changes)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
        assert not Note.objects.exists()

    def test_a_reader_too_few_or_too_many_or_of_a_wrong_length(self, doctor, body, care, now):
        stranger = device("stranger").register(client_of(make_user("stranger"), now=now))
        extra = {"key_pair": stranger["id"], "wrapped_key": b64(b"x" * 384)}
        short = {**body["wraps"][0], "wrapped_key": b64(b"x" * 383)}
        for wraps in (body["wraps"][:1], [*body["wraps"], extra], [short, body["wraps"][1]]):
            refused = send(doctor, {**body, "wraps": wraps})
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "wraps_do_not_fit")

    def test_whoever_has_the_public_keys_cannot_write_as_the_author(self, doctor, prepared):
        forged = device("stranger").encrypt(prepared, "Forged.")
        assert send(doctor, forged).json()["errors"][0]["code"] == "signature_refused"

    def test_a_ticket_is_good_once_and_for_its_doctor(self, doctor, body, care, now):
        second = make_doctor("second", None)
        choose_doctor(actor=care.manager, patient_id=care.patient.pk, doctor_id=second.pk, now=now)
        stolen = send(client_of(second.user, now=now), body)
        assert stolen.json()["errors"][0]["code"] == "ticket_refused"
        assert send(doctor, body).status_code == 201
        again = send(doctor, body)
        assert (again.status_code, again.json()["code"], Note.objects.count()) == (409, "note_exists", 1)

    def test_an_envelope_for_another_place_is_refused(self, doctor, patient, prepared, care):
        other = prepare(doctor, care.patient.pk).json()
        moved = {**device("doctor").encrypt(other, TEXT), "ticket": prepared["ticket"]}
        assert send(doctor, moved).json()["errors"][0]["code"] == "signature_refused"

    def test_whom_one_does_not_treat_is_absent_and_whom_one_treated_is_409(self, doctor, body, care, now):
        other = make_care(now, name="other_")
        hidden, absent = (prepare(doctor, pk) for pk in (other.patient.pk, ABSENT))
        assert hidden.status_code == absent.status_code == 404
        end_relationship(actor=care.manager, relationship=care.relationship, now=now)
        for refused in (prepare(doctor, care.patient.pk), send(doctor, body)):
            assert (refused.status_code, refused.json()["code"]) == (409, "not_treating")

    def test_patients_write_none(self, patient, body, care):
        assert prepare(patient, care.patient.pk).status_code == send(patient, body).status_code == 403


class TestWhatADeviceNotices:
    """Whoever can write the database puts parts of one note into another's place: no device opens that."""

    @pytest.fixture
    def two(self, doctor, patient, body, care) -> list[Note]:
        for sent in (body, device("doctor").encrypt(prepare(doctor, care.patient.pk).json(), "Another one.")):
            assert send(doctor, sent).status_code == 201
        return list(Note.objects.order_by("pk"))

    def read(self, client, note: Note) -> dict[str, Any]:
        return client.get(f"{NOTES}{note.pk}/").json()["envelope"]

    @pytest.mark.parametrize("parts", [("ciphertext",), ("signature",), ("ciphertext", "signature")])
    def test_swapped_ciphertext(self, patient, two, parts):
        first, second = two
        Note.objects.filter(pk=first.pk).update(**{part: getattr(second, part) for part in parts})
        with pytest.raises(InvalidSignature):
            device("patient").open(self.read(patient, first))

    def test_a_replayed_wrap(self, patient, two):
        first, second = two
        for wrap in second.wraps.all():
            first.wraps.filter(key_pair=wrap.key_pair).update(wrapped_key=wrap.wrapped_key)
        with pytest.raises(ValueError, match="ecryption"):
            device("patient").open(self.read(patient, first))

    def test_another_set_of_readers(self, patient, two):
        Note.objects.filter(pk=two[0].pk).update(readers_digest="0" * 64)
        with pytest.raises(InvalidSignature):
            device("patient").open(self.read(patient, two[0]))

    def test_another_author_signs_with_another_key(self, patient, two, doctor):
        envelope = self.read(patient, two[0])
        forged = {**envelope, "signing_public_key": device("stranger").shown["signing_public_key"]}
        with pytest.raises(InvalidSignature):
            device("patient").open(forged)

    def test_the_server_tells_the_same(self, two):
        note = two[0]
        envelope = Envelope(bytes(note.ciphertext), {}, bytes(note.signature))
        signer = base64.b64decode(device("doctor").shown["signing_public_key"])
        check_signature(envelope, place=note.place, signing_public=signer)
        with pytest.raises(CannotOpen):
            check_signature(envelope, place={**note.place, "note": str(ABSENT)}, signing_public=signer)


def test_a_doctor_who_reads_by_grant_sees_that_it_is_there_and_cannot_open_it(doctor, body, care, now):
    made = send(doctor, body).json()
    stranger = make_doctor("stranger", None)
    AccessGrant.objects.create(
        patient=care.patient, doctor=stranger, kind="OTP", expires_at=now + timedelta(minutes=30)
    )
    read = client_of(stranger.user, now=now).get(f"{NOTES}{made['id']}/").json()
    assert (read["state"], read["text"], read["envelope"]["wrapped_key"]) == ("CLIENT", None, None)


class TestDrafting:
    def test_is_never_tried_and_the_author_is_told_why_at_once(self, doctor, body, care, now):
        note = send(doctor, body).json()
        relay_outbox(now=now + timedelta(minutes=1))
        relay_outbox(now=now + timedelta(minutes=2))
        told = Notification.objects.get(topic="note_is_end_to_end")
        assert (str(told.subject_id), told.recipient) == (note["id"], care.doctor.user)
        assert "end to end" in str(doctor.get("/api/v1/notifications/").json()["results"])
        (drafting,) = doctor.get("/api/v1/plan-drafts/").json()["results"]
        assert (drafting["note"], drafting["state"], drafting["not_drafted"]) == (note["id"], "END_TO_END", [])
