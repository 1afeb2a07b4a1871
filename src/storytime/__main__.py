"""`python -m storytime`, and the installed command."""

from .cli.main import main as main

if __name__ == "__main__":
    main(prog_name="storytime")
