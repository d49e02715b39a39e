"""Pictures: what stands in them to be read, what is said of them, and how both are changed."""
