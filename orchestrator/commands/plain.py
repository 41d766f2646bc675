"""Says in one clear sentence what was mistyped, or which file or database cannot be used."""

from __future__ import annotations

import re
import sys

import click

from orchestrator.errors import Refused

#: What SQLite says when the file, not our statement, is the trouble.
SQLITE_AWAY = re.compile(r"unable to open|readonly|is locked|disk|not a database|malformed")

#: PostgreSQL's classes of errors of the connection, the login, the database's name, and the operator.
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRES_AWAY = ("08", "28", "3D", "53", "57")

NUMBERS = {"integer": "a whole number", "float": "a number"}


def mistyped(error: click.ClickException) -> Refused:
    """What is wrong on the command line, in one line, and where help is."""
    ctx = getattr(error, "ctx", None)
    mend = f"see `{ctx.command_path} --help`" if ctx else ""
    return Refused(" ".join(_what(error).split()).rstrip("."), mend)


def _what(error: click.ClickException) -> str:
    name = _name(error)
    if isinstance(error, click.MissingParameter):
        return f"{name} is missing"
    if isinstance(error, click.NoSuchOption):
        near = f", did you mean {error.possibilities[0]}?" if error.possibilities else ""
        return f"there is no option {error.option_name}{near}"
    if isinstance(error, click.BadParameter) and name:
        return f"{name}: {_value(error)}"
    found = re.fullmatch(r"Got unexpected extra arguments? \((.+)\)", error.format_message())
    return f'"{found[1]}" is too much' if found else error.format_message()


def _name(error: click.ClickException) -> str:
    param = getattr(error, "param", None)
    if param is None:
        return ""
    if param.param_type_name == "option":
        return str(param.opts[0])
    return str(param.make_metavar(getattr(error, "ctx", None)).strip("[]{}"))


def _value(error: click.BadParameter) -> str:
    """Click's word on a value, without a programmer's types and signs."""
    kind = error.param.type if error.param else None
    number = NUMBERS.get((kind.name if kind else "").removesuffix(" range"))
    if isinstance(kind, click.IntRange | click.FloatRange) and kind.min is not None and kind.max is not None:
        return f"it takes {number} from {kind.min} to {kind.max}"
    if number:
        return f"it takes {number}"
    return error.message


def away(error: Exception) -> Refused | None:
    """What to do about a file or a database that cannot be used; None where the error is our bug."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return Refused(f"{error.filename} cannot be used: {error.strerror.lower()}", "correct the path")
    exc = sys.modules.get("sqlalchemy.exc")  # not loaded: then it is no error of the database
    if exc is None or not isinstance(error, exc.DBAPIError) or not _is_away(error.orig):
        return None
    said = str(error.orig).strip().splitlines()[0]
    return Refused(f"the database cannot be used: {said}", "start the database, or correct TERTULIA_DATABASE_URL")


def _is_away(said: BaseException | None) -> bool:
    if type(said).__module__.partition(".")[0] == "sqlite3":
        return bool(SQLITE_AWAY.search(str(said)))
    if type(said).__name__ != "OperationalError" and not hasattr(said, "sqlstate"):
        return False
    state = getattr(said, "sqlstate", None)
    return type(said).__name__ == "OperationalError" if state is None else state[:2] in POSTGRES_AWAY
