"""What the five systems that CareLoop replaces document: who asks what, under the prefix `/api/v1/`.

`{name}` is a row of the cast's own circle. Left out are pages (`docs/`, `swagger/`, `redoc/`: see README) and the
training of a model by hand (`train/`), which nothing here needs: the knowledge base is part of the code.
"""

import re
from dataclasses import dataclass

SYSTEMS = {
    "000": """
anonymous POST auth/register/
admin POST auth/superuser/register/
anonymous POST auth/login/
anonymous POST auth/refresh/
patient POST auth/logout/
patient POST auth/email/verification/request/
patient POST auth/email/verification/confirm/
patient POST auth/password/update/request/
patient POST auth/password/update/verify/
patient POST auth/password/update/complete/
anonymous POST auth/password/forgot/reset/request/
anonymous POST auth/password/forgot/reset/verify/
anonymous POST auth/password/forgot/reset/complete/
patient GET doctors/
patient POST doctors/assign/
doctor GET doctors/my-patients/
doctor POST notes/create/
doctor GET notes/patient/{patient}/
doctor GET patient-notes/
patient GET patient-notes/
doctor GET action-plans/
doctor POST action-plans/
doctor GET action-plans/{plan}/
doctor GET reminders/
patient GET reminders/
patient POST reminders/{dose}/checkin/
anonymous GET schema/
""",
    "001": """
anonymous POST token/
anonymous POST token/refresh/
anonymous POST accounts/patients/register/
patient GET accounts/me/
patient PUT accounts/me/
patient PATCH accounts/me/
patient POST accounts/change-password/
doctor POST accounts/otp/generate/
doctor POST accounts/otp/verify/
admin GET accounts/users/
admin GET accounts/users/?user_type=DOCTOR
admin GET accounts/dashboard-stats/
anonymous POST hospitals/register/
patient GET hospitals/
admin GET hospitals/?is_approved=false
patient GET hospitals/{hospital}/
hospital PUT hospitals/{hospital}/
hospital PATCH hospitals/{hospital}/
admin PATCH hospitals/{hospital}/approve/
patient GET hospitals/nearby/?lat=1&lng=2&radius_km=10
patient GET hospitals/departments/?hospital_id={hospital}
hospital POST hospitals/departments/
patient GET hospitals/departments/{department}/
hospital PUT hospitals/departments/{department}/
hospital PATCH hospitals/departments/{department}/
hospital DELETE hospitals/departments/{department}/
hospital POST hospitals/doctors/create/
hospital GET hospitals/doctors/
hospital GET hospitals/doctors/{doctor}/
hospital PUT hospitals/doctors/{doctor}/
hospital PATCH hospitals/doctors/{doctor}/
hospital DELETE hospitals/doctors/{doctor}/
patient GET hospitals/{hospital}/departments/
patient GET hospitals/{hospital}/doctors/
patient POST appointments/
patient GET appointments/my-appointments/
hospital GET appointments/hospital-appointments/?status=REQUESTED
doctor GET appointments/doctor-appointments/?status=CONFIRMED
patient GET appointments/{appointment}/
hospital POST appointments/{request}/assign-doctor/
hospital PATCH appointments/{appointment}/status/
patient POST appointments/{appointment}/cancel/
patient GET records/prescriptions/
doctor POST records/prescriptions/create/
patient GET records/prescriptions/{prescription}/
doctor POST records/prescriptions/{prescription}/attachments/
patient GET records/my-reports/
patient GET records/reports/{record}/
patient DELETE records/reports/{record}/
doctor GET records/patients/{patient}/prescriptions/
doctor GET records/patients/{patient}/reports/
patient POST records/patients/{patient}/reports/upload/
doctor GET records/patients/{patient}/summary/
doctor POST recommendations/
doctor GET recommendations/history/
patient GET recommendations/{recommendation}/
admin POST recommendations/clear-cache/
admin GET recommendations/stats/
""",
    "002": """
anonymous POST auth/register/
anonymous POST auth/login/
patient GET users/profile/
patient PUT users/profile/
patient PATCH users/profile/
patient POST doctors/apply/
patient POST doctors/register/
admin PATCH doctors/verify/{applicant}/
doctor GET doctors/profile/
doctor PUT doctors/profile/
doctor PATCH doctors/profile/
patient POST doctors/recommend/
anonymous GET doctors/?specialization=cardiology&min_rating=1&ordering=-rating_avg&search=lena
anonymous GET doctors/search/?search=lena
anonymous GET doctors/{doctor}/
anonymous GET doctors/specializations/
anonymous GET doctors/{doctor}/ratings/
patient POST doctors/{doctor}/ratings/
anonymous GET doctors/{doctor}/ratings/{rating}/
patient PUT doctors/{doctor}/ratings/{rating}/
patient PATCH doctors/{doctor}/ratings/{rating}/
patient DELETE doctors/{doctor}/ratings/{rating}/
anonymous GET doctors/{doctor}/ratings/breakdown/
doctor GET doctors/schedules/
doctor POST doctors/schedules/
doctor GET doctors/schedules/{rule}/
doctor PUT doctors/schedules/{rule}/
doctor PATCH doctors/schedules/{rule}/
doctor DELETE doctors/schedules/{rule}/
doctor GET doctors/schedules/my_schedules/
patient GET appointments/
patient POST appointments/
patient GET appointments/{appointment}/
doctor PUT appointments/{appointment}/
doctor PATCH appointments/{appointment}/
patient DELETE appointments/{appointment}/
patient GET appointments/my-appointments/
doctor GET appointments/doctor-appointments/
doctor GET appointments/doctor/today/
doctor GET appointments/doctor/tomorrow/
doctor GET appointments/doctor/upcoming/
doctor GET appointments/doctor/completed/
doctor PATCH appointments/{appointment}/status/
admin POST appointments/cleanup-missed/
patient DELETE appointments/{appointment}/delete-if-missed/
patient GET prescriptions/
doctor POST prescriptions/
patient GET prescriptions/{prescription}/
doctor PUT prescriptions/{prescription}/
doctor PATCH prescriptions/{prescription}/
doctor DELETE prescriptions/{prescription}/
patient GET prescriptions/by_appointment/?appointment_id={appointment}
doctor GET prescriptions/patient_history/?patient_id={patient}
anonymous GET blog/posts/
doctor POST blog/posts/
anonymous GET blog/posts/{article}/
doctor PUT blog/posts/{article}/
doctor PATCH blog/posts/{article}/
doctor DELETE blog/posts/{article}/
patient POST blog/posts/{article}/increment_views/
doctor GET blog/posts/my_posts/
anonymous GET blogs/
anonymous GET blog/comments/?blog_post={article}
patient POST blog/comments/
anonymous GET blog/comments/{comment}/
patient PUT blog/comments/{comment}/
patient PATCH blog/comments/{comment}/
patient DELETE blog/comments/{comment}/
patient GET blog/comments/my_comments/
patient POST chat/medical/
patient POST chat/send-message/
patient POST chat/
patient GET chat/history/
patient GET chat/history/?limit=20
patient DELETE chat/history/clear/
patient GET chat/health/
patient POST predict/
patient POST predict/disease/
patient GET predict/symptoms/
patient GET predict/info/
patient GET medical-records/
doctor POST medical-records/
doctor GET medical-records/{patient}/
patient GET medical-records/records/
doctor POST medical-records/records/
doctor GET medical-records/records/{visit}/
doctor PUT medical-records/records/{visit}/
doctor PATCH medical-records/records/{visit}/
""",
    "003": """
anonymous POST auth/register/
anonymous POST auth/login/
anonymous POST auth/token/refresh/
patient GET patients/
patient POST patients/
patient GET patients/{patient}/
patient PUT patients/{patient}/
patient DELETE patients/{patient}/
anonymous GET doctors/?specialization=cardiology&available=true
hospital POST doctors/
anonymous GET doctors/{doctor}/
hospital PUT doctors/{doctor}/
hospital DELETE doctors/{doctor}/
patient GET mappings/
patient POST mappings/
patient GET mappings/{patient}/
patient DELETE mappings/{relationship}/
""",
    "004": """
anonymous POST accounts/register/
anonymous POST accounts/login/
patient POST accounts/profile-create/
patient PUT accounts/profile-update/
patient PATCH accounts/profile-update/
patient GET accounts/doctors/
patient GET records/patient/
patient POST records/patient/
patient GET records/patient/{record}/
patient PUT records/patient/{record}/
patient PATCH records/patient/{record}/
patient DELETE records/files/{file}/
doctor GET records/doctor/
doctor GET records/doctor/{record}/
doctor POST records/doctor/annotations/
doctor PUT records/doctor/annotations/{annotation}/
doctor PATCH records/doctor/annotations/{annotation}/
patient GET notifications/
patient GET notifications/{notification}/
patient POST notifications/mark-all-read/
patient DELETE notifications/delete-all/
anonymous GET schema/
""",
}


@dataclass(frozen=True)
class Documented:
    """One method of one address that a system documents, and somebody of the cast who may use it."""

    system: str
    person: str
    method: str
    path: str

    @property
    def address(self) -> str:
        """Return the path without parameters' values and names."""
        return re.sub(r"\{\w+\}", "{}", self.path.partition("?")[0])

    def __str__(self) -> str:
        return f"{self.system} {self.person} {self.method} {self.path}"


DOCUMENTED = [
    Documented(system, *line.split()) for system, text in SYSTEMS.items() for line in text.strip().split("\n")
]
