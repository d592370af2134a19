"""What moto holds, on disk."""
