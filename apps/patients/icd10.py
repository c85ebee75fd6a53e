"""Codes of diseases: which there are in ICD-10-CM (April 2026)."""

from functools import lru_cache


@lru_cache(maxsize=4096)
def known_code(typed: str) -> str | None:
    """Return the code as it is written (`E11.9`), None for one that there is not; chapters and blocks are no codes."""
    # Imported on first use: reading the tables takes a second and 150 MB, which most processes never need.
    import simple_icd_10_cm as icd10

    code = typed.strip().upper()
    if not icd10.is_valid_item(code) or icd10.is_chapter_or_block(code):
        return None
    written: str = icd10.add_dot(code)
    return written
