"""What a task gives: frozen results, one file a family."""
