"""The HTTP API: routes by what they are about, and what they share."""
