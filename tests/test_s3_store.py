"""The private store in a bucket, by the settings that production reads, against a server that speaks S3."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core import files
from apps.core.models import StoredFile
from apps.core.testing.s3 import Bucket, s3_server
from apps.core.testing.uploads import pdf
from config.settings.base import private_store
from tests.care import client_of, make_care

SECRET = "not-so-secret"


@pytest.fixture
def bucket(settings, monkeypatch) -> Iterator[Bucket]:
    """A bucket that the store is told of by the environment, as in production."""
    with s3_server(Bucket("careloop-files", access_key="AK-TEST")) as served:
        for name, value in {
            "S3_BUCKET": served.name,
            "S3_ENDPOINT_URL": served.url,
            "S3_REGION": "eu-west-1",
            "S3_ACCESS_KEY": served.access_key,
            "S3_SECRET_KEY": SECRET,
            "S3_PREFIX": "private",
        }.items():
            monkeypatch.setenv(name, value)
        settings.STORAGES = {**settings.STORAGES, "private": private_store(Path("nowhere"))}
        yield served


def write() -> files.WrittenFile:
    return files.write_upload(field="file", name="report.pdf", stream=io.BytesIO(pdf()))


@pytest.mark.django_db
class TestBucket:
    def test_a_file_is_found_again_byte_for_byte_below_the_prefix(self, bucket):
        file = files.attach(write())
        assert bucket.objects == {f"private/{file.key}": pdf()}
        with files.open_bytes(file) as stream:
            assert stream.read() == pdf()

    def test_what_no_row_owns_is_swept_by_its_name(self, bucket, now):
        owned, lost = files.attach(write()), write()
        bucket.objects["private/somebody/else"] = b"x"
        assert files.sweep_files(now=now) == 0
        assert files.sweep_files(now=now + files.UNOWNED_AFTER + timedelta(minutes=1)) == 1
        assert f"private/{lost.key}" not in bucket.objects
        assert set(bucket.objects) == {f"private/{owned.key}", "private/somebody/else"}

    def test_a_record_comes_and_goes_through_the_doors(self, bucket, now):
        care = make_care(now)
        patient = client_of(care.manager, now=now)
        body = {"title": "Blood", "files": [SimpleUploadedFile("blood.pdf", pdf())]}
        made = patient.post("/api/v1/records/", body, format="multipart")
        assert made.status_code == 201, made.json()
        answer = patient.get(f"/api/v1/files/{made.json()['files'][0]['id']}/download/")
        assert b"".join(answer.streaming_content) == pdf()
        assert set(bucket.objects) == {f"private/{StoredFile.objects.get().key}"}

    def test_a_refused_record_leaves_nothing_there(self, bucket, now):
        patient = client_of(make_care(now).manager, now=now)
        body = {"title": "", "files": [SimpleUploadedFile("blood.pdf", pdf())]}
        assert patient.post("/api/v1/records/", body, format="multipart").status_code == 400
        assert bucket.objects == {}
        assert "DELETE" in {method for method, _key in bucket.asked}


@pytest.mark.django_db(transaction=True)
def test_removing_takes_the_bytes(bucket, now):
    file = files.attach(write())
    files.remove(file, now=now)
    assert bucket.objects == {}


def test_without_a_bucket_it_is_a_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("S3_BUCKET", raising=False)
    assert private_store(tmp_path)["BACKEND"] == "apps.core.storage.DurableStorage"
