"""What came from what, and Search: questions over the records of other folders."""
