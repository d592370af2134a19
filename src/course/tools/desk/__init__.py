"""The learner's desk: work copies of the lessons in `work/`, and their updates."""
