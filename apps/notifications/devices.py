"""What a User-Agent header says, in words of ours: a stranger may write anything into it, and it is sent by e-mail."""

from django.utils.translation import gettext as _

# In this order: Edge and Opera call themselves Chrome, Chrome calls itself Safari; Android calls itself Linux.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
    "okhttp": "Android app",
    "CFNetwork": "iOS app",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_of(agent: str) -> str:
    """Return the browser and the system that the header names, as far as they are known."""
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), None)
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), None)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("an unknown device")
