"""From sampled programs to a model bundle."""
