"""Printing: facts and a Typst template in, a PDF out; the same facts give the same bytes.

The typefaces in `fonts/` are unchanged files of the Noto project (their licence beside them), so a page looks the same
on every machine. More scripts: put their typefaces into the folder that FONT_DIR names.
"""

from .printing import NotPrintable, typeset
from .qr import qr_svg

__all__ = ["NotPrintable", "qr_svg", "typeset"]
