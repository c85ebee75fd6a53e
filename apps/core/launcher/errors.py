"""What the launcher says when it cannot go on; every message tells the person what to do next."""


class LauncherError(Exception):
    """A server cannot be started here, and the message says why and what helps."""
