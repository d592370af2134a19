"""Is imported by examples, and used by none of them."""
