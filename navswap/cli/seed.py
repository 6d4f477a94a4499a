"""`navswap seed`, which the seeding offers."""

from navswap.cli.configuration import load_settings
from navswap.cli.shell import DATA, command
from navswap.seeding.command import SEED_EXAMPLES, seed_command

seed = command(DATA, *SEED_EXAMPLES)(seed_command(load_settings))
