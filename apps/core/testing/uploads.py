"""Uploads made by code: good ones of each kind, and more than a hundred and twenty that mean harm."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from PIL import Image, PngImagePlugin

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SENTINEL = b"SENTINEL-OF-METADATA"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SECTOR = 512


@dataclass(frozen=True)
class Upload:
    """A file as a caller sends it."""

    what: str
    name: str
    content: bytes


# --- Good ones -------------------------------------------------------------------------------------------------


def picture(form: str = "PNG", size: tuple[int, int] = (8, 6), mode: str = "RGB", **options: object) -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new(mode, size, 3 if mode in {"L", "P", "I;16"} else None).save(out, form, **options)
    return out.getvalue()


def pdf(*objects: bytes, trailer: bytes = b"", version: bytes = b"1.7") -> bytes:
    """Return a PDF of one empty page, with more objects, and more in its trailer."""
    body = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"]
    body += [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>", *objects]
    out, places = b"%PDF-" + version + b"\n%\xe2\xe3\xcf\xd3\n", []
    for number, each in enumerate(body, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(places) + 1, table)
    return out + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, trailer, start)


def pdf_stream(described: bytes, content: bytes) -> bytes:
    """Return a stream object."""
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (described, len(content), content)


def docx_parts() -> dict[str, str]:
    """Return the parts of a small document."""
    return {
        "[Content_Types].xml": (
            f'<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{MAIN}"/></Types>'
        ),
        "_rels/.rels": relations(("officeDocument", "word/document.xml", "")),
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>Well.</w:t></w:r></w:p></w:body>'
        "</w:document>",
        "word/_rels/document.xml.rels": relations(("hyperlink", "https://example.org/", "External")),
    }


def relations(*each: tuple[str, str, str]) -> str:
    """Return a part of relations: (type, target, mode)."""
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{RELATIONS}/{kind}" Target="{target}" TargetMode="{mode or "Internal"}"/>'
        for number, (kind, target, mode) in enumerate(each)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{rows}</Relationships>'


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return the parts as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def docx(**changes: str | bytes) -> bytes:
    """Return a small document, some of its parts changed; names are written with `__` for `/` and `_DOT_` for a dot."""
    named = {name.replace("_DOT_", ".").replace("__", "/"): part for name, part in changes.items()}
    return packed({**docx_parts(), **named})


def compound(streams: Mapping[str, bytes], storages: tuple[str, ...] = ()) -> bytes:
    """Return a compound file (MS-CFB, version 3) with these streams and empty storages at its root."""
    end, free, fat_sector, none = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
    names = [*streams, *storages]
    padded = {name: content.ljust(4096, b"\0") for name, content in streams.items()}  # No mini stream below 4096.
    directory_sectors = -(-(len(names) + 1) // 4)
    fat, start, first = [fat_sector], 1 + directory_sectors, {}
    fat += [2 + number if number < directory_sectors - 1 else end for number in range(directory_sectors)]
    for name, content in padded.items():
        count = -(-len(content) // SECTOR)
        first[name] = start
        fat += [start + 1 + number if number < count - 1 else end for number in range(count)]
        start += count
    assert len(fat) <= 128
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    entries = [_entry("Root Entry", 5, start=end, size=0, child=1 if names else none)]
    for number, name in enumerate(names, 1):
        right = number + 1 if number < len(names) else none
        size = len(padded[name]) if name in streams else 0
        kind, at = (2, first[name]) if name in streams else (1, 0)
        entries.append(_entry(name, kind, start=at, size=size, right=right))
    directory = b"".join(entries).ljust(directory_sectors * SECTOR, b"\0")
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(SECTOR, b"\xff")
    body = b"".join(content.ljust(-(-len(content) // SECTOR) * SECTOR, b"\0") for content in padded.values())
    return header.ljust(SECTOR, b"\0") + table + directory + body


def _entry(name: str, kind: int, *, start: int, size: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    head = written.ljust(64, b"\0") + struct.pack("<HBB", len(written), kind, 1)
    return head + struct.pack("<III", 0xFFFFFFFF, right, child) + bytes(36) + struct.pack("<IQ", start, size)


def fib(flags: int = 0) -> bytes:
    """Return the beginning of a Word stream."""
    return b"\xec\xa5\xc1\x00" + bytes(6) + struct.pack("<H", flags) + bytes(20)


def doc(flags: int = 0, streams: Mapping[str, bytes] | None = None, storages: tuple[str, ...] = ()) -> bytes:
    """Return a small document of the old kind."""
    return compound({"WordDocument": fib(flags), "1Table": b"x", **(streams or {})}, storages)


def good_uploads() -> Iterator[Upload]:
    """Yield files that are taken."""
    yield Upload("png", "scan.png", picture())
    yield Upload("grey png", "scan.PNG", picture(mode="L"))
    yield Upload("palette png", "scan.png", picture(mode="P"))
    yield Upload("clear png", "scan.png", picture(mode="RGBA"))
    yield Upload("jpg", "x-ray.jpg", picture("JPEG"))
    yield Upload("jpeg", "x-ray.JPEG", picture("JPEG", mode="CMYK"))
    yield Upload("pdf", "report.pdf", pdf())
    yield Upload("pdf that opens on its page", "report.pdf", pdf(b"<< /OpenAction [3 0 R /Fit] >>"))
    yield Upload("pdf that speaks of /AA", "report.pdf", pdf(b"<< /URI (https://example.org/AA) >>"))
    yield Upload("pdf with fields", "form.pdf", pdf(b"<< /AcroForm << /Fields [] >> >>"))
    yield Upload(
        "pdf with object stream",
        "report.pdf",
        pdf(pdf_stream(b"/Type /ObjStm /Filter /FlateDecode", zlib.compress(b"1 0 << /A 1 >>"))),
    )
    yield Upload("docx", "letter.docx", docx())
    yield Upload("doc", "letter.doc", doc())


# --- Those that mean harm --------------------------------------------------------------------------------------


def hostile_uploads() -> Iterator[Upload]:
    """Yield files of which each is refused, or served back harmless."""
    yield from _wrong_kinds()
    yield from _wrong_contents()
    yield from _polyglots()
    yield from _hostile_pictures()
    yield from _hostile_pdfs()
    yield from _hostile_docx()
    yield from _hostile_docs()
    yield from _hostile_names()


def _wrong_kinds() -> Iterator[Upload]:
    page = b"<!doctype html><script>alert(1)</script>"
    for extension in ("html", "htm", "svg", "xml", "xhtml", "js", "mjs", "css", "exe", "dll", "sh", "bat", "ps1"):
        yield Upload(f"a page as {extension}", f"file.{extension}", page)
    for extension in ("php", "py", "jar", "zip", "gz", "tar", "7z", "rar", "iso", "lnk", "hta", "eml", "msg"):
        yield Upload(f"a good pdf as {extension}", f"file.{extension}", pdf())
    for extension in ("docm", "dotm", "dotx", "rtf", "xls", "xlsx", "ppt", "odt", "gif", "webp", "bmp", "tiff"):
        yield Upload(f"a good docx as {extension}", f"file.{extension}", docx())
    yield Upload("no extension", "file", pdf())
    yield Upload("only an extension", ".pdf", b"")
    yield Upload("two extensions", "report.pdf.exe", pdf())
    yield Upload("an extension hidden by a space", "report.exe .", pdf())


def _wrong_contents() -> Iterator[Upload]:
    bodies = {
        "a page": b"<!doctype html><html><script>alert(1)</script></html>",
        "a drawing that runs": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "a program": b"MZ" + bytes(400),
        "an ELF": b"\x7fELF" + bytes(400),
        "EICAR": EICAR,
    }
    for extension in ("pdf", "jpg", "png", "doc", "docx"):
        for what, body in bodies.items():
            yield Upload(f"{what} as {extension}", f"file.{extension}", body)
        yield Upload(f"nothing as {extension}", f"file.{extension}", b"")
    yield Upload("png as jpg", "file.jpg", picture())
    yield Upload("jpg as png", "file.png", picture("JPEG"))
    yield Upload("docx as doc", "file.doc", docx())
    yield Upload("doc as docx", "file.docx", doc())
    yield Upload("pdf as docx", "file.docx", pdf())
    yield Upload("zip as docx", "file.docx", packed({"a.txt": "x"}))
    yield Upload("xlsx as docx", "file.docx", packed({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<x/>"}))
    yield Upload("ole without word", "file.doc", compound({"Workbook": b"x"}))
    yield Upload("too large", "file.pdf", pdf() + b" " * 10 * 1024 * 1024)


def _polyglots() -> Iterator[Upload]:
    page = b"<html><script>alert(1)</script></html>"
    archive = packed({"payload.js": "alert(1)"})
    yield Upload("jpg with zip behind", "file.jpg", picture("JPEG") + archive)
    yield Upload("jpg with page behind", "file.jpg", picture("JPEG") + page)
    yield Upload("jpg with page as comment", "file.jpg", picture("JPEG", comment=page))
    yield Upload("png with zip behind", "file.png", picture() + archive)
    yield Upload("png with page behind", "file.png", picture() + page)
    yield Upload("png with EICAR behind", "file.png", picture() + EICAR)
    yield Upload("pdf with zip behind", "file.pdf", pdf() + archive)
    yield Upload("pdf with zip before its end", "file.pdf", pdf().replace(b"trailer", archive + b"\ntrailer"))
    yield Upload("pdf behind a picture", "file.pdf", picture() + pdf())
    yield Upload("pdf behind a page", "file.pdf", page + pdf())
    yield Upload("pdf with page in front", "file.pdf", pdf().replace(b"\n%\xe2", b"\n%" + page + b"\n%\xe2"))
    yield Upload("pdf with page further on", "file.pdf", pdf(b"(" + b"x" * 3000 + b")", page))
    yield Upload("pdf with rar", "file.pdf", pdf(b"Rar!\x1a\x07\x01\x00"))
    yield Upload("pdf with 7z", "file.pdf", pdf(b"7z\xbc\xaf\x27\x1c"))
    yield Upload("pdf with a second one behind", "file.pdf", pdf() + b"more")
    yield Upload("docx behind a program", "file.docx", b"MZ" + docx())
    yield Upload("docx with page in front", "file.docx", page + docx())
    yield Upload("docx with page behind", "file.docx", docx() + page)
    yield Upload("docx with pdf as comment", "file.docx", _with_comment(docx(), pdf()))
    yield Upload("doc with zip behind", "file.doc", doc() + archive)
    yield Upload("doc with page behind", "file.doc", doc() + page)


def _with_comment(archive: bytes, comment: bytes) -> bytes:
    return archive[:-2] + struct.pack("<H", len(comment)) + comment


def _hostile_pictures() -> Iterator[Upload]:
    exif = Image.Exif()
    exif[0x010E], exif[0x8825] = SENTINEL.decode(), {1: "N", 2: (48.0, 51.0, 0.0)}
    yield Upload("jpg with a place in its metadata", "file.jpg", picture("JPEG", exif=exif))
    yield Upload("png with metadata", "file.png", picture(exif=exif))
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", SENTINEL.decode() + "<script>alert(1)</script>")
    told.add_text("Packed", SENTINEL.decode() * 20, zip=True)
    yield Upload("png with text", "file.png", picture(pnginfo=told))
    yield Upload("jpg with a profile", "file.jpg", picture("JPEG", icc_profile=SENTINEL * 10))
    yield Upload("jpg with comment", "file.jpg", picture("JPEG", comment=SENTINEL))
    yield Upload("png of 12000 x 12000", "file.png", _claimed_png(12_000, 12_000))
    yield Upload("png of 2 billion x 2 billion", "file.png", _claimed_png(2**31 - 1, 2**31 - 1))
    yield Upload("png of 0 x 0", "file.png", _claimed_png(0, 0))
    yield Upload("png cut off", "file.png", picture(size=(300, 300))[:-40])
    yield Upload("jpg cut off", "file.jpg", picture("JPEG", size=(300, 300))[:60])
    yield Upload("png of its magic only", "file.png", b"\x89PNG\r\n\x1a\n")
    yield Upload("jpg of its magic only", "file.jpg", b"\xff\xd8\xff\xe0")
    yield Upload(
        "png with a text bomb", "file.png", _with_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000), 9))
    )
    yield Upload("png with damaged pixels", "file.png", picture().replace(b"IDAT", b"IDAT\xff\xff"))


def _claimed_png(width: int, height: int) -> bytes:
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IDAT", zlib.compress(bytes(1000))) + _chunk(b"IEND", b"")


def _with_chunk(kind: bytes, body: bytes) -> bytes:
    whole = picture()
    return whole[:33] + _chunk(kind, body) + whole[33:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _hostile_pdfs() -> Iterator[Upload]:
    script = b"<< /Type /Action /S /JavaScript /JS (app.alert(1)) >>"
    acts = {
        "a script": script,
        "a script of another name": b"<< /S /J#61vaScript /#4aS (x) >>",
        "a script written in escapes only": b"<< /S /#4A#61#76#61#53#63#72#69#70#74 >>",
        "only /JS": b"<< /JS 9 0 R >>",
        "an action on opening": b"<< /OpenAction 9 0 R >>",
        "an action written out": b"<< /OpenAction << /S /URI /URI (https://example.org) >> >>",
        "an escaped action on opening": b"<< /Open#41ction << /S /URI >> >>",
        "additional actions": b"<< /AA << /O 9 0 R >> >>",
        "escaped additional actions": b"<< /#41A << /O 9 0 R >> >>",
        "a launch": b"<< /S /Launch /F (cmd.exe) >>",
        "a file inside": b"<< /Type /EmbeddedFile >>",
        "files inside": b"<< /Names << /EmbeddedFiles 9 0 R >> >>",
        "a form that sends": b"<< /S /SubmitForm /F (https://example.org) >>",
        "a form that reads": b"<< /S /ImportData /F (x) >>",
        "a remote go-to": b"<< /S /GoToR /F (//example.org/share) >>",
        "an embedded go-to": b"<< /S /GoToE >>",
        "rich media": b"<< /Subtype /RichMedia >>",
        "a rendition": b"<< /S /Rendition >>",
        "a dynamic form": b"<< /AcroForm << /XFA 9 0 R >> >>",
        "a portfolio": b"<< /Collection << >> >>",
    }
    for what, each in acts.items():
        yield Upload(f"pdf with {what}", "file.pdf", pdf(each))
        if what in {"a script", "only /JS", "additional actions", "an action on opening", "a launch"}:
            hidden = pdf_stream(b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", zlib.compress(b"9 0 " + each))
            yield Upload(f"pdf with {what} in an object stream", "file.pdf", pdf(hidden))
    yield Upload(
        "pdf with a script in an unpacked object stream", "file.pdf", pdf(pdf_stream(b"/Type /ObjStm", script))
    )
    renamed = pdf_stream(b"/Type /Obj#53tm /Filter /FlateDecode", zlib.compress(script))
    yield Upload("pdf with an object stream of another name", "file.pdf", pdf(renamed))
    twice = pdf_stream(b"/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]", zlib.compress(script).hex().encode())
    yield Upload("pdf with an object stream packed twice", "file.pdf", pdf(twice))
    bomb = pdf_stream(b"/Type /ObjStm /Filter /FlateDecode", zlib.compress(bytes(200_000_000), 9))
    yield Upload("pdf with a bomb", "file.pdf", pdf(bomb))
    bent = pdf_stream(b"/Type /ObjStm /Filter /FlateDecode", b"not packed at all")
    yield Upload("pdf with a damaged object stream", "file.pdf", pdf(bent))
    yield Upload("pdf that is encrypted", "file.pdf", pdf(trailer=b"/Encrypt 9 0 R"))
    yield Upload("pdf of its header only", "file.pdf", b"%PDF-1.7\n")
    yield Upload("pdf of version 9", "file.pdf", pdf(version=b"9.9"))
    yield Upload("pdf without an end", "file.pdf", pdf().replace(b"%%EOF", b""))


def _hostile_docx() -> Iterator[Upload]:
    document = docx_parts()["word/document.xml"]
    types = docx_parts()["[Content_Types].xml"]
    macro = types.replace(MAIN, "application/vnd.ms-word.document.macroEnabled.main+xml")
    template = types.replace(MAIN, "application/vnd.ms-word.template.macroEnabledTemplate.main+xml")
    parts: dict[str, dict[str, str | bytes]] = {
        "macros": {"word/vbaProject.bin": b"\xd0\xcf"},
        "macros elsewhere": {"custom/VBAPROJECT.bin": b"\xd0\xcf"},
        "macros by type": {"[Content_Types].xml": macro},
        "a template with macros by type": {"[Content_Types].xml": template},
        "a control": {"word/activeX/activeX1.xml": "<x/>"},
        "an embedded object": {"word/embeddings/oleObject1.bin": b"\xd0\xcf"},
        "an embedded program": {"word/media/run.exe": b"MZ"},
        "an embedded page": {"word/chunk.html": "<script>alert(1)</script>"},
        "a way out of its folder": {"../../etc/passwd": "x"},
        "an absolute name": {"/etc/passwd": "x"},
        "a name of Windows": {"C:\\run.xml": "<x/>"},
        "an entity": {"word/document.xml": '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'},
        "a billion laughs": {"word/document.xml": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'},
        "an entity in another encoding": {"word/document.xml": "\ufeff<!DOCTYPE x><x/>".encode("utf-16")},
        "a document that is no XML": {"word/document.xml": "<w:document"},
        "a field that starts a program": {
            "word/document.xml": document.replace("<w:t>Well.</w:t>", "<w:instrText>DDEAUTO c:\\x</w:instrText>")
        },
        "a field in pieces": {
            "word/document.xml": document.replace(
                "<w:t>Well.</w:t>", "<w:instrText>DDEA</w:instrText><w:instrText>UTO x</w:instrText>"
            )
        },
        "a simple field that starts a program": {
            "word/document.xml": document.replace("<w:r>", '<w:fldSimple w:instr="DDE x y"/><w:r>')
        },
        "a part that unpacks to much": {"word/media/big.xml": b"<x>" + bytes(1) * 30_000_000 + b"</x>"},
    }
    for kind, target in (
        ("attachedTemplate", "https://example.org/x.dotm"),
        ("image", "https://example.org/x.png"),
        ("oleObject", "https://example.org/x"),
        ("frame", "https://example.org/x"),
        ("subDocument", "//example.org/share/x.docx"),
        ("aFChunk", "chunk.mht"),
        ("package", "embeddings/x.docm"),
        ("control", "activeX/x.xml"),
        ("hyperlink", "javascript:alert(1)"),
        ("hyperlink", "file:///etc/passwd"),
        ("hyperlink", "ms-msdt:/id"),
        ("settings", "mhtml:https://example.org/x!x.html"),
    ):
        outside = relations((kind, target, "External"))
        parts[f"a relation {kind} to {target}"] = {"word/_rels/document.xml.rels": outside}
    for what, changed in parts.items():
        yield Upload(f"docx with {what}", "file.docx", packed({**docx_parts(), **changed}))
    yield Upload(
        "docx with two thousand parts",
        "file.docx",
        packed({**docx_parts(), **{f"x{n}.xml": "<x/>" for n in range(2001)}}),
    )
    yield Upload("docx cut off", "file.docx", docx()[:-30])
    yield Upload("docx that is encrypted", "file.docx", _flagged(docx()))
    yield Upload("docx of its magic only", "file.docx", b"PK\x03\x04")


def _flagged(archive: bytes) -> bytes:
    """Return the archive, its first entry said to be encrypted."""
    at = archive.index(b"PK\x01\x02")
    return archive[: at + 8] + b"\x01\x00" + archive[at + 10 :]


def _hostile_docs() -> Iterator[Upload]:
    for storage in ("Macros", "VBA", "_VBA_PROJECT_CUR", "ObjectPool"):
        yield Upload(f"doc with {storage}", "file.doc", doc(storages=(storage,)))
    for stream in ("\x01Ole10Native", "Package", "_VBA_PROJECT"):
        yield Upload(f"doc with the stream {stream.strip(chr(1))}", "file.doc", doc(streams={stream: b"x"}))
    yield Upload("doc that is encrypted", "file.doc", doc(flags=0x0100))
    yield Upload("docx that is encrypted by a password, as doc", "file.doc", doc(streams={"EncryptedPackage": b"x"}))
    yield Upload("doc with a field that starts a program", "file.doc", doc(streams={"Data": b"DDEAUTO c:\\x"}))
    wide = doc(streams={"Data": "ddeauto c:\\x".encode("utf-16-le")})
    yield Upload("doc with a wide field that starts a program", "file.doc", wide)
    yield Upload("doc cut off", "file.doc", doc()[:700])
    yield Upload("doc of its magic only", "file.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


HOSTILE_NAMES = (
    "../../../../etc/passwd.pdf",
    "..\\..\\windows\\system32\\run.pdf",
    "/etc/cron.d/run.pdf",
    "C:\\run.pdf",
    "run\u202efdp.pdf",
    'a"; filename="run.exe".pdf',
    "a\r\nSet-Cookie: x=1.pdf",
    "<script>alert(1)</script>.pdf",
    "x" * 4000 + ".pdf",
    "....pdf",
    "con.pdf",
    "%2e%2e%2frun.pdf",
    "\u0438\u043c\u044f \u0627\u0633\u0645.pdf",
)


def _hostile_names() -> Iterator[Upload]:
    for name in HOSTILE_NAMES:
        yield Upload(f"the name {name[:40]!r}", name, pdf())
