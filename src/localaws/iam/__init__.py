"""Who may do what: as a caller at the gate, and as a role that works inside."""
