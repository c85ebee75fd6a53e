"""Phone numbers: whatever notation a person types, one way to keep and to compare them."""

import phonenumbers


def normalized_phone(typed: str, *, region: str) -> str | None:
    """Return the number in E.164 (`+15550100001`), None where there is none; `region` reads a national number.

    A possible number is enough: numbering plans change faster than libraries, and a clinic knows its callers.
    """
    text = typed.strip()
    if text.startswith("00"):  # The international prefix of most countries, which a default of the US would not know.
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
