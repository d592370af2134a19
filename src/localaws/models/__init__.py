"""Models, and a model made into running servers."""
