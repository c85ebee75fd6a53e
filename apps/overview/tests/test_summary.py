"""The summary shows each reader what that reader's own lists show, and no more."""

from apps.core.models import AuditEvent


def summary(client, patient):
    return client.get(f"/api/v1/patients/{patient.pk}/summary/").json()


def test_the_manager_sees_appointments_plans_and_doses(world, sign_in):
    own = world.circles["own"]
    seen = summary(sign_in("patient"), own.patient)
    assert [row["id"] for row in seen["upcoming_appointments"]] == [str(own.appointment.pk)]
    assert {row["id"] for row in seen["open_plans"]} == {str(own.plan.pk), str(own.taken.plan_id)}
    assert seen["doses"] == {"due": 0, "taken": 0, "missed": 0, "skipped": 0}


def test_the_hospital_sees_the_appointment_but_nothing_clinical(world, sign_in):
    seen = summary(sign_in("hospital"), world.circles["own"].patient)
    assert len(seen["upcoming_appointments"]) == 1
    assert seen["open_plans"] == []


def test_a_doctors_look_is_in_the_patients_access_log_and_the_patients_own_is_not(world, sign_in):
    patient = world.circles["own"].patient
    looks = AuditEvent.objects.filter(action="clinical_read", concerns_id=patient.pk)
    summary(sign_in("patient"), patient)
    assert looks.count() == 0
    summary(sign_in("doctor"), patient)
    assert looks.count() == 1
    assert looks.get().actor_id == world.people["doctor"].pk
