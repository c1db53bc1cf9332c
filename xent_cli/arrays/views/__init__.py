"""Arrays read through other arrays: joined, cut, reshaped; nothing is copied ahead of need."""
