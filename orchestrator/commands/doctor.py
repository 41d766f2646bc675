"""tertulia doctor: what is missing, in plain words, with its mend."""

from __future__ import annotations

import click


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> int:
    """Find what is missing or wrong in the connections, the database, Redis and the playbooks."""
    import json

    import msgspec

    from orchestrator import boot
    from orchestrator.settings import load_settings
    from workers import doctor

    settings = load_settings()
    findings = doctor.examine(boot.open(settings, must_fit=False))
    if as_json:
        click.echo(json.dumps({"findings": msgspec.to_builtins(findings)}))
        return 1 if findings else 0
    for finding in findings:
        click.echo(f"✗ {finding.what} [{finding.code}]\n    mend: {finding.mend}")
    if not settings.has_tokens:
        click.echo("No token is set: every connection is rehearsed, nothing is sent out.")
    click.echo("Nothing else is wrong." if findings else "Nothing is wrong.")
    return 1 if findings else 0
