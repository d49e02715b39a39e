"""Names of persons: patterns where something says that a name stands there, models where nothing does."""
