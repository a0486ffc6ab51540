"""`faceguard serve`: a page and an HTTP API around an album run. Nothing leaves the machine."""
