"""Application Auto Scaling of endpoints: targets, policies, and what they do."""
