"""The small, strict kernel: formats, trees, proofs, and the state machine. Pure: no I/O."""
