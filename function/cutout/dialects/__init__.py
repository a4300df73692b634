"""How the users of other services write Options."""
