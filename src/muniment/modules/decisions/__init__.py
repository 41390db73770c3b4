"""Decisions: made in the open or sealed, explained, disputed, appealed and overridden."""
