"""What may be uploaded: bytes and a name in, harmless bytes out, or a refusal that says why.

A pure room: no ORM, no clock, no settings. Content AND extension decide, never what the caller says it is. Images are
drawn anew, so that nothing but pixels survives; documents are refused when they hold anything that acts by itself.

Decisions:
- A file that does not begin with its own format, or goes on behind its end, is two files in one: refused.
- Names of a PDF are compared after their `#xx` escapes are undone, in the whole file and in inflated object streams.
  `/OpenAction` may be a plain destination (LaTeX and Word write one into every file), never an action.
- A document of Word may link to the web by a hyperlink; every other relation to the outside is refused.
"""

from .inspecting import inspect_upload
from .model import Accepted, Limits, Refused
from .names import clean_name

__all__ = ["Accepted", "Limits", "Refused", "clean_name", "inspect_upload"]
