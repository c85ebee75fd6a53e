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

# What the doctor and the staff of the doctor's hospital keep, by the doctor's id or by the row's; nobody else enters.
CALENDAR = Policy(
    {
        "anonymous": "401",
        "patient": "403",
        "other_patient": "403",
        "doctor": "200 404 404 404",
        "colleague": "404 200 404 404",
        "ex_doctor": "404",
        "foreign_doctor": "404 404 200 404",
        "hospital": "200 200 404 404",
        "foreign_hospital": "404 404 200 404",
        "admin": "403",
    }
)
# What a hospital's staff answers; the patient sees it, and no doctor yet.
REQUEST_OF_STAFF = PARTIES.but(
    patient="403 404 404 404", other_patient="404 403 404 404", doctor="404", colleague="404", foreign_doctor="404"
)
CALENDARS = Policy({person: text.split()[0].replace("404", "200") for person, text in CALENDAR.statuses.items()})

# What is one's own as a login, whatever the role.
PERSON_ONLY = RECIPIENT_ONLY
NOBODY = Policy(dict.fromkeys(EVERYBODY.statuses, "403"))
ADMIN_ONLY = NOBODY.but(anonymous="401", admin="200")
ADMIN_ROW = ADMIN_ONLY.but(admin="200 200 200 404")

NEW_ADMIN = {"email": "ada@example.org", "password": "a long enough password", "first_name": "Ada"}
NEW_PASSWORD = {"old_password": "correct horse battery", "new_password": "another horse battery"}
LATE = {"weekday": "MONDAY", "from_time": "22:00", "to_time": "23:00"}
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROUND_THE_CLOCK = {day: ["00:00-24:00"] for day in WEEK}


def ok(policy: Policy, status: int) -> Policy:
    """Return the policy with another status for success."""
    return Policy({person: text.replace("200", str(status)) for person, text in policy.statuses.items()})


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
    Row("POST", "auth/email/verification/request/", ok(SIGNED_IN, 202)),
    Row("POST", "auth/email/verification/confirm/", ok(SIGNED_IN, 400), {"otp_code": "000000"}),
    Row("POST", "auth/password/change/", SIGNED_IN, NEW_PASSWORD),
    Row("POST", "auth/password/update/request/", ok(SIGNED_IN, 409)),
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
    Row("POST", "auth/mfa/totp/enroll/", ok(SIGNED_IN, 201)),
    Row("POST", "auth/mfa/totp/confirm/", ok(SIGNED_IN, 409), {"otp": "000000"}),
    Row("POST", "auth/mfa/totp/disable/", ok(SIGNED_IN, 409), {"otp": "000000"}),
    Row("POST", "auth/mfa/recovery-codes/", ok(SIGNED_IN, 409), {"otp": "000000"}),
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
    Row("GET", "doctors/availability/", ok(EVERYBODY, 400)),  # Without `?ids=`; with it, see test_availability.py.
    # --- schedules and absences -----------------------------------------------------------------------
    Row("GET", "doctors/my-schedules/", CALENDARS.but(hospital="403", foreign_hospital="403")),
    Row("GET", "doctors/schedules/", CALENDARS),
    Row("POST", "doctors/schedules/", ok(CALENDAR, 201), {"doctor": "{doctor}", **LATE}),
    Row("PUT", "doctors/schedules/", CALENDAR, {"doctor": "{doctor}", "available_timings": ROUND_THE_CLOCK}),
    Row("GET", "doctors/schedules/{rule}/", CALENDAR),
    Row("PUT", "doctors/schedules/{rule}/", CALENDAR, LATE),
    Row("PATCH", "doctors/schedules/{rule}/", CALENDAR, {"capacity": 2}),
    Row("DELETE", "doctors/schedules/{rule}/", ok(CALENDAR, 204)),
    Row("GET", "doctors/absences/", CALENDARS),
    Row("POST", "doctors/absences/", ok(CALENDAR, 201), {"doctor": "{doctor}", "from_date": "{far_day}"}),
    Row("GET", "doctors/absences/{absence}/", CALENDAR),
    Row("PATCH", "doctors/absences/{absence}/", CALENDAR, {"reason": "Away"}),
    Row("DELETE", "doctors/absences/{absence}/", ok(CALENDAR, 204)),
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
    Row("GET", "appointments/needs-reassignment/", ADMIN_ONLY.but(hospital="200", foreign_hospital="200")),
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
    Row("POST", "appointments/{appointment}/reschedule/", PARTIES, {"starts_at": "{later_slot}"}),
    Row(
        "POST",
        "appointments/{request}/assign-doctor/",
        REQUEST_OF_STAFF,
        {"doctor": "{doctor}"},
    ),
    Row(
        "POST",
        "appointments/{request}/confirm/",
        REQUEST_OF_STAFF.but(hospital="409 409 404 404", foreign_hospital="404 404 409 404"),  # Nobody is assigned yet.
    ),
    Row("POST", "appointments/{request}/reject/", REQUEST_OF_STAFF, {"reason": "We do not treat this here."}),
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
