"""Proof that the bundle is a world model: faithful to its trace, blind to style, right on twins."""
