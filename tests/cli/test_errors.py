"""A failure is one line and an exit code, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.evaluation.fakes import FakeBackend
from trafficai.scenario.model import Scenario

BAD_INPUT = [
    (["simulate"], "requires an argument"),
    (["simulat", "cologne1"], "Did you mean"),
    (["simulate", "cologne1", "--sed", "3"], "Did you mean --seed"),
    (["simulate", "cologne1", "--seed", "x"], "unable to convert"),
    (["simulate", "cologne1", "--seed", "-1"], "--seed"),
    (["simulate", "cologne1", "--seed", "99999999999"], "--seed"),
    (["simulate", "cologne1", "--backend", "matsim"], '"numba", "sumo"'),
    (["simulate", "cologne1", "extra"], "extra"),
    (["simulate", "cologn1"], "cologne1"),
    (["simulate", "nowhere/at.sumocfg"], "nowhere/at.sumocfg"),
    (["simulate", "cologne1", "--agent", "max-presure"], "did you mean max-pressure"),
    (["simulate", "cologne1", "--agent", "ppo"], "train it first with `trafficai train ppo SCENARIO"),
    (["simulate", "cologne1", "--json", "/proc/nothing/out.json"], "cannot be written"),
    (["simulate", "cologne1", "--json", "."], "is a folder"),
    (["simulate", "cologne1", "--log-fcd"], "name a folder with --log"),
    (["simulate", "cologne1", "--log", "/proc/nothing"], "cannot be written"),
    (["simulate", "cologne1", "--log", "log", "--log-interval", "0"], "--log-interval"),
    (["simulate", "cologne1", "--begin", "30000", "--end", "20000"], "30000"),
    (["compare", "cologne1"], "name at least one AGENT, or ask for every rule with --ladder"),
    (["compare", "cologne1", "fixed-time", "fixed-time"], "named twice"),
    (["compare", "cologne1", "fixed-time", "--seeds", "0"], "--seeds"),
    (["compare", "cologne1", "fixed-time", "--report", "/proc/nothing"], "cannot be written"),
    (["compare", "cologne1", "fixed-time", "no-such-agent"], "unknown agent 'no-such-agent'"),
    (["train", "pppo", "cologne1"], "ppo"),
    (["train", "max-wave", "cologne1"], "max-wave is a rule and needs no training"),
    (["train", "ppo", "nowhere"], "nowhere"),
    (["report", "nowhere.json"], "nowhere.json"),
    (["list", "everything"], "everything"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_INPUT, ids=lambda value: " ".join(value)[:40])
def test_bad_input_is_one_line_and_exit_code_2(run: Run, arguments: list[str], words: str) -> None:
    outcome = run(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.last_error.startswith("error: ")
    assert words in outcome.last_error
    assert "Traceback" not in outcome.err


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "pp", "toy"], "no recipe is called 'pp'; try ppo"),
        (["train", "ppo", "toy", "--out", "full"], "choose another folder, or resume it with --resume"),
        (["train", "ppo", "toy", "--out", "empty", "--resume"], "nothing to resume"),
        (["train", "ppo", "toy", "--out", "empty", "--resume"], "leave out --resume"),
        (["demo", "--out", "demo"], "choose another folder with --out"),
    ],
)
def test_what_cannot_begin_is_refused_before_any_progress(
    run: Run, tmp_path: Path, arguments: list[str], words: str
) -> None:
    for folder in ("full", "demo/ppo"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "manifest.json").touch()
    outcome = run(*arguments)
    assert outcome.code == 2
    assert words in outcome.last_error
    assert "training ppo" not in outcome.err
    assert "training pp " not in outcome.err


def test_bad_input_as_typed(typed: Run) -> None:
    outcome = typed("simulate", "cologn1")
    assert (outcome.code, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 1


def test_a_folder_without_a_policy_is_no_agent(run: Run, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    outcome = run("simulate", "cologne1", "--agent", "runs")
    assert outcome.code == 2
    assert "runs" in outcome.last_error


def test_a_policy_that_was_tampered_with_is_bad_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "evil").mkdir()
    for name in ("manifest.json", "policy.json", "policy.safetensors", "agent.toml"):
        (tmp_path / "evil" / name).write_bytes(b"\x80\x04cos\nsystem\n")
    outcome = run("simulate", "cologne1", "--agent", "evil")
    assert outcome.code == 2
    assert "evil" in outcome.last_error


@pytest.mark.usefixtures("toy")
def test_a_broken_run_is_exit_code_1(run: Run, tmp_path: Path) -> None:
    FakeBackend.crashes.append(7)
    outcome = run("simulate", "toy", "--backend", "sumo", "--json", "out.json")
    assert outcome.code == 1
    assert outcome.last_error == "error: SUMO ended with signal 11"
    assert list(tmp_path.iterdir()) == []


def test_a_bug_of_ours_is_one_line_with_a_hint(run: Run, toy: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeBackend, "advance", lambda *_: 1 / 0)
    outcome = run("simulate", "toy")
    assert outcome.code == 1
    assert "ZeroDivisionError: division by zero" in outcome.last_error
    assert "--debug" in outcome.last_error
    assert "Traceback" not in outcome.err
    for debugged in (run("simulate", toy.name, "--debug"), run("--debug", "simulate", toy.name)):
        assert debugged.code == 1
        assert "Traceback" in debugged.err
    monkeypatch.setenv("TRAFFICAI_DEBUG", "1")
    assert "Traceback" in run("simulate", "toy").err


@pytest.mark.usefixtures("toy")
def test_an_interrupt_is_exit_code_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FakeBackend, "advance", interrupt)
    outcome = run("simulate", "toy")
    assert (outcome.code, outcome.last_error) == (130, "error: stopped")


def test_a_message_never_spans_lines_or_moves_the_cursor(run: Run) -> None:
    outcome = run("simulate", "a\nb\x1b[2J")
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1
    assert "\x1b" not in outcome.err
