"""What a request is: its service's model, its handler, its errors, and clients."""
