"""Answers about the clinical record that are not one table's rows, by subject."""

from .verifying import Verification, verify_code
from .writing import RightToWrite, right_to_write, treating_doctor

__all__ = ["RightToWrite", "Verification", "right_to_write", "treating_doctor", "verify_code"]
