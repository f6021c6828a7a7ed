"""Suggested fixes: edits of the source that the model, asked again, finds harmless."""
