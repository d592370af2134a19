"""One job of any kind, from Pending to its end."""
