"""The pages for a browser on this machine."""
