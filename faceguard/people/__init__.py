"""Who is who on the photos, and whose faces are protected."""
