"""Programs composed from patterns: many structures, each in racy and clean twins."""
