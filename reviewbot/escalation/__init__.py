"""Escalation: a real sanitizer on the few targets of which the model is not sure."""
