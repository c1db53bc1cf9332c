"""Where arrays come from and go to: one file a format, all behind `open_array`."""
