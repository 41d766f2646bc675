"""Whatever is mistyped, set wrongly or away, the reader gets one clear sentence and the right exit status."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from orchestrator import cli
from orchestrator.settings import load_settings

JARGON = re.compile(
    r"\b(node|mapping|scalar|validation|traceback|exception|stdin|stdout|boolean|null|regex|integer range|"
    r"deliveries? row|session|schema error|NoneType|str|dict)\b|1<=|Errno",
    re.IGNORECASE,
)
TOO_MUCH = ("schema", "spaces", "doctor", "status", "migrate")

LIVE = "LIVE"  # stands for "with a database": these look things up in it

MISTYPED = [
    (["chek"], "there is no command 'chek', did you mean 'check'"),
    (["check", "nowhere"], "nowhere does not exist"),
    (["check", "--form", "x"], "there is no option --form, did you mean --from?"),
    (["check", "--from", "yesterday"], '"yesterday" is not a date'),
    (["when"], "no phrase is given"),
    (["when", "every monday at 9:30", "--zone", "Europe/Pariss"], '"Europe/Pariss" is not a time zone'),
    (["when", "every monday at 9:30", "--from", "gestern"], '"gestern" is not a date'),
    (["when", "every monday at 9:30", "--count", "many"], "--count: it takes a whole number from 1 to 100000"),
    (["when", "every monday at 9:30", "--count", "0"], "--count: it takes a whole number from 1 to 100000"),
    (["when", "--batch", "nofile"], "--batch: 'nofile': No such file"),
    (["calendar", "cerkle"], 'there is no playbook "cerkle"'),
    (["calendar", "--weeks", "x"], "--weeks: it takes a whole number from 1 to 104"),
    (["calendar", "--from", "2026-13-01"], '"2026-13-01" is not a date'),
    (["preview", "cercl", "question"], 'there is no playbook "cercl"'),
    (["preview", "cercle", "question"], 'there is no ritual "question" in cercle'),
    (["preview", "cercle"], "RITUAL is missing"),
    (["preview", "cercle", "question-du-lundi", "--platform", "discord"], "--platform: 'discord' is not one of"),
    (["rehearse", "nobody"], 'there is no playbook "nobody"'),
    (["rehearse", "cercle", "--members", "0"], "--members: it takes a whole number from 1 to 168"),
    (["rehearse", "cercle", "--seed", "x"], "--seed: it takes a whole number"),
    (["rehearse", "cercle", "--from", "tomorow"], '"tomorow" is not a date'),
    (["rehearse", "cercle", "--weeks", "1", "--members", "1", "--html", "no/p.html"], "no/p.html cannot be used"),
    (["translate"], "slack|telegram is missing"),
    (["translate", "discord", "-"], "'discord' is not one of"),
    (["translate", "slack", "nofile"], "'nofile': No such file"),
    (["apply", "nowhere"], "nowhere does not exist"),
    (["run", "lisen"], "'lisen' is not one of"),
    (["run", "--rehersal"], "there is no option --rehersal, did you mean"),
    (["hold"], "PLAYBOOK/RITUAL is missing"),
    (["hold", "cercle"], '"cercle" does not name a ritual'),
    (["hold", "cercle/nope"], "the database is empty"),
    (["why", "cercle/nope"], "the database is empty"),
    (["results", "cercle/nope"], "the database is empty"),
    ([LIVE, "hold", "cercle/nope"], 'there is no ritual "cercle/nope"'),
    ([LIVE, "why", "cercle"], '"cercle" does not name a ritual'),
    ([LIVE, "why", "cercle/nope"], 'there is no ritual "cercle/nope"'),
    ([LIVE, "why", "cercle/question-du-lundi", "2026-99-99"], '"2026-99-99" is not a date'),
    ([LIVE, "results", "cercle/question-du-lundi", "soon"], '"soon" is not a date'),
    (["new", "nowhere/mine.yaml"], "there is no folder nowhere"),
    (["new", "--language", "de"], '"de" is none of the answers'),
    (["try", "cercle", "--to", "alexis"], '"cercle" does not name a ritual'),
    (["try", "cercle/question-du-lundi", "--to", "alexi"], '"alexi" is none of the hosts'),
    ([LIVE, "approve", "nope"], 'there is no request "nope"'),
    ([LIVE, "approve", "--skip"], "name the request: its ID stands in the list"),
    ([LIVE, "approve", "nope", "--skip", "--text", "x"], "one at a time"),
    ([LIVE, "take-back", "nope/x"], 'there is no ritual "nope/x"'),
    (["members"], "--segment is missing"),
    (["members", "--segment", "piliers"], "the database is empty"),
    ([LIVE, "members", "--segment", "nobody-at-all"], 'there is no segment "nobody-at-all"'),
    ([LIVE, "members", "--segment", "x", "--playbook", "nobody"], 'there is no playbook "nobody"'),
    ([LIVE, "pause", "nobody"], 'there is no playbook "nobody"'),
    ([LIVE, "resume", "cercle/nope"], 'there is no ritual "cercle/nope"'),
    *(([name, "x"], '"x" is too much') for name in TOO_MUCH),
]


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder, no setting, and bug reports that go there."""
    for name in list(os.environ):
        if name.startswith("TERTULIA_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What went to standard error; nothing goes anywhere else."""
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


@pytest.mark.parametrize(
    ("arguments", "what"), MISTYPED, ids=lambda one: " ".join(one) if isinstance(one, list) else ""
)
def test_what_is_mistyped_is_told_in_one_sentence(
    arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if arguments[0] == LIVE:
        assert [cli.run([name]) for name in ("migrate", "apply")] == [0, 0]
        capsys.readouterr()
    assert cli.run([one for one in arguments if one != LIVE]) == 2
    lines = said(capsys)
    assert lines[0].startswith("tertulia: ")
    assert what in lines[0]
    assert len(lines) == 2 and lines[1].startswith("  mend: ")
    assert not JARGON.search("\n".join(lines))


def test_every_command_has_a_mistake_above() -> None:
    assert {name for arguments, _ in MISTYPED for name in arguments[:2]} >= set(cli.COMMANDS)


def test_bare_it_prints_the_help_as_it_is_and_a_script_notices(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    asked = capsys.readouterr().out

    assert cli.run([]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", asked)


@pytest.mark.parametrize("name", ["", *cli.COMMANDS])
def test_help_is_plain(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([*name.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Usage: tertulia")
    assert not re.search(r"traceback|NoneType|stdin|stdout|Errno|TODO", out)
    if name:
        assert "--help" in out and len(out.splitlines()) > 5


def test_a_bug_of_ours_prints_a_reference_and_never_a_trace(
    monkeypatch: pytest.MonkeyPatch, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(cli.COMMANDS, "forgotten", "A command whose file nobody wrote.")
    assert cli.run(["forgotten"]) == 3
    (report,) = desk.glob("tertulia-bug-*.txt")
    assert said(capsys) == [f"tertulia: this is our bug, not yours: please send us {report}"]
    assert "Traceback" in report.read_text()


def test_a_setting_left_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "TELEGRAM_TOKEN", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "WORKER_THREADS"):
        monkeypatch.setenv(f"TERTULIA_{name}", "")

    settings = load_settings()

    assert not settings.has_tokens
    assert settings.database_url.startswith("sqlite:///") and settings.worker_threads == 8


def test_all_bad_settings_are_told_at_once_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = {
        "CONSOLE_ADDRESS": ("8484", "must be HOST:PORT"),
        "LISTEN_ADDRESS": ("here", "must be HOST:PORT"),
        "WORKER_THREADS": ("many", "must be a whole number"),
        "TELEGRAM_PER_SECOND": ("99", "must be at most 30"),
        "SETTLE_SECONDS": ("0", "must be at least 1"),
        "LOG_LEVEL": ("loud", "must be debug, info, warning or error"),
        "DATABASE_URL": ("mysql://ana:hunter2@host/x", "must be sqlite:///FILE or postgresql://…"),
        "REDIS_URL": ("ana:hunter2@host", "must be redis://HOST:PORT/NUMBER"),
        "PUBLIC_URL": ("example.org", "must be https://…"),
    }
    for name, (value, _) in bad.items():
        monkeypatch.setenv(f"TERTULIA_{name}", value)
    assert cli.run(["status"]) == 2
    lines = said(capsys)
    for name, (_, words) in bad.items():
        assert f"TERTULIA_{name} {words}" in lines[0]
    assert "hunter2" not in "".join(lines)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql+psycopg://ana:hunter2@127.0.0.1:1/x", "the database cannot be used: connection failed"),
        ("sqlite:////proc/nowhere/x.db", "/proc/nowhere cannot be used"),
        ("sqlite:////proc/version", "the database cannot be used: "),
    ],
)
@pytest.mark.parametrize("arguments", ["why cercle/x", "migrate", "approve", "run worker"])
def test_a_database_that_is_away_is_told_in_one_sentence(
    url: str, what: str, arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERTULIA_DATABASE_URL", url)
    assert cli.run(arguments.split()) == 2
    lines = said(capsys)
    assert what in lines[0]
    assert len(lines) == 2
    assert "hunter2" not in "".join(lines)


@pytest.mark.parametrize("arguments", ["schema", "rehearse cercle --weeks 2 --members 3 --from 2026-11-30", "--help"])
def test_a_reader_that_leaves_early_is_no_crash(arguments: str) -> None:
    command = [sys.executable, "-m", "orchestrator", *arguments.split()]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PYTHONPATH": str(Path(__file__).parents[1])}
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0
