"""The model-server process: it imports nothing else of localaws."""
