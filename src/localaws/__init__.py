"""An AWS on this machine: real training jobs and endpoints without an account."""
