"""Archives and compressed streams: what they hold is read in memory and bounded, nothing is ever written to a disk."""
