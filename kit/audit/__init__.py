"""
Compares what stands with the lab file and the kit's records: an audit reads, and changes nothing but its own
records.
"""
