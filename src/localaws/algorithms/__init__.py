"""AWS's own algorithms: they run inside a job and import nothing else of localaws."""
