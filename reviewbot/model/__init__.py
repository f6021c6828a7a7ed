"""The bundle, its features and its predictions."""
