"""Problem families and the sampling of programs from them."""
