"""Hospitals, their departments and staff, and doctors with their applications."""

from apps.hospitals.models.doctors import Doctor, DoctorApplication
from apps.hospitals.models.papers import ApplicationPaper
from apps.hospitals.models.places import Department, Hospital, StaffMember

__all__ = ["ApplicationPaper", "Department", "Doctor", "DoctorApplication", "Hospital", "StaffMember"]
