"""What runs the lessons, reports, builds the site and measures: `course`'s commands."""
