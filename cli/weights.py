"""``cornetkit weights``."""

from __future__ import annotations

import click

from .printing import print_json


@click.command("weights")
@click.option("--list", "show", is_flag=True, help="Say which are at hand (the default).")
@click.option("--fetch", help="Download one: Z, R, RT, S, or all.")
@click.option("--install", help="Copy a checkpoint file, fetched elsewhere, into the cache.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def command(show: bool, fetch: str | None, install: str | None, as_json: bool) -> None:
    """List, fetch or install the published checkpoints; every hash is checked.

    \b
    cornetkit weights
    cornetkit weights --fetch S
    cornetkit weights --install cornet_s-1d3f7974.pth
    """
    if sum((show, fetch is not None, install is not None)) > 1:
        raise click.UsageError("give one of --list, --fetch and --install")
    from cornetkit.models import MODELS, fetch_weights, install_weights, list_weights

    if install is not None:
        letter, path = install_weights(install)
        click.echo(f"CORnet-{letter}: {path}")
        return
    if fetch is not None:
        for name in list(MODELS) if fetch.lower() == "all" else [fetch]:
            letter, path = fetch_weights(name)
            click.echo(f"CORnet-{letter}: {path}")
        return
    rows = list_weights()
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"CORnet-{row['model']:<3} {row['state']:<10} {row['path']}")
    click.echo(
        "fetch: cornetkit weights --fetch S; without a network: copy a file from the address and "
        "cornetkit weights --install FILE"
    )
    for row in rows:
        click.echo(f"  {row['url']}")
