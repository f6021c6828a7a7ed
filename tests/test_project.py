"""Rules that hold for the project as a whole: who may import whom, sizes, names."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import reviewbot
from model_export.cli import build_parser
from reviewbot.cli import parser
from reviewbot.policy import NEVER, NO_BAND
from reviewbot.policy_file import load_policy

PROJECT = Path(__file__).resolve().parents[1]
PYPROJECT = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
README = (PROJECT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
CODE = ("reviewbot", "hooks", "model_export", "benchmarks", "tests")
LONGEST = 500


def imported(source: str) -> set[str]:
    """Every module that the source names in an import, wherever that stands."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def breaches(source: str, *forbidden: str) -> set[str]:
    """The imports of the source that lie in one of the forbidden packages."""
    return {name for name in imported(source) if name.split(".")[0] in forbidden}


def sources(*packages: str) -> Iterator[tuple[str, str]]:
    """(path, text) of the packages' files."""
    for package in packages:
        for path in sorted((PROJECT / package).rglob("*.py")):
            yield str(path.relative_to(PROJECT)), path.read_text(encoding="utf-8")


def check_none_imports(package: str, *forbidden: str, but: tuple[str, ...] = ()) -> None:
    read = [(path, text) for path, text in sources(package) if path not in but]
    assert read, f"nothing was read below {package}"
    found = {path: breaches(text, *forbidden) for path, text in read}
    assert {path: names for path, names in found.items() if names} == {}


class TestTheRuleItself:
    """The scan would be worth nothing if it overlooked an import."""

    @pytest.mark.parametrize(
        "source",
        [
            "import torch",
            "import torch.nn as nn",
            "from torch import nn",
            "def f():\n    from torch.nn import functional",
            "try:\n    import torch\nexcept ImportError:\n    torch = None",
        ],
    )
    def test_finds(self, source: str) -> None:
        assert breaches(source, "torch")

    @pytest.mark.parametrize("source", ["import torchless", "x = 'import torch'", "# import torch"])
    def test_silent(self, source: str) -> None:
        assert not breaches(source, "torch")


class TestLayers:
    def test_the_product_does_without_its_maker_and_without_torch(self) -> None:
        check_none_imports("reviewbot", "model_export", "torch", "transformers", "tests")

    def test_the_product_needs_nothing_that_users_do_not_install(self) -> None:
        extras = ("onnx", "sklearn", "scipy", "pyarrow", "dask", "distributed", "jsonschema")
        check_none_imports("reviewbot", *extras)

    def test_the_maker_may_use_the_product_but_no_tests(self) -> None:
        check_none_imports("model_export", "tests", "benchmarks")
        assert any(breaches(text, "reviewbot") for _, text in sources("model_export"))

    def test_records_import_nothing_of_ours(self) -> None:
        text = (PROJECT / "reviewbot" / "records.py").read_text(encoding="utf-8")
        assert breaches(text, *CODE) == set()
        assert breaches(text, "dataclasses")

    def test_one_door_to_subprocesses(self) -> None:
        door = "reviewbot/process.py"
        doors = ("subprocess", "multiprocessing", "pty")
        check_none_imports("reviewbot", *doors, but=(door,))
        assert breaches((PROJECT / door).read_text(encoding="utf-8"), "subprocess")

    def test_only_the_command_line_knows_the_commands(self) -> None:
        outer = {"reviewbot.commands", "reviewbot.cli"}
        for path, text in sources("reviewbot"):
            entries = ("reviewbot/__main__.py", "reviewbot/action/__main__.py")
            if path not in ("reviewbot/cli.py", *entries):
                names = imported(text)
                assert not any(
                    name == o or name.startswith(f"{o}.") for name in names for o in outer
                ), path


class TestSizes:
    def test_no_file_is_too_long_to_read(self) -> None:
        lengths = {path: text.count("\n") for path, text in sources(*CODE)}
        assert len(lengths) > 50
        assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


class TestNames:
    def test_one_version(self) -> None:
        # tomllib needs Python 3.11.
        [version] = re.findall(r'^version = "(.+)"', PYPROJECT, re.MULTILINE)
        assert version == reviewbot.__version__
        changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
        assert re.findall(r"^## (\d\S*)", changelog, re.MULTILINE)[0] == version

    def test_each_command_of_the_readme_can_be_given(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = readme_commands()
        assert len(given) > 8
        for words in given:
            try:
                parser().parse_args(words)
            except SystemExit as end:
                assert end.code == 0, f"reviewbot {shlex.join(words)}: {capsys.readouterr().err}"

    def test_each_command_is_in_the_readme(self) -> None:
        choices = next(a.choices for a in parser()._actions if a.dest == "command")
        assert isinstance(choices, dict)
        assert set(choices) - {words[0] for words in readme_commands()} == set()

    def test_each_make_target_of_the_documents_exists(self) -> None:
        contributing = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^|`)make ([a-z]+)", README + contributing, re.MULTILINE))
        assert {"demo", "test", "bench"} <= named
        assert named - set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)) == set()

    @pytest.mark.parametrize("line", re.findall(r"-m model_export (.+)", MAKEFILE))
    def test_the_maker_understands_what_make_asks(self, line: str) -> None:
        words = re.sub(r"\$\((\w+)\)", "1", line).split()
        try:
            given = build_parser(words).parse_args(words)
        except ModuleNotFoundError as missing:
            pytest.skip(f"{missing.name} is not installed")
        assert given.command

    @pytest.mark.parametrize(
        ("column", "name"), list(enumerate(("default", "advisory", "strict"), 2))
    )
    def test_the_policies_are_as_the_readme_says(self, column: int, name: str) -> None:
        table = [line.split("|") for line in README.splitlines() if line.startswith("| ")]
        said = {cells[1].strip(): cells[column].strip() for cells in table if len(cells) == 6}
        policy = load_policy(name)
        race = policy.race
        assert said["race: comment from"] == f"{race.comment:.2f}"
        assert said["race: block from"] == ("never" if race.block == NEVER else f"{race.block:.2f}")
        unsure = "—" if race.escalate == NO_BAND else f"{race.escalate.high:.2f}"
        assert said["race: unsure up to a confidence of"] == unsure
        assert said["comments in one review"] == str(policy.max_comments)
        told = "commented" if policy.report_pre_existing else "noted"
        assert said["findings that were there before"] == told

    def test_the_files_that_the_readme_links_to_exist(self) -> None:
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", README)
        assert links
        assert [link for link in links if not (PROJECT / link).exists()] == []


def readme_commands() -> list[list[str]]:
    """The words after `reviewbot` of each command line in the README's shell blocks."""
    blocks = re.findall(r"```(?:sh|bash)\n(.*?)```", README, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("reviewbot ")]
