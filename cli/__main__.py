"""`python -m cli …` is `billing …`, for where the script is not on the path."""

from cli.main import main

main()
