"""The one door to a language model of the OpenAI shape (Groq, Gemini's compatible endpoint, a local one).

What it promises: an answer of the schema within 25 seconds in all, or None, asked as everything outside is
(`channels/asking.py`). What it answers is data, never instruction, and not a word of it is shown: it points at what is
there (`services/pointing.py`, `services/drafting.py`).
"""

from .asking import ask, state
from .redaction import redacted

__all__ = ["ask", "redacted", "state"]
