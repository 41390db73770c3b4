"""From trained estimators to exact models. Works in floats, and never runs in consensus."""
