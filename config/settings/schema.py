"""How the OpenAPI schema, Swagger UI and ReDoc look."""

SPECTACULAR_SETTINGS = {
    "TITLE": "CareLoop",
    "VERSION": "1.0.0",
    "DESCRIPTION": (
        "CareLoop closes the loop of care: a patient books, the doctor writes a note, the note becomes a plan, "
        "doses are reminded in the patient's own time zone until checked in, and the doctor sees adherence.\n\n"
        "**Two clicks to try it:** run `POST /api/v1/auth/login/` with a demo login, then paste the `access` token "
        "under *Authorize*.\n\n"
        "Errors are `application/problem+json` (RFC 9457); lists are keyset pages; ids are UUIDs; times carry an "
        "offset."
    ),
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["apps.accounts.permissions.MayReadSchema"],
    "SERVE_AUTHENTICATION": ["rest_framework.authentication.SessionAuthentication"],
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "displayOperationId": False, "filter": True},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.http.schema.share_problems",
        "apps.core.http.schema.drop_nullable",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Role": "apps.accounts.choices.Role",
        "SelfGivenRole": "apps.accounts.choices.SELF_GIVEN",
        "HospitalStatus": "apps.hospitals.choices.HospitalStatus",
        "DoctorStatus": "apps.hospitals.choices.DoctorStatus",
        "ArticleStatusEnum": "apps.articles.choices.ArticleStatus",
        "ArticleDecisionEnum": "apps.articles.choices.Decision",
        "AppointmentStatus": "apps.appointments.choices.Status",
        "EntryStatusEnum": "apps.patients.choices.EntryStatus",
        "CareSourceEnum": "apps.patients.choices.CareSource",
        "KindEnum": "apps.appointments.choices.RuleKind",
        "GrantKindEnum": "apps.patients.choices.GrantKind",
        "MedicationSourceEnum": "apps.patients.choices.MedicationSource",
        "PlanStateEnum": "apps.reminders.choices.PlanState",
        "DoseStateEnum": "apps.reminders.choices.DoseState",
        "OutcomeEnum": "apps.reminders.choices.Outcome",
    },
    "TAGS": [
        {"name": "auth", "description": "Sign up, sign in, refresh, sign out."},
        {"name": "me", "description": "The login that is calling."},
        {"name": "users", "description": "Every login, for administrators."},
        {"name": "audit-logs", "description": "Who did and read what."},
        {"name": "hospitals", "description": "Hospitals: joining, finding one nearby, departments, staff and doctors."},
        {
            "name": "doctors",
            "description": "The directory of doctors, applying to be one, one's own profile, schedules and free slots.",
        },
        {"name": "patients", "description": "The people cared for, and what is known of them."},
        {"name": "mappings", "description": "Care relationships: which doctors treat which patients."},
        {"name": "access", "description": "Reading a whole record for a while: by a code, or in an emergency."},
        {"name": "records", "description": "Health records with their files, shared and annotated."},
        {"name": "visits", "description": "What a doctor found and planned, with vitals and tests."},
        {"name": "prescriptions", "description": "Issued once, revised by versions, each with its safety check."},
        {"name": "reports", "description": "One's own records, and those one uploaded."},
        {"name": "files", "description": "Files of records, as attachments only."},
        {"name": "appointments", "description": "Booking that cannot double-book."},
        {"name": "notes", "description": "Encrypted notes."},
        {"name": "action-plans", "description": "Plans, drafted from notes or entered, and reading dosage text."},
        {"name": "checklist-items", "description": "Things to do once."},
        {"name": "reminders", "description": "Doses, check-ins, calendar and adherence."},
        {"name": "notifications", "description": "The inbox, and why one was or was not told."},
        {"name": "blogs", "description": "Medical articles by doctors."},
        {"name": "system", "description": "Health of the service."},
    ],
}
