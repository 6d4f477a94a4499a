"""`python -m navswap` is `navswap`."""

from navswap.cli import main

if __name__ == "__main__":
    main()
