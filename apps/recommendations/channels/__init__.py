"""The doors to programs outside: one way of asking them safely (`asking`), and what each is asked."""
