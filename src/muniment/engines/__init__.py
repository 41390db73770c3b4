"""How blocks are agreed."""
