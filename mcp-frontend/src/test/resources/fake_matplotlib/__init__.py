"""Stands in for matplotlib in sandboxes that have none: it draws nothing, and writes down what it is told to draw."""
