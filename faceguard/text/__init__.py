"""What people read: small pieces of text that several rooms share."""
