"""The columns that no administrator sees: clinical words and figures, and whatever is sealed. Each is named here once.

The admin leaves them out of every page and refuses to search or filter by them (`core.admin`); a check refuses a page
that names one (careloop.E004), and a test refuses a column of text that stands neither here nor among the harmless.
"""

_ENTRY = ("notes", "started_date", "ended_date", "entered_in_error_at")
_FIGURES = (
    *("temperature_c", "systolic_mmhg", "diastolic_mmhg", "heart_rate_bpm"),
    *("respiratory_rate_bpm", "spo2_percent", "weight_kg", "height_cm"),
)

CONFIDENTIAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts.KeyPair": ("private_key_sealed", "signing_private_key_sealed"),
    "accounts.TotpDevice": ("secret_sealed",),
    "accounts.User": ("password",),
    "appointments.Appointment": ("reason", "cancelled_reason", "notes", "overbooking_reason"),
    "core.StoredAnswer": ("sealed_answer",),
    "core.StoredFile": ("name",),
    "patients.AccessGrant": ("reason", "review_notes"),
    "patients.Allergy": (*_ENTRY, "substance", "reaction", "severity"),
    "patients.CareRelationship": ("notes",),
    "patients.Condition": (*_ENTRY, "name", "code"),
    "patients.HealthFacts": ("is_pregnant", "due_date", "is_lactating", "weight_kg", "weight_date"),
    "patients.Medication": (*_ENTRY, "name", "dosage", "source"),
    "patients.Patient": ("sex", "blood_group"),
    "recommendations.ChatMessage": ("content_sealed",),
    "recommendations.Recommendation": ("content_sealed",),
    "records.Annotation": ("text",),
    "records.AnnotationVersion": ("text",),
    "records.HealthRecord": ("title", "description", "record_type", "record_date"),
    "records.Note": ("ciphertext", "signature"),
    "records.NoteKeyWrap": ("wrapped_key",),
    "records.OrderedTest": ("name", "instructions", "result"),
    "records.Prescription": (
        *("diagnosis", "chief_complaint", "investigations", "referral", "advice"),
        *("follow_up_date", "verification_code"),
    ),
    "records.PrescriptionAttachment": ("description",),
    "records.PrescriptionLine": ("name", "dosage", "frequency", "duration", "instructions", "structured"),
    "records.SafetyCheck": ("findings", "not_checked", "is_critical", "override_reason"),
    "records.Visit": (
        *("chief_complaint", "symptoms", "medical_history", "diagnosis", "diagnosis_code"),
        *("plan", "needs_follow_up", "follow_up_date"),
    ),
    "records.Vitals": _FIGURES,
    "reminders.ActionPlan": ("action_sealed", "dosage_sealed", "safety_sealed", "schedule"),
    "reminders.ChecklistItem": ("task_sealed",),
    "reminders.Dose": ("skip_reason_sealed",),
    "reminders.PlanDraft": ("not_drafted_sealed",),
}
