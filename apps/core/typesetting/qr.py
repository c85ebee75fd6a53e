"""QR codes, as pictures that a template places."""

import io

import segno


def qr_svg(text: str) -> str:
    """Return a QR code of the text as SVG, one unit a module, without a quiet zone: the page around it is white."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", border=0, xmldecl=False)
    return buffer.getvalue().decode()
