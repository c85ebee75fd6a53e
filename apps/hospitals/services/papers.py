"""Documents of applications and pictures of doctors: owned with the row that needs them, removed with their bytes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import audit
from apps.core import files as store
from apps.core.errors import InvalidInput, NotAllowed
from apps.core.files import WORDS, WrittenFile
from apps.hospitals.choices import DoctorStatus, PaperKind
from apps.hospitals.models import ApplicationPaper, Doctor, DoctorApplication
from apps.hospitals.services.applications import AlreadyDecided, apply_as_doctor

PICTURES = ("image/jpeg", "image/png")


def apply_with_papers(*, actor: User, files: Sequence[WrittenFile], now: datetime, **profile: Any) -> DoctorApplication:
    """Hand in the actor's application with its documents, in one transaction; raises as `apply_as_doctor` does."""
    with transaction.atomic():
        application = apply_as_doctor(actor=actor, now=now, **profile)
        _own(application, PaperKind.OTHER, files)
    return application


def add_papers(
    *, actor: User, application: DoctorApplication, kind: PaperKind, files: Sequence[WrittenFile], now: datetime
) -> list[ApplicationPaper]:
    """Add documents to one's own application while it waits. Raises NotAllowed, AlreadyDecided and InvalidInput."""
    if not files:
        raise InvalidInput("files", _("Send at least one file."), code="required")
    with transaction.atomic():
        locked = _own_and_open(actor, application)
        added = _own(locked, kind, files)
        audit.record("application_papers_added", actor_id=actor.pk, subject=locked, details={"files": len(added)})
    return added


def remove_paper(*, actor: User, paper: ApplicationPaper, now: datetime) -> None:
    """Remove a document of one's own application while it waits. Raises NotAllowed and AlreadyDecided."""
    with transaction.atomic():
        locked = _own_and_open(actor, paper.application)
        store.remove(paper.file, now=now)
        audit.record("application_paper_removed", actor_id=actor.pk, subject=locked, details={"paper": str(paper.pk)})


def look_at_paper(*, actor: User, paper: ApplicationPaper) -> None:
    """Write down that an administrator read somebody's document."""
    if paper.application.doctor.user_id != actor.pk:
        audit.record("application_paper_read", actor_id=actor.pk, subject=paper)


def set_image(*, actor: User, files: Sequence[WrittenFile], now: datetime) -> Doctor:
    """Make one picture, drawn anew already, the actor's; the one before goes. Raises InvalidInput, NotAllowed."""
    if len(files) != 1:
        raise InvalidInput("file", _("Send one picture."), code="required")
    if files[0].media_type not in PICTURES:
        raise InvalidInput("file", WORDS["file_type_not_allowed"], code="file_type_not_allowed")
    return _change_image(actor, files[0], now)


def remove_image(*, actor: User, now: datetime) -> None:
    """Remove the actor's picture; none is no error. Raises NotAllowed."""
    _change_image(actor, None, now)


def _change_image(actor: User, written: WrittenFile | None, now: datetime) -> Doctor:
    with transaction.atomic():
        # Locked, so that of two pictures at once the first one's bytes go.
        doctor = Doctor.objects.select_for_update(of=("self",)).select_related("image").filter(user=actor).first()
        if doctor is None:
            raise NotAllowed
        before, doctor.image = doctor.image, store.attach(written) if written else None
        doctor.save(update_fields=["image", "updated_at"])
        if before is not None:
            store.remove(before, now=now)
        audit.record("doctor_image_changed", actor_id=actor.pk, subject=doctor, tenant_id=doctor.hospital_id)
    return doctor


def _own_and_open(actor: User, application: DoctorApplication) -> DoctorApplication:
    """Return the application locked, so that nothing changes under a decision."""
    locked = DoctorApplication.objects.select_for_update(of=("self",)).select_related("doctor").get(pk=application.pk)
    if locked.doctor.user_id != actor.pk:
        raise NotAllowed
    if locked.status != DoctorStatus.PENDING:
        raise AlreadyDecided
    return locked


def _own(application: DoctorApplication, kind: PaperKind, files: Sequence[WrittenFile]) -> list[ApplicationPaper]:
    if application.papers.present().count() + len(files) > settings.UPLOAD_MAX_FILES:
        raise InvalidInput("files", WORDS["too_many_files"], code="too_many_files")
    return [
        ApplicationPaper.objects.create(application=application, kind=kind, file=store.attach(each)) for each in files
    ]
