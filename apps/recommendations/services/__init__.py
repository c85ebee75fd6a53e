"""What advice does for the apps above: checking a medicine before it is prescribed."""
