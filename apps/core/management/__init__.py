"""Django's command line for what every app shares."""
