"""Pictures: decoded and drawn anew, so that metadata, comments and whatever hid behind the pixels are gone."""

import io
from typing import Any

from PIL import Image, ImageOps

from .model import Limits, Refused

Image.MAX_IMAGE_PIXELS = None  # Ours is an error before anything is decoded; Pillow's is a warning first.

QUALITY = 92
FORMATS = {b"\xff\xd8\xff": "JPEG", b"\x89PN": "PNG"}
KEPT_MODES = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")}


def redrawn(content: bytes, limits: Limits) -> bytes:
    """Return the picture with its pixels only, turned as its metadata said; raises Refused."""
    form = FORMATS[content[:3]]
    try:
        with Image.open(io.BytesIO(content), formats=[form]) as picture:
            if picture.width * picture.height > limits.max_pixels:
                raise Refused("too_many_pixels")
            picture.load()
            return _encoded(ImageOps.exif_transpose(picture), form)
    except Refused:
        raise
    except Exception as failure:  # Whatever a decoder stumbles over, the file is no good.
        raise Refused("damaged_image") from failure


def _encoded(picture: Image.Image, form: str) -> bytes:
    if picture.mode not in KEPT_MODES[form]:
        picture = picture.convert("RGB")
    out = io.BytesIO()
    plain = Image.new(picture.mode, picture.size)
    if picture.mode == "P" and (palette := picture.getpalette()):
        plain.putpalette(palette)
    plain.paste(picture)
    options: dict[str, Any] = {"quality": QUALITY} if form == "JPEG" else {}
    transparency = picture.info.get("transparency")
    if form == "PNG" and isinstance(transparency, bytes | int) and picture.mode == "P":
        options["transparency"] = transparency
    plain.save(out, format=form, **options)
    return out.getvalue()
