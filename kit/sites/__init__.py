"""Taking a whole site down, and the status of the lab."""
