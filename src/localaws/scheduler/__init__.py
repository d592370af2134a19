"""EventBridge Scheduler: schedules that reach their targets in the name of a role."""
