"""Answers about the clinical record that are not one table's rows, by subject."""

from .standing import Standing, standing_of, treating_doctor
from .verifying import Verification, verify_code

__all__ = ["Standing", "Verification", "standing_of", "treating_doctor", "verify_code"]
