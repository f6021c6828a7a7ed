"""Running programs under tools and reading what they say."""
