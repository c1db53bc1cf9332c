"""Text as tables of numbers: how it is cut into cells, read and written."""
