"""Hostile programs stay inside: what they reached is asserted, not what they say."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewbot.errors import NoSandbox
from reviewbot.escalation import sandbox as module
from reviewbot.escalation.sandbox import MARK, Confined, Limits, Sandbox, open_sandbox, run_confined
from reviewbot.process import run

SMALL = Limits(seconds=5, memory=200 << 20, tasks=64, file_size=1 << 20, output=1 << 16)


def _works() -> bool:
    try:
        open_sandbox(unsafe=False)
    except NoSandbox:
        return False
    return True


needs_bubblewrap = pytest.mark.skipif(not _works(), reason="bubblewrap does not work here")


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not pytest's tmp_path: that is closed to others, and root runs hostile code as nobody.
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o711)
        work = Path(made) / "work"
        work.mkdir()
        yield work


def confined(script: str, folder: Path, limits: Limits = SMALL) -> Confined:
    return run_confined(["sh", "-c", script], root=folder, writable=[folder], limits=limits)


def compiled(folder: Path, source: str) -> Path:
    (folder / "program.c").write_text(source)
    done = run(["cc", "-O0", "-w", "-pthread", "program.c", "-o", "program"], cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "program"


def alive(needle: bytes) -> list[str]:
    """Processes of the machine whose command line or environment holds the needle."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if needle in text:
                found.append(entry.name)
    return found


def gone(needle: bytes) -> bool:
    """Whether no such process is left; the kernel takes a moment to end a namespace."""
    end = time.monotonic() + 3
    while alive(needle):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@needs_bubblewrap
class TestAnOrdinaryProgram:
    def test_runs_writes_its_folder_and_gives_its_status(self, folder: Path) -> None:
        done = confined("echo made > here; echo out; echo err >&2; exit 7", folder)
        assert (done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"err\n")
        assert done.stopped is None
        assert (folder / "here").read_text() == "made\n"

    def test_may_compile_and_run_threads(self, folder: Path) -> None:
        (folder / "a.c").write_text(
            "#include <pthread.h>\nvoid *f(void *p) { return p; }\n"
            "int main(void) { pthread_t t; pthread_create(&t, 0, f, 0);"
            " return pthread_join(t, 0); }\n"
        )
        done = confined("cc a.c -o a -pthread && ./a", folder)
        assert (done.returncode, done.stderr) == (0, b"")

    def test_gets_a_tmp_of_its_own(self, folder: Path) -> None:
        name = f"reviewbot-probe-{os.getpid()}"
        done = confined(f"echo x > /tmp/{name} && ls /tmp", folder)
        assert name in done.stdout.decode()
        assert not Path("/tmp", name).exists()


@needs_bubblewrap
class TestContained:
    def test_a_write_outside_its_folder(self, folder: Path) -> None:
        victim = folder.parent / "victim"
        victim.write_text("safe")
        script = (
            f"echo bad > {victim}; echo bad > {folder}/../other; echo bad > /usr/bad;"
            " echo bad > /etc/bad; rm -rf /usr/bin/env; chmod 777 /usr; echo tried"
        )
        done = confined(script, folder)
        assert done.stdout == b"tried\n"
        assert victim.read_text() == "safe"
        assert not (folder.parent / "other").exists()
        assert not Path("/usr/bad").exists()
        assert not Path("/etc/bad").exists()
        assert Path("/usr/bin/env").exists()

    def test_a_flood_of_the_memory_that_files_live_in(self, folder: Path) -> None:
        script = "; ".join(f"echo x > {at}/flood && echo reached" for at in ("", "/dev", "/etc"))
        big = "fallocate -l 1G /dev/shm/flood || echo full"
        done = confined(f"{script}; {big}", folder, Limits(seconds=20, file_size=2 << 30))
        assert done.stdout == b"full\n"

    def test_a_look_at_other_peoples_files(self, folder: Path) -> None:
        secret = folder.parent / "secret"
        secret.write_text("a-token-of-mine")
        done = confined(
            f"cat {secret} /etc/shadow /root/.ssh/* /home/*/.ssh/*; ls /root /home; echo tried",
            folder,
        )
        assert done.stdout == b"tried\n"

    def test_a_link_out_of_the_folder_leads_nowhere(self, folder: Path) -> None:
        secret = folder.parent / "secret"
        secret.write_text("a-token-of-mine")
        done = confined(f"ln -s {secret} link; cat link; echo x > link; echo tried", folder)
        assert done.stdout == b"tried\n"
        assert secret.read_text() == "a-token-of-mine"

    def test_a_network_attempt(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.3)
            program = compiled(folder, _CONNECT % server.getsockname()[1])
            # The program itself is sound: outside it does connect.
            assert run([str(program)]).returncode == 0
            server.accept()[0].close()
            done = confined("./program", folder)
            assert done.returncode == 1
            with pytest.raises(TimeoutError):
                server.accept()

    def test_our_environment_is_not_passed_on(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GITHUB_TOKEN", "a-token-of-mine")
        done = confined("env; cat /proc/*/environ | tr '\\0' '\\n'", folder)
        assert b"PATH=" in done.stdout
        assert b"a-token-of-mine" not in done.stdout

    def test_our_processes_are_neither_seen_nor_signalled(self, folder: Path) -> None:
        done = confined(f"kill -9 {os.getpid()}; ls -d /proc/[0-9]* | wc -l", folder)
        assert int(done.stdout) < 10

    def test_a_second_user_namespace_is_refused(self, folder: Path) -> None:
        done = confined("unshare -Ur true; echo $?", folder)
        assert done.stdout.strip() != b"0"


@needs_bubblewrap
class TestEnded:
    def test_a_fork_bomb(self, folder: Path) -> None:
        name = f"bomb{os.getpid()}"
        (folder / name).write_text("f() { f | f & }\nf\nsleep 30\n")
        started = time.monotonic()
        done = confined(f"sh ./{name}", folder, replace(SMALL, seconds=2))
        # Either the watch saw it in time, or the kernel refused to fork.
        assert done.stopped
        assert "64 processes" in done.stopped or b"annot fork" in done.stderr
        assert time.monotonic() - started < 5
        assert gone(name.encode())

    def test_endless_output(self, folder: Path) -> None:
        done = confined("yes", folder, Limits(seconds=0.5, output=1 << 16))
        assert len(done.stdout) == 1 << 16
        assert done.truncated
        assert done.timed_out
        assert done.stopped == "it was still running after 0.5 s"

    def test_too_much_memory(self, folder: Path) -> None:
        compiled(folder, _EATER)
        done = confined("./program", folder)
        assert done.stopped == "it used more than 200 MiB of memory"

    def test_memory_that_is_only_reserved_is_fine(self, folder: Path) -> None:
        compiled(folder, _RESERVER)
        assert confined("./program", folder).returncode == 0

    def test_a_file_that_grows_without_end(self, folder: Path) -> None:
        done = confined("yes > big", folder)
        assert done.returncode != 0
        assert (folder / "big").stat().st_size <= 1 << 20

    def test_many_files_that_fill_the_disk(self, folder: Path) -> None:
        script = "i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero > f$i; done"
        done = confined(script, folder, Limits(seconds=20, disk=32 << 20))
        shutil.rmtree(folder)
        assert done.stopped == "it wrote more than 32 MiB to the disk"

    def test_a_daemon_that_left_its_session(self, folder: Path) -> None:
        name = f"daemon{os.getpid()}"
        (folder / name).write_text("sleep 60\n")
        started = time.monotonic()
        done = confined(f"setsid sh ./{name} & setsid nohup sh ./{name} & echo started", folder)
        assert done.stdout == b"started\n"
        assert time.monotonic() - started < 4
        assert gone(name.encode())

    def test_a_program_that_ignores_sigterm(self, folder: Path) -> None:
        name = f"stubborn{os.getpid()}"
        (folder / name).write_text("trap '' TERM INT HUP\nwhile :; do sleep 0.1; done\n")
        done = confined(f"sh ./{name}", folder, Limits(seconds=0.5))
        assert done.timed_out
        assert gone(name.encode())


class TestUnsafe:
    """Without bubblewrap the limits still hold; what is readable does not change."""

    def run(self, script: str, folder: Path, limits: Limits = SMALL) -> Confined:
        box = Sandbox(unsafe=True)
        return box.run(["sh", "-c", script], root=folder, writable=[folder], limits=limits)

    def test_runs(self, folder: Path) -> None:
        assert self.run("echo hello; exit 3", folder).returncode == 3

    def test_a_daemon_that_left_its_session_is_found_by_its_mark(self, folder: Path) -> None:
        name = f"daemon{os.getpid()}"
        (folder / name).write_text("sleep 60\n")
        self.run(f"setsid sh ./{name} >/dev/null 2>&1 & echo started", folder)
        assert gone(name.encode())

    def test_a_daemon_that_holds_the_pipe_does_not_hold_us(self, folder: Path) -> None:
        started = time.monotonic()
        done = self.run("setsid sleep 60 & echo started", folder, Limits(seconds=0.3))
        assert done.stdout == b"started\n"
        assert time.monotonic() - started < 5
        assert gone(MARK.encode())

    def test_too_much_memory(self, folder: Path) -> None:
        compiled(folder, _EATER)
        assert self.run("./program", folder).stopped == "it used more than 200 MiB of memory"


class TestWithoutASandbox:
    @pytest.fixture(autouse=True)
    def _forget(self) -> Iterator[None]:
        module._problem.cache_clear()
        yield
        module._problem.cache_clear()

    def test_a_missing_bubblewrap_is_refused_and_the_way_out_is_named(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(NoSandbox, match=r"not installed.*--unsafe-local"):
            open_sandbox(unsafe=False)

    def test_refused_namespaces_are_explained(
        self, monkeypatch: pytest.MonkeyPatch, folder: Path
    ) -> None:
        fake = folder / "bwrap"
        fake.write_text(
            "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
        )
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        with pytest.raises(NoSandbox, match="No permissions to create new namespace"):
            open_sandbox(unsafe=False)

    def test_whoever_trusts_the_code_may_go_on(self) -> None:
        assert open_sandbox(unsafe=True).unsafe


@needs_bubblewrap
def test_two_runs_at_once_do_not_end_each_other(folder: Path) -> None:
    results: list[Confined] = []
    slow = threading.Thread(target=lambda: results.append(confined("sleep 0.5; echo slow", folder)))
    slow.start()
    confined("yes", folder, Limits(seconds=0.2))
    slow.join()
    assert results[0].stdout == b"slow\n"


_CONNECT = """
#include <arpa/inet.h>
#include <sys/socket.h>
int main(void) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(%d)};
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  return connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to) != 0;
}
"""
_EATER = """
#include <stdlib.h>
#include <string.h>
int main(void) { for (;;) memset(malloc(1 << 22), 1, 1 << 22); }
"""
_RESERVER = """
#include <sys/mman.h>
int main(void) {
  return mmap(0, 1L << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
         == MAP_FAILED;
}
"""
