"""What there is, in figures: of the whole house for an administrator, of one hospital for its staff."""

from datetime import datetime

from django.db.models import Count, Q

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.appointments.choices import LIVE, Status
from apps.appointments.models import Appointment
from apps.hospitals.choices import HospitalStatus
from apps.hospitals.models import Doctor, Hospital
from apps.patients.models import Patient


def dashboard_stats(*, reader: User, now: datetime) -> dict[str, int]:
    """Return how many there are of what the reader answers for. Five queries, each a count by an index."""
    if reader.role == Role.ADMIN:
        users, patients, doctors = User.objects.all(), Patient.objects.all(), Doctor.objects.all()
        hospitals, appointments = Hospital.objects.all(), Appointment.objects.all()
    else:
        hospitals = Hospital.objects.staffed_by(reader)
        ids = hospitals.order_by().values("pk")
        users = User.objects.filter(
            Q(pk__in=User.objects.filter(staff_member__hospital__in=ids).values("pk"))
            | Q(pk__in=User.objects.filter(doctor__hospital__in=ids).values("pk"))
        )
        patients = Patient.objects.registered_at_hospital_of(reader)
        doctors = Doctor.objects.filter(hospital__in=ids)
        appointments = Appointment.objects.of_hospital_of(reader)
    return {
        "total_users": users.count(),
        "total_patients": patients.count(),
        "total_doctors": doctors.count(),
        **hospitals.order_by().aggregate(
            total_hospitals=Count("pk"),
            approved_hospitals=Count("pk", filter=Q(status=HospitalStatus.APPROVED)),
            pending_hospitals=Count("pk", filter=Q(status=HospitalStatus.PENDING)),
        ),
        **appointments.order_by().aggregate(
            total_appointments=Count("pk"),
            pending_appointments=Count("pk", filter=Q(status=Status.REQUESTED)),
            upcoming_appointments=Count("pk", filter=Q(status__in=LIVE, ends_at__gt=now)),
            completed_appointments=Count("pk", filter=Q(status=Status.COMPLETED)),
        ),
    }
