"""Where a reader of the schema gets the ids from that an example or an address needs: said beside each of them."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

PREFIX = "/api/v1/"
METHODS = ("get", "post", "put", "patch", "delete")

# A field of a body, or the first word of an address that lists nothing, and the call that shows what it wants. For the
# other addresses it is what stands before the id.
SOURCES = {
    "appointment": "appointments/",
    "caregiver": "patients/{id}/caregivers/",
    "department": "hospitals/departments/",
    "doctor": "doctors/",
    "files": "records/{id}/",
    "hospital": "hospitals/",
    "note": "notes/",
    "patient": "patients/",
    "plan": "action-plans/",
    "record": "records/",
    "visit": "visits/",
}


def tell_where_ids_come_from(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Describe every id in a path, and name under an operation the calls that show the ids of its example."""
    calls = {f"{name.upper()} {path}" for path, methods in result["paths"].items() for name in methods}
    for path, methods in result["paths"].items():
        for operation in (methods[name] for name in METHODS if name in methods):
            _describe_path(operation, path, calls)
            _describe_example(operation)
    return result


def _describe_path(operation: dict[str, Any], path: str, calls: set[str]) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path" and parameter["schema"].get("format") == "uuid":
            parameter["description"] = f"From `{_source(path, parameter['name'], calls)}`."


def _source(path: str, name: str, calls: set[str]) -> str:
    """Return the call that lists what the parameter is of, else the one that makes it."""
    before = path.split(f"{{{name}}}", maxsplit=1)[0]
    while before != PREFIX:
        for call in (f"GET {before}", f"POST {before}"):
            if call in calls:
                return call
        before = re.sub(r"[^/]+/$", "", before)
    return f"GET {PREFIX}{SOURCES[path.removeprefix(PREFIX).partition('/')[0]]}"


def _describe_example(operation: dict[str, Any]) -> None:
    taken = {name: f"GET {PREFIX}{SOURCES[name]}" for name in _ids(operation) if name in SOURCES}
    if taken:
        told = "; ".join(f"`{name}` from `{source}`" for name, source in sorted(taken.items()))
        operation["description"] = f"{operation.get('description', '')}\n\nTo try the example, take {told}."


def _ids(operation: dict[str, Any]) -> Iterator[str]:
    """Return the fields of the example of the body that hold somebody's or something's id."""
    for media in operation.get("requestBody", {}).get("content", {}).values():
        for example in media.get("examples", {}).values():
            if isinstance(example["value"], dict):
                yield from (name for name, value in example["value"].items() if _is_id(value))


def _is_id(value: object) -> bool:
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False
