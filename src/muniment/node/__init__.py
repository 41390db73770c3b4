"""One running process around an engine."""
