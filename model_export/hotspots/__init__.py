"""Performance programs, their measured profiles, and the model that learns from them."""
