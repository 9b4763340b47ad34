"""The web server as a process of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from huiying.common.errors import Refused
from huiying.ops import serve, worker

START_SECONDS = 60


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        yield taken


def free_port() -> int:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def fetched(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def wait_for(url: str, process: subprocess.Popen[str]) -> tuple[int, str]:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            return fetched(url)
        except urllib.error.URLError:
            time.sleep(0.1)
    process.kill()
    pytest.fail(f"the server did not come up: {process.communicate()}")


def test_the_town_is_served_with_its_styles_and_jobs_and_ctrl_c_ends_it_cleanly(house) -> None:
    port = free_port()
    command = [sys.executable, "-m", "huiying", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command,
        env=house.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=house.home,
        start_new_session=True,
    )
    status, page = wait_for(f"http://127.0.0.1:{port}/sign-in/", process)
    assert status == 200
    assert "<form" in page
    assert fetched(f"http://127.0.0.1:{port}/static/huiying/app.css")[0] == 200
    taken = house.run("serve", "--port", str(port), check=False)
    assert taken.returncode == 2
    assert f"端口 {port} 已被占用" in taken.stderr
    wait_for_jobs(house)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of it
    _, told = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}/" in told
    assert told.splitlines()[-1] == "已停止。"
    assert "Traceback" not in told
    assert "Unexpected" not in told


def wait_for_jobs(house) -> None:
    """The thread of the web process has run what was due (no place is loaded: most of them say so)."""
    look = f"""
import time
from huiying.ops.models import JobRun
until = time.monotonic() + {START_SECONDS}
def done() -> list[str]:
    return sorted(JobRun.objects.values_list("name", flat=True))
while done() != {sorted(worker.JOBS)} and time.monotonic() < until:
    time.sleep(0.1)
print(*done())
"""
    assert house.run("shell", "-v", "0", "-c", look).stdout.split() == sorted(worker.JOBS)


def test_a_taken_port_is_told_with_another(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with pytest.raises(Refused, match=f"端口 {port} 已被占用.*--port {port + 1}"):
        serve.require_free("127.0.0.1", port)
    serve.require_free("127.0.0.1", free_port())


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 8000), ("127.0.0.1", 70000)])
def test_an_address_that_is_not_ours_is_refused(host: str, port: int) -> None:
    with pytest.raises(Refused):
        serve.require_free(host, port)


def test_a_house_without_tables_is_not_served(bare_house) -> None:
    done = bare_house.run("serve", check=False)
    assert done.returncode == 2
    assert "huiying migrate" in done.stderr


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://127.0.0.1:80/"), ("0.0.0.0", "http://127.0.0.1:80/"), ("::1", "http://[::1]:80/")],
)
def test_the_address_is_one_a_browser_can_open(host: str, shown: str) -> None:
    assert serve.address(host, 80) == shown
