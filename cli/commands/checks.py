"""`billing audit | doctor`: is every second where it should be, and is everything there that is needed?"""

import typer
from rich.markup import escape

from boot.doctor import Check, examine
from boot.logs import set_up_logs
from boot.settings import load_settings
from cli.context import open_wiring
from cli.output import AsJson, length, out, print_json, print_table
from store.audit.run import Audit, audit

app = typer.Typer()


@app.command("audit")
def audit_command(as_json: AsJson = False) -> None:
    """Prove the invariants in SQL; exits 1 with the rows that break one."""
    with open_wiring() as wiring:
        found = audit(wiring.engine)
    if as_json:
        print_json(
            {
                "holds": found.holds,
                "invariants": [
                    {"name": f.invariant.name, "sentence": f.invariant.sentence, "rows": list(f.rows)}
                    for f in found.checks
                ],
                "totals": found.totals,
            }
        )
    else:
        print_audit(found)
    raise typer.Exit(0 if found.holds else 1)


def print_audit(found: Audit) -> None:
    """Print the invariants, the rows that break one, and the totals."""
    print_table(
        "Audit",
        ("invariant", "must hold", ""),
        (
            (f.invariant.name, f.invariant.sentence, "[green]holds[/]" if f.holds else "[red]BROKEN[/]")
            for f in found.checks
        ),
    )
    for check in found.checks:
        for row in check.rows:
            out.print(f"[red]{check.invariant.name}[/]: {escape(str(row))}")
    print_totals(found)


def print_totals(found: Audit) -> None:
    """Print where all granted seconds are, and how much there is of everything."""
    totals = found.totals
    parts = " + ".join(
        f"{name} {totals[f'{name}_seconds']}" for name in ("left", "consumed", "held", "frozen", "expired", "voided")
    )
    out.print(f"granted {totals['granted_seconds']} s = {parts}")
    out.print(
        f"{totals['accounts']} accounts, {totals['packages']} packages, {totals['usages']} usages, "
        f"{totals['entries']} entries, debt {length(totals['debt_seconds'])}"
    )


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Reach and check database, schema, broker and queues, and say what to do; exits 1 if something is wrong."""
    settings = load_settings()
    set_up_logs("CRITICAL", form=settings.log_format)
    checks = examine(settings)
    if as_json:
        print_json([{"name": c.name, "ok": c.is_ok, "found": c.found, "advice": c.advice} for c in checks])
    else:
        print_table("Doctor", ("check", "", "found", "what to do"), (_row(check) for check in checks))
    raise typer.Exit(0 if all(check.is_ok for check in checks) else 1)


def _row(check: Check) -> tuple[str, str, str, str]:
    return check.name, "[green]ok[/]" if check.is_ok else "[red]wrong[/]", escape(check.found), escape(check.advice)
