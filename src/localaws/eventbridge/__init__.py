"""EventBridge: what rules match, when schedules fire, and what targets receive."""
