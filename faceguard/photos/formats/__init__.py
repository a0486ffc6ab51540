"""One module per photo format."""
