"""`python -m xent_cli`."""

from xent_cli.app import run

if __name__ == "__main__":
    run()
