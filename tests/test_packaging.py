"""The wheel, in an environment of its own: the word `effdash` opens the dashboard from an empty folder."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from effdash.launcher import Address, find_app, free_address, streamlit_arguments
from effdash.vocab import UserError

ROOT: Final = Path(__file__).parent.parent
SHORT: Final = 60.0


@dataclass(frozen=True)
class Installed:
    """An environment with effdash's wheel in it, and an empty folder to work in."""

    bin: Path
    wheel: Path
    folder: Path

    def run(self, *command: str) -> str:
        environment = {**os.environ, "PYTHONPATH": "", "PYTHONWARNINGS": "ignore"}
        return subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel of this checkout, built and installed beside the parts already here, without network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "parts.pth").write_text(sysconfig.get_path("purelib") + "\n")
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "install", "--offline", "--no-deps", "--python", python, wheel]
    subprocess.run(install, capture_output=True, check=True)
    empty = folder / "empty"
    empty.mkdir()
    return Installed(environment / "bin", wheel, empty)


class Server:
    """A dashboard in a process of its own."""

    def __init__(self, command: list[str | Path], folder: Path) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=_plain_environment(),
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()

    @property
    def url(self) -> str:
        return str(json.loads(self.said)["url"])

    def get(self, path: str) -> bytes:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + path, timeout=SHORT) as answer:
            return bytes(answer.read())

    def stop(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Sends a signal; returns the exit code and what was said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=SHORT)
        return self.process.returncode, errors


def _plain_environment() -> dict[str, str]:
    """Without what could make the dashboard behave, or open a browser, by itself."""
    dropped = ("STREAMLIT_", "EFFDASH_", "DISPLAY", "WAYLAND_DISPLAY", "PYTHONPATH")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


@pytest.fixture(scope="module")
def server(installed: Installed) -> Iterator[Server]:
    server = Server([installed.bin / "effdash", "--no-browser", "--port", "0", "--json"], installed.folder)
    yield server
    server.stop(signal.SIGTERM)


def test_the_installed_package_is_the_wheel_s(installed: Installed) -> None:
    place = installed.run(
        "python", "-c", "import effdash, effdash.launcher as l; print(effdash.__file__, l.find_app())"
    )
    package, app = map(Path, place.split())
    assert installed.bin.parent in package.parents
    assert app == package.parent / "_app" / "app.py"


def test_the_wheel_carries_the_dashboard(installed: Installed) -> None:
    names = zipfile.ZipFile(installed.wheel).namelist()
    for needed in (
        "app.py",
        "pages/explore/runs.py",
        "static/inter.woff2",
        ".streamlit/config.toml",
        "assets/logo.svg",
    ):
        assert f"effdash/_app/{needed}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]


def test_one_word_opens_the_dashboard_from_an_empty_folder(server: Server) -> None:
    assert b"<title>" in server.get("/")
    assert server.get("/_stcore/health") == b"ok"


def test_fonts_are_served_from_the_wheel(server: Server) -> None:
    assert server.get("/app/static/inter.woff2") == (ROOT / "static" / "inter.woff2").read_bytes()


def test_it_listens_on_this_machine_alone(server: Server) -> None:
    assert server.url.startswith("http://127.0.0.1:")
    port = json.loads(server.said)["port"]
    with socket.socket() as other, pytest.raises(OSError):
        other.connect((_own_address(), port))


def _own_address() -> str:
    """An address of this machine on some network; a second loopback address where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.2"
        return str(probe.getsockname()[0])


def test_the_pages_run_in_the_wheel(installed: Installed) -> None:
    script = (
        "import sys; from effdash.launcher import find_app; from streamlit.testing.v1 import AppTest;"
        "sys.path.insert(0, str(find_app().parent));"
        "app = AppTest.from_file(str(find_app()), default_timeout=60).run();"
        "print([error.value for error in app.exception])"
    )
    assert installed.run("python", "-c", script).splitlines()[-1] == "[]"


def test_ctrl_c_ends_the_dashboard_without_a_traceback(tmp_path: Path) -> None:
    effdash = Path(sys.executable).with_name("effdash")
    server = Server([effdash, "--no-browser", "--port", "0", "--json", "--runs", tmp_path / "mine"], tmp_path)
    assert json.loads(server.said)["runs"] == str(tmp_path / "mine")
    started = time.monotonic()
    code, errors = server.stop()
    assert code == 130
    assert errors.strip() == "Stopping..."
    assert time.monotonic() - started < 10


def test_the_checkout_s_app_wins_over_a_stale_copy(tmp_path: Path) -> None:
    package = tmp_path / "effdash"
    for place in (package / "_app", tmp_path):
        place.mkdir(exist_ok=True, parents=True)
        (place / "app.py").touch()
    assert find_app(package) == package / "_app" / "app.py"  # somebody's app.py beside an installed package
    (tmp_path / "pyproject.toml").touch()
    assert find_app(package) == tmp_path / "app.py"
    assert find_app() == ROOT / "app.py"


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_address("127.0.0.1", port).port > port
        assert free_address("127.0.0.1", 0).port not in (0, port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_a_host_that_is_not_here_is_refused(host: str) -> None:
    with pytest.raises(UserError, match=f"host '{host}' is not"):
        free_address(host, 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_the_address_said_can_be_opened_on_this_machine(host: str, url: str) -> None:
    assert Address(host, 80).url == url


def test_streamlit_is_told_to_be_private() -> None:
    words = streamlit_arguments(Path("app.py"), Address("127.0.0.1", 8501), browser=False)
    assert words[:2] == ["run", "app.py"]
    assert {"--server.address=127.0.0.1", "--browser.gatherUsageStats=false", "--server.headless=true"} < set(
        words
    )
    assert "--server.headless=true" not in streamlit_arguments(
        Path("app.py"), Address("::1", 1), browser=True
    )


def test_streamlit_still_has_the_switch_for_page_discovery() -> None:
    """Where it is gone, `launch` need not set it; look whether deep links still open on a fresh server."""
    from streamlit.runtime.pages_manager import PagesManager

    assert "uses_pages_directory" in vars(PagesManager)


def test_the_test_extra_brings_what_the_tests_start() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {
        requirement.split(">")[0].split("[")[0] for requirement in project["optional-dependencies"]["test"]
    }
    assert {"build", "hatchling", "playwright", "pytest", "ruff", "mypy"} <= names
    assert shutil.which("uv", path=str(Path(sys.executable).parent)), "make test installs uv into .venv"
