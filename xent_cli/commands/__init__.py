"""The door: flags in, requests to the tasks, results out. One command a file.

Heavy modules are imported inside the commands, so that `xent --help` needs no numpy.
"""
