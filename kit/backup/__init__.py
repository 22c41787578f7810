"""The undercloud's half of a backup."""
