"""`python -m orchestrator` is the command `tertulia`."""

from orchestrator.cli import main

main()
