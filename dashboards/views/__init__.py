"""Pages that combine what other floors keep. They read only."""
