"""Lambda: functions that run in the sandbox."""
