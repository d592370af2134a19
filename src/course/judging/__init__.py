"""Judges answers: what a reader's function is asked, and what they are told.

Lessons import all of it from `course.check`.
"""
