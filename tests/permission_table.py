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
        "applicant": "200",
    }
)
# One's own login: an applicant has one too.
LOGIN = EVERYBODY.but(anonymous="401")
# Everything else is closed to applicants, whatever the row.
SIGNED_IN = LOGIN.but(applicant="403")
PUBLIC_ROW = Policy(dict.fromkeys(EVERYBODY.statuses, "200 200 200 404"))
SIGNED_IN_ROW = PUBLIC_ROW.but(anonymous="401", applicant="403")

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
        "applicant": "403",
    }
)
# ... and the staff of the hospital where it happens.
PARTIES = MANAGER_AND_DOCTOR.but(hospital="200 200 404 404", foreign_hospital="404 404 200 404")
# What only the patient's side does; the doctor sees the row and is told so.
MANAGER_ONLY = MANAGER_AND_DOCTOR.but(
    doctor="403 404 404 404", colleague="404 403 404 404", foreign_doctor="404 404 403 404"
)
# What only the doctor who wrote it does; the patient sees it and is told so.
ITS_DOCTOR = MANAGER_AND_DOCTOR.but(patient="403 404 404 404", other_patient="404 403 404 404")
# What only the doctor's side does; the patient does not see it yet.
DOCTOR_ONLY = MANAGER_AND_DOCTOR.but(patient="404", other_patient="404")
# A rating, which everybody sees and its author changes.
RATER = Policy(dict.fromkeys(EVERYBODY.statuses, "403 403 403 404")).but(
    anonymous="401",
    patient="200 403 403 404",
    other_patient="403 200 403 404",
    applicant="403",
)
# Who may rate: each patient here has rated their own doctor and was with nobody else; the others are no patients.
RATING = Policy(dict.fromkeys(EVERYBODY.statuses, "404")).but(
    anonymous="401", patient="409 409 409 404", other_patient="409 409 409 404", applicant="403"
)
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
# Who may cancel or move a visit: the patient's side and the hospital's staff. An employed doctor sees it, and may not.
MOVERS = PARTIES.but(doctor="403 404 404 404", colleague="404 403 404 404", foreign_doctor="404 404 403 404")
# Who records what became of a visit: its doctor and the staff.
HOLDERS = PARTIES.but(patient="403 404 404 404", other_patient="404 403 404 404")
CALENDARS = Policy({person: text.split()[0].replace("404", "200") for person, text in CALENDAR.statuses.items()})

# Demographics of a patient whose record is managed: its managers change them, whoever sees them is told no.
PATIENT_CHANGES = MANAGER_ONLY.but(applicant="404", hospital="403 403 404 404", foreign_hospital="404 404 403 404")
OWN_RECORDS = {"patient": "409 404 404 404", "other_patient": "404 409 404 404"}
# What an ex-doctor wrote stays readable; the doctor is told that writing is over.
KNEW_THE_PATIENT = MANAGER_AND_DOCTOR.but(ex_doctor="200 404 404 404")
FORMER = "409 404 404 404"
JOINING = {"token": "x", "first_name": "A", "password": "x" * 12, "consent": True}
CLAIM = {"phone": "+1 555 010 0001", "birth_date": "1984-03-02"}
# A hospital assigns its own doctors to patients registered with it.
ASSIGNING = Policy(
    {
        "anonymous": "401",
        "patient": "201 404 404 404",
        "other_patient": "404 201 404 404",
        "doctor": "404",
        "colleague": "404",
        "ex_doctor": "404",
        "foreign_doctor": "404",
        "hospital": "201 201 404 404",
        "foreign_hospital": "404 404 201 404",
        "admin": "404",
    }
)

# What is one's own as a login, whatever the role.
PERSON_ONLY = RECIPIENT_ONLY.but(applicant="404")
NOBODY = Policy(dict.fromkeys(EVERYBODY.statuses, "403"))
DOCTORS = NOBODY.but(anonymous="401", **dict.fromkeys(("doctor", "colleague", "ex_doctor", "foreign_doctor"), "200"))
STAFF = NOBODY.but(anonymous="401", hospital="200", foreign_hospital="200")
ADMIN_ONLY = NOBODY.but(anonymous="401", admin="200")
ADMIN_ROW = ADMIN_ONLY.but(admin="200 200 200 404")
# Who answers for a hospital, asked about a row of it.
OFFICE_ONLY = ADMIN_ONLY.but(hospital="200", foreign_hospital="200")
OFFICE_ROW = ADMIN_ROW.but(hospital="200 200 404 404", foreign_hospital="404 404 200 404")
# ... where everybody sees the row.
OFFICE_OF_SEEN_ROW = Policy(dict.fromkeys(EVERYBODY.statuses, "403 403 403 404")).but(
    anonymous="401",
    hospital="200 200 403 404",
    foreign_hospital="403 403 200 404",
    admin="200 200 200 404",
    applicant="403",
)
# An application: the applicant and administrators.
APPLICATION_ROW = Policy(dict.fromkeys(EVERYBODY.statuses, "404")).but(
    anonymous="401", applicant="200 404 404 404", admin="200 200 200 404"
)
# What the treating doctor says; the patient's side sees it and is told no.
DOCTORS_WORD = MANAGER_AND_DOCTOR.but(patient="403 404 404 404", other_patient="404 403 404 404")
# In an emergency any doctor opens any record.
EMERGENCY = Policy({person: text.replace("200", "201 201 201 404") for person, text in DOCTORS.statuses.items()})
LATE = {"weekday": "MONDAY", "from_time": "22:00", "to_time": "23:00"}
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROUND_THE_CLOCK = {day: ["00:00-24:00"] for day in WEEK}


def ok(policy: Policy, status: int) -> Policy:
    """Return the policy with another status for success."""
    return Policy({person: text.replace("200", str(status)) for person, text in policy.statuses.items()})


# Keys are made when a first note is written: only authors have a pair here.
KEY_HOLDERS = ok(SIGNED_IN, 404).but(doctor="200", colleague="200", foreign_doctor="200", ex_doctor="200")

# An article, which everybody sees and its author changes.
WRITER = NOBODY.but(
    anonymous="401",
    doctor="200 403 403 404",
    colleague="403 200 403 404",
    ex_doctor="403 403 403 404",
    foreign_doctor="403 403 200 404",
)
ARTICLE = {"title": "Salt and the heart", "body": "Salt matters, most of all the salt that nobody sees." * 2}

# Two of the cast are patients themselves.
OWN_PATIENT = ok(LOGIN, 404).but(patient="200", other_patient="200")

KEYS = {"public_key": "AAAA", "signing_public_key": "AAAA"}
NEW_ADMIN = {"email": "ada@example.org", "password": "a long enough password", "first_name": "Ada"}
NEW_HOSPITAL = {
    "email": "hana@example.org",
    "password": "a long enough password",
    "first_name": "Hana",
    "hospital_name": "Hilltop",
    "license_number": "HC-1",
    "time_zone": "UTC",
    "consent": True,
}
NEW_DOCTOR = {"first_name": "Sara", "email": "sara@example.org", "specialization": "Surgery"}
NEW_APPLICANT = {
    "password": "a long enough password",
    "consent": True,
    "license_number": "S-1",
    "qualification": "MD",
}
# Who has a doctor's row of their own, approved or not.
OWN_PROFILE = ok(LOGIN, 404).but(
    **dict.fromkeys(("doctor", "colleague", "ex_doctor", "foreign_doctor", "applicant"), "200")
)
NO_DOCTORS = dict.fromkeys(("patient", "other_patient", "hospital", "foreign_hospital", "admin"), "403")
ENTERED = {"action": "Iron", "dosage_text": "1 tablet daily for 5 days"}
PRESCRIBED = {"diagnosis": "Anaemia", "medicines": [{"name": "Iron", "dosage": "1 tablet"}]}
NEW_PASSWORD = {"old_password": "correct horse battery", "new_password": "another horse battery"}

# What only a doctor who treats now writes, about a patient named in the body.
WRITING = ok(DOCTOR_ONLY, 201).but(
    patient="403",
    other_patient="403",
    ex_doctor=FORMER,
    hospital="403",
    foreign_hospital="403",
    admin="403",
)
# ... and whose reader has keys on a device: nobody has here.
WRITING_END_TO_END = Policy({person: text.replace("201", "409") for person, text in WRITING.statuses.items()})


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
    Row("POST", "auth/logout/", ok(LOGIN, 204)),
    Row("POST", "auth/superuser/register/", ok(NOBODY, 201).but(admin="201"), NEW_ADMIN),
    Row("GET", "auth/sessions/", LOGIN),
    Row("DELETE", "auth/sessions/{session}/", ok(PERSON_ONLY, 204)),
    Row("POST", "auth/email/verification/request/", ok(LOGIN, 409)),  # Theirs are confirmed.
    Row("POST", "auth/email/verification/confirm/", ok(LOGIN, 409), {"otp_code": "000000"}),
    Row("POST", "auth/password/change/", LOGIN, NEW_PASSWORD),
    Row("POST", "auth/password/update/request/", ok(LOGIN, 202)),
    Row("POST", "auth/password/update/verify/", ok(LOGIN, 400), {"otp_code": "000000"}),
    Row("POST", "auth/password/update/complete/", ok(LOGIN, 400), {"token": "x", "new_password": "a long one"}),
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
    Row("POST", "auth/mfa/totp/enroll/", ok(LOGIN, 201), {"password": "correct horse battery"}),
    Row("POST", "auth/mfa/totp/confirm/", ok(LOGIN, 409), {"otp": "000000"}),
    Row("POST", "auth/mfa/totp/disable/", ok(LOGIN, 409), {"otp": "000000"}),
    Row("POST", "auth/mfa/recovery-codes/", ok(LOGIN, 409), {"otp": "000000"}),
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
            Row("GET", path, LOGIN),
            Row("PUT", path, LOGIN, {"first_name": "Ada", "last_name": "L", "phone": ""}),
            Row("PATCH", path, LOGIN, {"first_name": "Ada"}),
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
    Row("POST", "hospitals/register/", ok(EVERYBODY, 201), NEW_HOSPITAL),
    Row("GET", "hospitals/nearby/?lat=0&lng=0", SIGNED_IN),
    Row("GET", "hospitals/{hospital}/departments/", SIGNED_IN_ROW),
    Row("GET", "hospitals/{hospital}/doctors/", SIGNED_IN_ROW),
    Row(
        "PUT",
        "hospitals/{hospital}/",
        OFFICE_OF_SEEN_ROW,
        {"name": "New name", "time_zone": "UTC", "affected": "CANCEL"},
    ),
    Row("PATCH", "hospitals/{hospital}/", OFFICE_OF_SEEN_ROW, {"city": "Lagos"}),
    *(
        Row(method, "hospitals/{hospital}/approve/", ADMIN_ROW.but(admin="409 409 409 404"), {"is_approved": True})
        for method in ("POST", "PATCH")
    ),
    Row("POST", "hospitals/{hospital}/suspend/", ADMIN_ROW, {"reason": "Why not"}),
    Row("POST", "hospitals/departments/", ok(OFFICE_ROW, 201), {"hospital": "{hospital}", "name": "New"}),
    Row("PUT", "hospitals/departments/{department}/", OFFICE_OF_SEEN_ROW, {"name": "New"}),
    Row("PATCH", "hospitals/departments/{department}/", OFFICE_OF_SEEN_ROW, {"name": "New"}),
    Row("DELETE", "hospitals/departments/{department}/", ok(OFFICE_OF_SEEN_ROW, 409)),
    Row("GET", "hospitals/staff/", OFFICE_ONLY),
    Row("POST", "hospitals/staff/", ok(OFFICE_ROW, 201), {"hospital": "{hospital}", "email": "new@example.org"}),
    Row("DELETE", "hospitals/staff/{staff}/", ok(OFFICE_ROW, 204)),
    Row("POST", "hospitals/staff/accept/", ok(EVERYBODY, 400), JOINING),
    Row("POST", "hospitals/doctors/create/", ok(OFFICE_ROW, 201), {"hospital": "{hospital}", **NEW_DOCTOR}),
    Row("GET", "hospitals/doctors/", OFFICE_ONLY),
    Row("GET", "hospitals/doctors/{doctor}/", OFFICE_ROW),
    Row("PUT", "hospitals/doctors/{doctor}/", OFFICE_ROW, {"specialization": "Surgery"}),
    Row("PATCH", "hospitals/doctors/{doctor}/", OFFICE_ROW, {"department": "{department}"}),
    Row("DELETE", "hospitals/doctors/{doctor}/", ok(OFFICE_ROW, 204)),
    Row("POST", "hospitals/doctors/{doctor}/reset-password/", OFFICE_ROW),
    Row("GET", "doctors/", EVERYBODY),
    Row("GET", "doctors/search/?search=doctor", EVERYBODY),
    Row("GET", "doctors/specializations/", EVERYBODY),
    Row("GET", "doctors/recommend/?disease=asthma", EVERYBODY),
    Row("POST", "doctors/recommend/", EVERYBODY, {"disease": "asthma"}),
    Row("GET", "doctors/{doctor}/", PUBLIC_ROW),
    Row(
        "POST", "doctors/", ok(OFFICE_ROW, 201), {"hospital": "{hospital}", "department": "{department}", **NEW_DOCTOR}
    ),
    Row("PUT", "doctors/{doctor}/", OFFICE_ROW, {"specialization": "Surgery"}),
    Row("PATCH", "doctors/{doctor}/", OFFICE_ROW, {"department": "{department}"}),
    Row("DELETE", "doctors/{doctor}/", ok(OFFICE_ROW, 204)),
    Row("GET", "doctors/profile/", OWN_PROFILE),
    Row("PUT", "doctors/profile/", OWN_PROFILE, {"specialization": "Cardiology"}),
    Row("PATCH", "doctors/profile/", OWN_PROFILE, {"bio": "Listens."}),
    *(
        Row(
            "POST",
            path,
            ok(LOGIN, 201).but(
                **dict.fromkeys(("doctor", "colleague", "ex_doctor", "foreign_doctor", "applicant"), "409"),
                **dict.fromkeys(("hospital", "foreign_hospital", "admin"), "403"),
            ),
            {"specialization": "Surgery", "license_number": "S-1", "qualification": "MD"},
        )
        for path in ("doctors/apply/", "doctors/register/")
    ),
    Row("POST", "auth/register/doctor/", ok(EVERYBODY, 201), {**NEW_DOCTOR, **NEW_APPLICANT}),
    Row("GET", "doctors/applications/", LOGIN),
    Row("GET", "doctors/applications/{application}/", APPLICATION_ROW),
    Row("POST", "doctors/applications/{application}/approve/", ADMIN_ROW),
    Row("POST", "doctors/applications/{application}/reject/", ADMIN_ROW, {"reason": "No such licence"}),
    # Without a file the door says so, to whom it is open at all.
    Row("POST", "doctors/applications/{application}/papers/", ok(APPLICATION_ROW, 400)),
    Row("GET", "doctors/applications/papers/{paper}/download/", APPLICATION_ROW),
    Row(
        "DELETE",
        "doctors/applications/papers/{paper}/",
        ok(APPLICATION_ROW, 204).but(admin="403 403 403 404"),
    ),
    Row("POST", "doctors/profile/image/", ok(LOGIN, 400)),
    Row("DELETE", "doctors/profile/image/", ok(OWN_PROFILE, 204).but(**NO_DOCTORS)),
    Row("GET", "doctors/{doctor}/image/", PUBLIC_ROW),
    Row("POST", "doctors/verify/{applicant}/", ADMIN_ROW, {"is_approved": True}),
    Row("PATCH", "doctors/verify/{applicant}/", ADMIN_ROW, {"status": "rejected", "reason": "No such licence"}),
    Row("GET", "doctors/{doctor}/slots/", PUBLIC_ROW),
    Row("GET", "doctors/availability/?ids={doctor}", EVERYBODY),
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
    Row("GET", "patients/", LOGIN),
    Row("POST", "patients/", ok(LOGIN, 201), {"first_name": "Sami", "relation": "PARENT"}),
    Row("GET", "me/patient/", OWN_PATIENT),
    Row("PUT", "me/patient/", OWN_PATIENT, {"first_name": "Amina"}),
    Row("PATCH", "me/patient/", OWN_PATIENT, {"gender": "female"}),
    Row("GET", "patients/{patient}/", PARTIES.but(applicant="404")),
    Row("PUT", "patients/{patient}/", PATIENT_CHANGES, {"first_name": "Amina"}),
    Row("PATCH", "patients/{patient}/", PATIENT_CHANGES, {"first_name": "Amina"}),
    Row("DELETE", "patients/{patient}/", PATIENT_CHANGES.but(**OWN_RECORDS)),
    Row("GET", "dashboard/stats/", OFFICE_ONLY),
    Row("GET", "patients/{patient}/summary/", PARTIES),
    Row("GET", "patients/{patient}/summary.pdf", PARTIES),
    Row("GET", "patients/{patient}/doctors/", PARTIES),
    Row("GET", "patients/{patient}/access-log/", RECIPIENT_ONLY),
    Row("GET", "patients/{patient}/caregivers/", RECIPIENT_ONLY),
    Row(
        "POST",
        "patients/{patient}/caregivers/",
        ok(RECIPIENT_ONLY, 201),
        {"email": "foreign_patient@example.org", "consent": True},
    ),
    Row("DELETE", "patients/{patient}/caregivers/{caregiver}/", ok(RECIPIENT_ONLY, 204)),
    Row("POST", "patients/claim/", ok(SIGNED_IN, 202), CLAIM),
    Row("POST", "patients/claim/confirm/", ok(SIGNED_IN, 400), {**CLAIM, "otp_code": "000000"}),
    Row("GET", "patients/{patient}/clinical-profile/", MANAGER_AND_DOCTOR),
    Row("PUT", "patients/{patient}/clinical-profile/", MANAGER_AND_DOCTOR, {"is_lactating": False}),
    Row("PATCH", "patients/{patient}/clinical-profile/", MANAGER_AND_DOCTOR, {"is_lactating": False}),
    *(
        row
        for name, entry, body in (
            ("allergies", "allergy", {"substance": "Penicillin"}),
            ("conditions", "condition", {"name": "Asthma", "code": "J45.909"}),
            ("medications", "medication", {"name": "Salbutamol"}),
        )
        for row in (
            Row("GET", f"patients/{{patient}}/{name}/", KNEW_THE_PATIENT),
            Row("POST", f"patients/{{patient}}/{name}/", ok(MANAGER_AND_DOCTOR, 201).but(ex_doctor=FORMER), body),
            Row("GET", f"patients/{{patient}}/{name}/{{{entry}}}/", MANAGER_AND_DOCTOR),
            Row("PATCH", f"patients/{{patient}}/{name}/{{{entry}}}/", MANAGER_AND_DOCTOR, {"notes": "Since school."}),
            Row("DELETE", f"patients/{{patient}}/{name}/{{{entry}}}/", ok(MANAGER_AND_DOCTOR, 204)),
        )
    ),
    Row("GET", "doctors/my-patients/", DOCTORS),
    Row("POST", "doctors/assign/", ASSIGNING, {"patient": "{patient}", "doctor": "{doctor}"}),
    Row("GET", "mappings/", SIGNED_IN),
    Row("GET", "mappings/{relationship}/", MANAGER_AND_DOCTOR),
    Row("DELETE", "mappings/{relationship}/", ok(MANAGER_ONLY, 204)),
    Row(
        "POST",
        "mappings/",
        ok(MANAGER_AND_DOCTOR, 201).but(doctor="404", colleague="404", foreign_doctor="404"),
        {"patient": "{patient}", "doctor": "{doctor}"},
    ),
    # --- ratings --------------------------------------------------------------------------------------
    Row("GET", "doctors/{doctor}/ratings/", PUBLIC_ROW),
    Row("GET", "doctors/{doctor}/ratings/breakdown/", PUBLIC_ROW),
    Row("GET", "doctors/{doctor}/ratings/{rating}/", PUBLIC_ROW),
    Row("PUT", "doctors/{doctor}/ratings/{rating}/", RATER, {"rating": 3}),
    Row("PATCH", "doctors/{doctor}/ratings/{rating}/", RATER, {"rating": 3}),
    Row("DELETE", "doctors/{doctor}/ratings/{rating}/", ok(RATER, 204)),
    Row("POST", "doctors/{doctor}/ratings/", RATING, {"rating": 3}),
    # --- access ---------------------------------------------------------------------------------------
    Row("POST", "access/otp/generate/", ok(DOCTORS, 202), CLAIM),
    Row("POST", "access/otp/verify/", ok(DOCTORS, 400), {**CLAIM, "otp_code": "000000"}),
    Row("GET", "access/grants/", SIGNED_IN),
    Row("GET", "access/grants/{grant}/", MANAGER_AND_DOCTOR),
    Row("DELETE", "access/grants/{grant}/", ok(MANAGER_ONLY, 204)),
    Row("GET", "access/break-glass/", SIGNED_IN),
    Row("POST", "access/break-glass/", EMERGENCY, {"patient": "{patient}", "reason": "Unconscious after a fall"}),
    Row("GET", "access/break-glass/{emergency}/", PARTIES.but(admin="200 200 200 404")),
    Row("POST", "access/break-glass/{emergency}/review/", OFFICE_ROW, {"outcome": "justified"}),
    # --- records --------------------------------------------------------------------------------------
    Row("GET", "records/", SIGNED_IN),
    Row("GET", "records/my-reports/", SIGNED_IN),
    Row("GET", "reports/", SIGNED_IN),
    Row(
        "POST",
        "records/",
        ok(MANAGER_AND_DOCTOR, 201).but(ex_doctor=FORMER),
        {"patient": "{patient}", "title": "X-ray", "doctor": "{doctor}"},
    ),
    Row("GET", "records/{record}/", MANAGER_AND_DOCTOR),
    Row("PATCH", "records/{record}/", MANAGER_ONLY, {"title": "X-ray", "doctor": "{doctor}"}),
    Row("DELETE", "records/{record}/", ok(MANAGER_AND_DOCTOR, 409)),
    Row("POST", "records/annotations/", ok(DOCTORS_WORD, 201), {"record": "{record}", "text": "Repeat in May."}),
    Row("POST", "records/{record}/files/", ok(MANAGER_ONLY, 400)),  # Without a file; with one, see test_records.py.
    Row("POST", "records/{record}/share/", MANAGER_ONLY, {"doctor": "{doctor}"}),
    Row("DELETE", "records/{record}/share/{doctor}/", ok(MANAGER_ONLY, 204)),
    Row("GET", "records/{record}/annotations/", MANAGER_AND_DOCTOR),
    Row("POST", "records/{record}/annotations/", ok(DOCTORS_WORD, 201), {"text": "Repeat in May."}),
    Row("GET", "records/annotations/{annotation}/", MANAGER_AND_DOCTOR),
    Row("PATCH", "records/annotations/{annotation}/", DOCTORS_WORD, {"text": "Repeat in May."}),
    Row("GET", "records/files/{file}/", MANAGER_AND_DOCTOR),
    Row("DELETE", "records/files/{file}/", ok(MANAGER_ONLY, 204)),
    Row("GET", "files/{file}/download/", MANAGER_AND_DOCTOR),
    Row("GET", "patients/{patient}/records/", KNEW_THE_PATIENT),
    Row("GET", "patients/{patient}/reports/", KNEW_THE_PATIENT),
    # Without a file; with one, see test_records.py.
    Row("POST", "patients/{patient}/reports/upload/", ok(PARTIES, 400).but(ex_doctor=FORMER), {"title": "X-ray"}),
    # --- visits ---------------------------------------------------------------------------------------
    Row("GET", "visits/", SIGNED_IN),
    Row("POST", "visits/", WRITING, {"patient": "{patient}", "chief_complaint": "Tired"}),
    Row("GET", "visits/{visit}/", MANAGER_AND_DOCTOR),
    Row("PATCH", "visits/{visit}/", DOCTORS_WORD, {"plan": "Rest."}),
    Row("POST", "visits/{visit}/tests/", ok(DOCTORS_WORD, 201), {"name": "Ferritin"}),
    Row("GET", "visits/tests/{test}/", MANAGER_AND_DOCTOR),
    Row("POST", "visits/tests/{test}/result/", DOCTORS_WORD, {"result": "9 ng/ml"}),
    Row("GET", "patients/{patient}/visits/", KNEW_THE_PATIENT),
    Row("GET", "patients/{patient}/tests/", KNEW_THE_PATIENT),
    Row("GET", "patients/{patient}/vitals/", KNEW_THE_PATIENT),
    Row(
        "POST",
        "patients/{patient}/vitals/",
        ok(MANAGER_AND_DOCTOR, 201).but(ex_doctor=FORMER),
        {"weight_kg": "70.5"},
    ),
    # --- prescriptions --------------------------------------------------------------------------------
    Row("GET", "prescriptions/", SIGNED_IN),
    Row("POST", "prescriptions/", WRITING, {"patient": "{patient}", **PRESCRIBED}),
    Row("GET", "prescriptions/{prescription}/", MANAGER_AND_DOCTOR),
    Row("PUT", "prescriptions/{prescription}/", ok(DOCTORS_WORD, 201), PRESCRIBED),
    Row("PATCH", "prescriptions/{prescription}/", ok(DOCTORS_WORD, 201), {**PRESCRIBED, "advice": "Rest."}),
    Row("DELETE", "prescriptions/{prescription}/", ok(MANAGER_AND_DOCTOR, 409)),
    Row("POST", "prescriptions/{prescription}/revise/", ok(DOCTORS_WORD, 201), {**PRESCRIBED, "advice": "Rest."}),
    Row("GET", "prescriptions/{prescription}/versions/", MANAGER_AND_DOCTOR),
    Row("GET", "prescriptions/{prescription}/pdf/", MANAGER_AND_DOCTOR),
    Row("GET", "prescriptions/{prescription}/attachments/", MANAGER_AND_DOCTOR),
    # Without a file; with one, see test_attachments.py.
    Row("POST", "prescriptions/{prescription}/attachments/", ok(DOCTORS_WORD, 400)),
    Row("GET", "prescriptions/attachments/{attachment}/", MANAGER_AND_DOCTOR),
    Row("DELETE", "prescriptions/attachments/{attachment}/", ok(DOCTORS_WORD, 204)),
    Row("GET", "prescriptions/attachments/{attachment}/download/", MANAGER_AND_DOCTOR),
    # Of somebody else's, an empty list, as of what never was.
    Row("GET", "prescriptions/by-appointment/?appointment_id={appointment}", SIGNED_IN),
    Row("GET", "prescriptions/patient-history/?patient_id={patient}", SIGNED_IN),
    Row("GET", "prescriptions/patient/{patient}/", KNEW_THE_PATIENT),
    Row("GET", "prescriptions/verify/{prescription}/", EVERYBODY),  # No code of any: it says so to everybody.
    Row("GET", "patients/{patient}/prescriptions/", KNEW_THE_PATIENT),
    # --- appointments ---------------------------------------------------------------------------------
    Row("GET", "appointments/", SIGNED_IN),
    Row("GET", "appointments/my-appointments/", SIGNED_IN),
    Row("GET", "appointments/hospital-appointments/", STAFF),
    Row("GET", "appointments/doctor-appointments/", DOCTORS),
    Row("GET", "appointments/doctor/today/", DOCTORS),
    Row("GET", "appointments/doctor/tomorrow/", DOCTORS),
    Row("GET", "appointments/doctor/upcoming/", DOCTORS),
    Row("GET", "appointments/doctor/completed/", DOCTORS),
    Row("GET", "appointments/needs-reassignment/", ADMIN_ONLY.but(hospital="200", foreign_hospital="200")),
    Row("POST", "appointments/cleanup-missed/", ADMIN_ONLY),
    Row("GET", "appointments/feed/", SIGNED_IN),
    Row("POST", "appointments/feed/", ok(SIGNED_IN, 201)),
    Row("DELETE", "appointments/feed/", ok(SIGNED_IN, 204)),
    Row("GET", "appointments/calendar/{feed_token}.ics", EVERYBODY),  # Whoever has the address reads it.
    Row("GET", "appointments/{appointment}/", PARTIES),
    Row("GET", "appointments/{appointment}/ics/", PARTIES),
    Row("DELETE", "appointments/{appointment}/", ok(MOVERS, 204)),
    Row("POST", "appointments/{appointment}/cancel/", MOVERS),
    Row("POST", "appointments/{appointment}/complete/", HOLDERS),
    Row("POST", "appointments/{yesterday}/check-in/", HOLDERS),
    Row("POST", "appointments/{yesterday}/no-show/", HOLDERS),
    Row("PATCH", "appointments/{appointment}/status/", HOLDERS, {"status": "completed"}),
    Row("POST", "appointments/{appointment}/status/", MOVERS, {"status": "CANCELLED", "notes": "Ill"}),
    Row(
        "POST",
        "appointments/",
        ok(MANAGER_AND_DOCTOR, 201).but(doctor="404", colleague="404", foreign_doctor="404"),
        {"doctor": "{fresh_doctor}", "patient": "{patient}", "starts_at": "{free_slot}"},
    ),
    Row("POST", "appointments/{appointment}/reschedule/", MOVERS, {"starts_at": "{later_slot}"}),
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
        WRITING,
        {"patient": "{patient}", "text": "A new note."},
    ),
    Row("POST", "notes/prepare/", WRITING_END_TO_END, {"patient": "{patient}"}),
    Row("POST", "notes/sealed/", ok(DOCTORS, 400), {"ticket": "x", "ciphertext": "x", "signature": "", "wraps": []}),
    Row("GET", "notes/{note}/readers/", MANAGER_AND_DOCTOR),
    Row("POST", "notes/{note}/readers/", ok(MANAGER_ONLY, 201), {"doctor": "{doctor}"}),
    Row("DELETE", "notes/{note}/readers/{doctor}/", ok(MANAGER_ONLY, 204)),
    Row("GET", "notes/patient/{patient}/", KNEW_THE_PATIENT),
    Row("GET", "patients/{patient}/notes/", KNEW_THE_PATIENT),
    # --- plans and reminders --------------------------------------------------------------------------
    Row("GET", "action-plans/", SIGNED_IN),
    Row("POST", "action-plans/", WRITING, {"patient": "{patient}", **ENTERED}),
    Row("GET", "action-plans/{plan}/", MANAGER_AND_DOCTOR),
    Row("PATCH", "action-plans/{draft}/", DOCTOR_ONLY, {"dosage_text": "1 tablet twice daily"}),
    Row("GET", "action-plans/{plan}/preview/", MANAGER_AND_DOCTOR),
    Row("POST", "action-plans/{plan}/pause/", ITS_DOCTOR),
    Row("POST", "action-plans/{paused}/resume/", ITS_DOCTOR),
    Row("POST", "action-plans/{plan}/cancel/", ITS_DOCTOR),
    Row("POST", "action-plans/{plan}/change-zone/", MANAGER_ONLY, {"time_zone": "Asia/Tokyo", "times": "LOCAL"}),
    Row("POST", "action-plans/{draft}/activate/", DOCTOR_ONLY, {"duration_days": 3}),
    Row("POST", "action-plans/parse-dosage/", SIGNED_IN, {"text": "1 tablet at night"}),
    Row("GET", "plan-drafts/", SIGNED_IN),
    Row("GET", "plan-drafts/{drafting}/", DOCTOR_ONLY),
    Row("GET", "checklist-items/", SIGNED_IN),
    Row("POST", "checklist-items/", WRITING, {"patient": "{patient}", "task": "Drink water"}),
    Row("GET", "checklist-items/{item}/", MANAGER_AND_DOCTOR),
    Row("PATCH", "checklist-items/{item}/", MANAGER_ONLY, {"is_done": True}),
    Row("GET", "reminders/", SIGNED_IN),
    Row("GET", "reminders/{dose}/", MANAGER_AND_DOCTOR),
    Row("POST", "reminders/{dose}/checkin/", MANAGER_ONLY),
    Row("POST", "reminders/{taken}/undo/", MANAGER_ONLY),
    Row("POST", "reminders/{dose}/snooze/", MANAGER_ONLY),
    Row("POST", "reminders/checkin-batch/", SIGNED_IN, {"answers": [{"dose": "01900000-0000-7000-8000-00000000dead"}]}),
    Row("GET", "reminders/calendar/?patient={patient}", KNEW_THE_PATIENT),
    Row("GET", "reminders/adherence/", SIGNED_IN),
    Row("GET", "patients/{patient}/adherence/", KNEW_THE_PATIENT),
    # --- notifications --------------------------------------------------------------------------------
    Row("GET", "notifications/", SIGNED_IN),
    Row("GET", "notifications/{notification}/", RECIPIENT_ONLY),
    Row("POST", "notifications/{notification}/read/", RECIPIENT_ONLY),
    Row("GET", "notifications/{notification}/deliveries/", RECIPIENT_ONLY),
    Row("POST", "notifications/mark-all-read/", SIGNED_IN),
    Row("GET", "notifications/unread-count/", SIGNED_IN),
    Row("DELETE", "notifications/delete-all/", ok(SIGNED_IN, 204)),
    Row("GET", "notifications/preferences/", SIGNED_IN),
    Row("PUT", "notifications/preferences/", SIGNED_IN, {"allows_detail": True}),
    Row("PATCH", "notifications/preferences/", SIGNED_IN, {"allows_detail": True}),
    # Whoever has the gateway's secret; without its signature nobody learns whether there is such a message.
    Row("POST", "notifications/sms-status/{notification}/", ok(EVERYBODY, 401)),
    Row("POST", "notifications/stream/", ok(SIGNED_IN, 201)),
    # --- advice ---------------------------------------------------------------------------------------
    Row(
        "POST",
        "recommendations/",
        ok(MANAGER_AND_DOCTOR, 201),
        {"medicine_name": "Ibuprofen", "patient": "{patient}"},
    ),
    Row("POST", "recommendations/check/", MANAGER_AND_DOCTOR, {"medicine_name": "Ibuprofen", "patient": "{patient}"}),
    Row("GET", "recommendations/history/", SIGNED_IN),
    Row("GET", "recommendations/{recommendation}/", RECIPIENT_ONLY),
    Row("GET", "recommendations/stats/", ADMIN_ONLY),
    Row("POST", "recommendations/clear-cache/", ADMIN_ONLY.but(admin="204")),
    Row("GET", "medicines/?search=amox", SIGNED_IN),
    Row("POST", "predict/disease/", SIGNED_IN, {"symptoms": ["fever", "cough"]}),
    Row("GET", "predict/symptoms/", SIGNED_IN),
    Row("GET", "predict/diseases/", SIGNED_IN),
    Row("GET", "predict/info/", SIGNED_IN),
    Row("POST", "chat/send-message/", SIGNED_IN, {"question": "What helps against a cold?"}),
    Row("GET", "chat/history/", SIGNED_IN),
    Row("DELETE", "chat/history/clear/", ok(SIGNED_IN, 204)),
    Row("GET", "chat/health/", SIGNED_IN),
    # --- articles -------------------------------------------------------------------------------------
    Row("GET", "blogs/", EVERYBODY),
    Row("POST", "blogs/", ok(DOCTORS, 201), ARTICLE),
    Row("GET", "blogs/my-posts/", DOCTORS),
    Row("GET", "blogs/{article}/", PUBLIC_ROW),
    Row("PUT", "blogs/{article}/", WRITER, ARTICLE),
    Row("PATCH", "blogs/{article}/", WRITER, {"title": "Another good title"}),
    Row("DELETE", "blogs/{article}/", ok(WRITER, 204)),
    Row("GET", "blogs/{article}/image/", PUBLIC_ROW),
    Row("POST", "blogs/{article}/increment-views/", PUBLIC_ROW),
    Row("POST", "blogs/{article}/moderate/", ADMIN_ROW, {"status": "REJECTED", "reason": "Name your sources."}),
    Row("GET", "blogs/{article}/comments/", PUBLIC_ROW),
    Row("GET", "blogs/comments/", EVERYBODY),
    Row(
        "POST",
        "blogs/comments/",
        # Each patient has said something of one article already: saying it again replaces it.
        ok(SIGNED_IN_ROW, 201).but(patient="200 201 201 404", other_patient="201 200 201 404"),
        {"post": "{article}", "text": "This helps."},
    ),
    Row("GET", "blogs/my-comments/", SIGNED_IN),
    Row("GET", "blogs/comments/{comment}/", PUBLIC_ROW),
    Row("PUT", "blogs/comments/{comment}/", RATER, {"text": "Not any more."}),
    Row("PATCH", "blogs/comments/{comment}/", RATER, {"text": "Not any more."}),
    Row("DELETE", "blogs/comments/{comment}/", ok(RATER, 204).but(admin="204 204 204 404")),
]

# Further rows of routes that stand above, about rows in another state.
FURTHER = [
    # Before it is published, an article is its author's and the moderators'.
    Row(
        "GET",
        "blogs/{unpublished}/",
        Policy(dict.fromkeys(EVERYBODY.statuses, "404")).but(
            doctor="200 404 404 404",
            colleague="404 200 404 404",
            foreign_doctor="404 404 200 404",
            admin="200 200 200 404",
        ),
    ),
]
