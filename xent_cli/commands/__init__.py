"""The door: flags in, requests to the tasks, results out. One command a file.

Heavy modules are imported inside the commands, so that `xent --help` needs no numpy. Annotations
are evaluated as they are read: from text Typer would compile each of them, 1 ms a command.
"""
