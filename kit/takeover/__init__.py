"""Taking over what stands: the begin and the end of an adoption, and labs whose records go."""
