"""A teacher's side: lessons for students, and what they hand in, graded."""
