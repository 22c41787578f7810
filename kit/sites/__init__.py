"""A site or the lab as a whole: taking a site down, status."""
