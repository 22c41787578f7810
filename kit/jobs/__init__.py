"""Jobs: commands that run detached on the undercloud, with their documents, locks and logs."""
