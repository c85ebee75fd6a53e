"""Whether a prescription is genuine."""

from dataclasses import dataclass

from apps.records.models import Prescription


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a code is genuine, and whether no newer version was issued."""

    is_genuine: bool
    is_current: bool


def verify_code(code: str) -> Verification:
    """Return whether a prescription of this code was issued here; in any case, with spaces and hyphens."""
    typed = "".join(letter for letter in code.upper() if letter.isalnum())
    found = Prescription.objects.filter(verification_code=typed).select_related("successor").first()
    return Verification(found is not None, found is not None and not hasattr(found, "successor"))
