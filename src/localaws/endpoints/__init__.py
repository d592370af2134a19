"""Endpoints: changed, asked, streamed, queued, captured."""
