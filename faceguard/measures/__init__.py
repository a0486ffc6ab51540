"""What protecting did to a photo: how it looks now, and how alike recognisers still find the faces."""
