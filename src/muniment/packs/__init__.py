"""Use cases on top."""
