"""CloudWatch's alarms and statistics: metrics summed up, watched, and acted upon."""
