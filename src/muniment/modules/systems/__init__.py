"""AI systems: what decides, for what, with which model, and who may stop it."""
