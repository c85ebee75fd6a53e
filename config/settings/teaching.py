"""What Swagger UI and ReDoc say before the first operation, and their chapters in the order of the loop."""

DESCRIPTION = """\
CareLoop closes the loop of care: a patient books, the doctor writes a note, the note becomes a plan, doses are reminded
of in the patient's own time zone until checked in, and the doctor sees adherence.

## Sign in, in two clicks

Open [`POST /api/v1/auth/login/`](#/auth/auth_login_create) and press *Execute*: the example signs the demo patient in,
and Swagger UI sends that token from then on. Other demo logins, all with the password `careloop-demo`: `doctor`,
`hospital`, `admin`. An access token lasts 15 minutes; then execute again.

## The loop, in two minutes

| | who | call | what to look at |
|---|---|---|---|
| find | patient | `GET doctors/`, `GET doctors/{id}/slots/` | a doctor's `id`, the `starts_at` of a free slot |
| book | patient | `POST appointments/` | `status`; the same slot again is 409 `slot_taken` |
| visit | doctor | `GET appointments/doctor/today/`, `POST visits/` | vitals and tests of the visit |
| prescribe | doctor | `POST prescriptions/` | the safety check, which knows the patient's allergies |
| note | doctor | `POST notes/` | encrypted; dosage lines in it are read |
| plan | doctor | `GET action-plans/`, `POST action-plans/{id}/activate/` | `preview/` shows every dose before |
| remind | patient | `GET reminders/` | `due_at`, in the patient's zone |
| check in | patient | `POST reminders/{id}/checkin/` | reminding stops; a second answer is 409 |
| adherence | doctor | `GET reminders/adherence/` | whoever needs help most stands first |

Bodies are filled in with examples. Where one needs an id, or `{id}` stands in an address, the operation says which call
shows it.

## Conventions

* **Refusals** are `application/problem+json` (RFC 9457): `code` for programs, `detail` for people, `errors` with the
  JSON pointer of each value that cannot be used, `trace_id` for support.
* **404 means absent or not yours**, and looks alike.
* **Lists** are keyset pages: `{next, previous, results}`; an unknown parameter is 400.
* **Repeating** a POST under the same `Idempotency-Key` acts once. **Changing** with `If-Match` refuses with 412 what
  somebody else changed since.
* Ids are UUIDs; times carry an offset.
"""

_LOOP = {
    "auth": "Sign up, sign in, refresh, sign out.",
    "me": "The login that is calling.",
    "doctors": "Find: the directory of doctors, free slots, schedules, applying to be one, one's own profile.",
    "hospitals": "Find: hospitals nearby, joining, departments, staff and doctors.",
    "appointments": "Book: what cannot be booked twice, and everything that becomes of it.",
    "visits": "Visit: what a doctor found and planned, with vitals and tests.",
    "prescriptions": "Prescribe: issued once, revised by versions, each with its safety check.",
    "recommendations": "Prescribe: what speaks against a medicine for a person, and which others pass the same rules.",
    "medicines": "Prescribe: the medicines of the knowledge base.",
    "notes": "Note: encrypted, by whoever treats the patient.",
    "action-plans": "Plan: drafted from notes or entered, and reading dosage text.",
    "checklist-items": "Plan: things to do once.",
    "reminders": "Remind, check in, adherence: doses, answers, calendar and figures.",
    "notifications": "Remind: the inbox, the live stream, and why one was or was not told.",
}
_RECORD = {
    "patients": "The people cared for, what is known of them, and their adherence.",
    "mappings": "Care relationships: which doctors treat which patients.",
    "access": "Reading a whole record for a while: by a code, or in an emergency.",
    "records": "Health records with their files, shared and annotated.",
    "reports": "One's own records, and those one uploaded.",
    "files": "Files of records, as attachments only.",
}
_ADVICE = {
    "predict": "Danger signs, triage and likely diseases for complaints.",
    "chat": "Medical questions, answered with sources.",
    "blogs": "Medical articles by doctors.",
}
_ADMINISTRATION = {
    "dashboard": "The house in figures, and a hospital's own.",
    "users": "Every login, for administrators.",
    "audit-logs": "Who did and read what.",
    "system": "Health of the service.",
}
_CHAPTERS = {
    "The loop of care": _LOOP,
    "The record": _RECORD,
    "Advice": _ADVICE,
    "Administration": _ADMINISTRATION,
}

TAGS = [
    {"name": name, "description": about} for chapter in _CHAPTERS.values() for name, about in chapter.items()
]  # In the order in which a page shows them.
TAG_GROUPS = [{"name": name, "tags": list(chapter)} for name, chapter in _CHAPTERS.items()]
