"""Decisions to str: text, json, sarif, markdown."""
