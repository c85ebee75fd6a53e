"""Who may do what: every route, method and person. Statuses are for rows: own, same tenant, foreign, absent.

`own` is a row of the patient's circle (treated by `doctor` at the home hospital), `tenant` one of another
patient's (treated by `colleague`, same hospital), `foreign` one of a third patient's at another hospital.
"""

from apps.core.testing.permissions import Policy, Row

EVERYBODY = Policy(
    {
        "anonymous": "200",
        "patient": "200",
        "other_patient": "200",
        "doctor": "200",
        "colleague": "200",
        "ex_doctor": "200",
        "foreign_doctor": "200",
        "hospital": "200",
        "foreign_hospital": "200",
        "admin": "200",
    }
)
SIGNED_IN = EVERYBODY.but(anonymous="401")
PUBLIC_ROW = Policy(dict.fromkeys(EVERYBODY.statuses, "200 200 200 404"))
SIGNED_IN_ROW = PUBLIC_ROW.but(anonymous="401")

# The manager of the patient and the doctor; nobody else, colleagues and staff included.
MANAGER_AND_DOCTOR = Policy(
    {
        "anonymous": "401",
        "patient": "200 404 404 404",
        "other_patient": "404 200 404 404",
        "doctor": "200 404 404 404",
        "colleague": "404 200 404 404",
        "ex_doctor": "404",
        "foreign_doctor": "404 404 200 404",
        "hospital": "404",
        "foreign_hospital": "404",
        "admin": "404",
    }
)
# ... and the staff of the hospital where it happens.
PARTIES = MANAGER_AND_DOCTOR.but(hospital="200 200 404 404", foreign_hospital="404 404 200 404")
# What only the patient's side does; the doctor sees the row and is told so.
MANAGER_ONLY = MANAGER_AND_DOCTOR.but(
    doctor="403 404 404 404", colleague="404 403 404 404", foreign_doctor="404 404 403 404"
)
# What only the doctor's side does; the patient does not see it yet.
DOCTOR_ONLY = MANAGER_AND_DOCTOR.but(patient="404", other_patient="404")
# A person's own inbox; doctors and staff have their own.
RECIPIENT_ONLY = MANAGER_AND_DOCTOR.but(doctor="404", colleague="404", foreign_doctor="404")


# What is one's own as a login, whatever the role.
PERSON_ONLY = RECIPIENT_ONLY
NOBODY = Policy(dict.fromkeys(EVERYBODY.statuses, "403"))
ADMIN_ONLY = NOBODY.but(anonymous="401", admin="200")
ADMIN_ROW = ADMIN_ONLY.but(admin="200 200 200 404")


def ok(policy: Policy, status: int) -> Policy:
    """Return the policy with another status for success."""
    return Policy({person: text.replace("200", str(status)) for person, text in policy.statuses.items()})


# Keys are made when a first note is written: only authors have a pair here.
KEY_HOLDERS = ok(SIGNED_IN, 404).but(doctor="200", colleague="200", foreign_doctor="200", ex_doctor="200")

KEYS = {"public_key": "AAAA", "signing_public_key": "AAAA"}
NEW_ADMIN = {"email": "ada@example.org", "password": "a long enough password", "first_name": "Ada"}
NEW_PASSWORD = {"old_password": "correct horse battery", "new_password": "another horse battery"}


TABLE = [
    # --- system ---------------------------------------------------------------------------------------
    Row("GET", "health/live/", EVERYBODY),
    Row("GET", "health/ready/", EVERYBODY),
    Row("GET", "health/dispatch/", EVERYBODY),
    # --- auth and me ----------------------------------------------------------------------------------
    Row(
        "POST",
        "auth/register/",
        ok(EVERYBODY, 201),
        {"email": "new@example.org", "password": "a long enough password", "first_name": "New", "consent": True},
    ),
    Row("POST", "auth/login/", EVERYBODY, {"identifier": "patient", "password": "correct horse battery"}),
    Row("POST", "auth/refresh/", Policy(dict.fromkeys(EVERYBODY.statuses, "401")), {"refresh": "not.a.token"}),
    Row("POST", "auth/logout/", ok(SIGNED_IN, 204)),
    Row("POST", "auth/superuser/register/", ok(NOBODY, 201).but(admin="201"), NEW_ADMIN),
    Row("GET", "auth/sessions/", SIGNED_IN),
    Row("DELETE", "auth/sessions/{session}/", ok(PERSON_ONLY, 204)),
    Row("POST", "auth/email/verification/request/", ok(SIGNED_IN, 409)),  # Theirs are confirmed.
    Row("POST", "auth/email/verification/confirm/", ok(SIGNED_IN, 409), {"otp_code": "000000"}),
    Row("POST", "auth/password/change/", SIGNED_IN, NEW_PASSWORD),
    Row("POST", "auth/password/update/request/", ok(SIGNED_IN, 202)),
    Row("POST", "auth/password/update/verify/", ok(SIGNED_IN, 400), {"otp_code": "000000"}),
    Row("POST", "auth/password/update/complete/", ok(SIGNED_IN, 400), {"token": "x", "new_password": "a long one"}),
    Row("POST", "auth/password/forgot/reset/request/", ok(EVERYBODY, 202), {"email": "nobody@example.org"}),
    Row(
        "POST",
        "auth/password/forgot/reset/verify/",
        ok(EVERYBODY, 400),
        {"email": "nobody@example.org", "otp_code": "000000"},
    ),
    Row(
        "POST",
        "auth/password/forgot/reset/complete/",
        ok(EVERYBODY, 400),
        {"token": "x", "new_password": "a long one"},
    ),
    Row("POST", "auth/mfa/totp/enroll/", ok(SIGNED_IN, 201), {"password": "correct horse battery"}),
    Row("POST", "auth/mfa/totp/confirm/", ok(SIGNED_IN, 409), {"otp": "000000"}),
    Row("POST", "auth/mfa/totp/disable/", ok(SIGNED_IN, 409), {"otp": "000000"}),
    Row("POST", "auth/mfa/recovery-codes/", ok(SIGNED_IN, 409), {"otp": "000000"}),
    Row("GET", "notes/keys/", KEY_HOLDERS),
    Row("POST", "notes/keys/challenge/", ok(SIGNED_IN, 400), KEYS),
    Row(
        "POST",
        "notes/keys/",
        ok(SIGNED_IN, 400),
        {
            "public_key": "AAAA",
            "signing_public_key": "AAAA",
            "token": "x",
            "signature": "AAAA",
            "password": "correct horse battery",
        },
    ),
    *(
        row
        for path in ("auth/profile/", "me/profile/", "me/")
        for row in (
            Row("GET", path, SIGNED_IN),
            Row("PUT", path, SIGNED_IN, {"first_name": "Ada", "last_name": "L", "phone": ""}),
            Row("PATCH", path, SIGNED_IN, {"first_name": "Ada"}),
        )
    ),
    # --- users and audit ------------------------------------------------------------------------------
    Row("GET", "users/", ADMIN_ONLY),
    Row("GET", "users/{user}/", ADMIN_ROW),
    Row("POST", "users/{user}/suspend/", ADMIN_ROW),
    Row("POST", "users/{user}/activate/", ADMIN_ROW),
    Row("GET", "audit-logs/", ADMIN_ONLY.but(hospital="200", foreign_hospital="200")),
    # --- hospitals and doctors ------------------------------------------------------------------------
    Row("GET", "hospitals/", SIGNED_IN),
    Row("GET", "hospitals/{hospital}/", SIGNED_IN_ROW),
    Row("GET", "hospitals/departments/", SIGNED_IN),
    Row("GET", "hospitals/departments/{department}/", SIGNED_IN_ROW),
    Row("GET", "doctors/", EVERYBODY),
    Row("GET", "doctors/{doctor}/", PUBLIC_ROW),
    Row("GET", "doctors/{doctor}/slots/", PUBLIC_ROW),
    # --- patients and care ----------------------------------------------------------------------------
    Row("GET", "patients/", SIGNED_IN),
    Row("GET", "patients/{patient}/", PARTIES),
    Row("GET", "patients/{patient}/summary/", PARTIES),
    Row("GET", "mappings/", SIGNED_IN),
    Row("GET", "mappings/{relationship}/", MANAGER_AND_DOCTOR),
    Row("DELETE", "mappings/{relationship}/", ok(MANAGER_ONLY, 204)),
    Row(
        "POST",
        "mappings/",
        ok(MANAGER_AND_DOCTOR, 201).but(doctor="404", colleague="404", foreign_doctor="404"),
        {"patient": "{patient}", "doctor": "{doctor}"},
    ),
    # --- appointments ---------------------------------------------------------------------------------
    Row("GET", "appointments/", SIGNED_IN),
    Row("GET", "appointments/{appointment}/", PARTIES),
    Row("DELETE", "appointments/{appointment}/", ok(PARTIES, 204)),
    Row("POST", "appointments/{appointment}/cancel/", PARTIES),
    Row(
        "POST",
        "appointments/{appointment}/complete/",
        PARTIES.but(patient="403 404 404 404", other_patient="404 403 404 404"),
    ),
    Row(
        "POST",
        "appointments/",
        ok(MANAGER_AND_DOCTOR, 201).but(doctor="404", colleague="404", foreign_doctor="404"),
        {"doctor": "{fresh_doctor}", "patient": "{patient}", "starts_at": "{free_slot}"},
    ),
    # --- notes ----------------------------------------------------------------------------------------
    Row("GET", "notes/", SIGNED_IN),
    Row("GET", "notes/{note}/", MANAGER_AND_DOCTOR),
    Row(
        "POST",
        "notes/",
        ok(DOCTOR_ONLY, 201).but(
            patient="403",
            other_patient="403",
            ex_doctor="409 404 404 404",
            hospital="403",
            foreign_hospital="403",
            admin="403",
        ),
        {"patient": "{patient}", "text": "A new note."},
    ),
    # --- plans and reminders --------------------------------------------------------------------------
    Row("GET", "action-plans/", SIGNED_IN),
    Row("GET", "action-plans/{plan}/", MANAGER_AND_DOCTOR),
    Row("POST", "action-plans/{draft}/activate/", DOCTOR_ONLY, {"duration_days": 3}),
    Row("POST", "action-plans/parse-dosage/", SIGNED_IN, {"text": "1 tablet at night"}),
    Row("GET", "checklist-items/", SIGNED_IN),
    Row("GET", "checklist-items/{item}/", MANAGER_AND_DOCTOR),
    Row("PATCH", "checklist-items/{item}/", MANAGER_ONLY, {"is_done": True}),
    Row("GET", "reminders/", SIGNED_IN),
    Row("GET", "reminders/{dose}/", MANAGER_AND_DOCTOR),
    Row("POST", "reminders/{dose}/checkin/", MANAGER_ONLY),
    Row("GET", "reminders/adherence/", SIGNED_IN),
    # --- notifications --------------------------------------------------------------------------------
    Row("GET", "notifications/", SIGNED_IN),
    Row("GET", "notifications/{notification}/", RECIPIENT_ONLY),
    Row("POST", "notifications/{notification}/read/", RECIPIENT_ONLY),
    Row("GET", "notifications/{notification}/deliveries/", RECIPIENT_ONLY),
    Row("POST", "notifications/mark-all-read/", SIGNED_IN),
    Row("GET", "notifications/unread-count/", SIGNED_IN),
    Row("POST", "notifications/stream/", ok(SIGNED_IN, 201)),
    # --- articles -------------------------------------------------------------------------------------
    Row("GET", "blogs/", EVERYBODY),
    Row("GET", "blogs/{article}/", PUBLIC_ROW),
]
