"""What may be uploaded: more than 120 files that mean harm, each refused or made harmless, and good ones taken."""

import io

import pytest
from PIL import Image

from apps.core.testing.uploads import (
    EICAR,
    HOSTILE_NAMES,
    SENTINEL,
    Upload,
    docx,
    good_uploads,
    hostile_uploads,
    pdf,
    picture,
)
from apps.core.uploads import Accepted, Limits, Refused, clean_name, inspect_upload

HOSTILE = list(hostile_uploads())
PAYLOADS = (SENTINEL, EICAR, b"<script", b"<html", b"PK\x05\x06", b"alert(1)", b"48/1")
# Those that are not refused but made harmless: pictures are drawn anew, and names are cleaned.
TAKEN_PREFIXES = ("jpg with", "png with", "the name")


def judged(upload: Upload) -> Accepted | str:
    try:
        return inspect_upload(name=upload.name, content=upload.content, limits=Limits())
    except Refused as refusal:
        return refusal.code


def test_there_are_at_least_120_of_them():
    assert len(HOSTILE) >= 120
    assert len({each.what for each in HOSTILE}) == len(HOSTILE)


@pytest.mark.parametrize("upload", HOSTILE, ids=lambda each: each.what)
def test_what_means_harm_is_refused_or_made_harmless(upload):
    outcome = judged(upload)
    if isinstance(outcome, str):
        return
    assert upload.what.startswith(TAKEN_PREFIXES), f"{upload.what} was taken"
    assert not any(payload in outcome.content for payload in PAYLOADS)
    assert not set(outcome.name) & set('/\\"<>|:*?;%\r\n\0\u202e')
    assert outcome.media_type in {"application/pdf", "image/jpeg", "image/png"}


@pytest.mark.parametrize("upload", list(good_uploads()), ids=lambda each: each.what)
def test_good_files_are_taken(upload):
    outcome = judged(upload)
    assert isinstance(outcome, Accepted), outcome


class TestPictures:
    def test_a_picture_keeps_its_pixels_and_loses_the_rest(self):
        source = Image.new("RGB", (40, 20), (10, 200, 30))
        out = io.BytesIO()
        source.save(out, "PNG", dpi=(300, 300))
        kept = inspect_upload(name="a.png", content=out.getvalue(), limits=Limits())
        shown = Image.open(io.BytesIO(kept.content))
        assert shown.tobytes() == source.tobytes()
        assert not shown.info

    def test_it_is_turned_as_its_metadata_said(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        kept = inspect_upload(name="a.jpg", content=picture("JPEG", size=(40, 20), exif=exif), limits=Limits())
        shown = Image.open(io.BytesIO(kept.content))
        assert shown.size == (20, 40)
        assert not shown.getexif()

    def test_the_cap_is_on_pixels_and_exact(self):
        limits = Limits(max_pixels=100)
        assert inspect_upload(name="a.png", content=picture(size=(10, 10)), limits=limits)
        with pytest.raises(Refused, match="too_many_pixels"):
            inspect_upload(name="a.png", content=picture(size=(101, 1)), limits=limits)

    def test_sixteen_bits_of_grey_are_kept(self):
        kept = inspect_upload(name="a.png", content=picture(mode="I;16"), limits=Limits())
        assert Image.open(io.BytesIO(kept.content)).mode == "I;16"


class TestLimits:
    def test_the_size_is_exact(self):
        content = pdf()
        assert inspect_upload(name="a.pdf", content=content, limits=Limits(max_bytes=len(content)))
        with pytest.raises(Refused, match="file_too_large"):
            inspect_upload(name="a.pdf", content=content, limits=Limits(max_bytes=len(content) - 1))

    def test_what_a_document_unpacks_to_is_capped(self):
        with pytest.raises(Refused, match="unpacks_to_too_much"):
            inspect_upload(name="a.docx", content=docx(), limits=Limits(max_inflated_bytes=100))


class TestNames:
    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    def test_no_name_is_a_path_or_a_header(self, name):
        cleaned = clean_name(name)
        assert 0 < len(cleaned) <= 120
        assert not set(cleaned) & set('/\\"<>|:*?;%\r\n\0\u202e')
        assert not cleaned.startswith(".")

    def test_an_ordinary_name_stays(self):
        assert clean_name("Blood test, May 2026.pdf") == "Blood test, May 2026.pdf"
