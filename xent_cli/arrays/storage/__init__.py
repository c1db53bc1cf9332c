"""Bytes in files, maps, pipes and memory, whatever the format."""
