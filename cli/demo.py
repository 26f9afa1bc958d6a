"""`billing demo`: the main job, seen in a minute."""

import typer

app = typer.Typer()
