"""The one place that starts streamlit: it finds the dashboard, wherever it is installed, and serves it."""

import errno
import os
import socket
import sys
import threading
import urllib.request
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import URLError

from effdash.vocab import UserError

HOST: Final = "127.0.0.1"
PORT: Final = 8501
TRIED_PORTS: Final = 100
"""So many ports are tried, from the one asked for upwards."""

EVERY_INTERFACE: Final = ("0.0.0.0", "::")


@dataclass(frozen=True)
class Address:
    """Where the dashboard is served."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """What a person on this machine types into the browser."""
        host = HOST if self.host in EVERY_INTERFACE else self.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def find_app(package: Path = Path(__file__).parent) -> Path:
    """The dashboard's `app.py` that belongs to a package: the checkout's, else the copy inside the wheel.

    The checkout goes first because editable installs leave a stale copy behind.
    """
    checkout = package.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / "app.py").is_file():
        return checkout / "app.py"
    return package / "_app" / "app.py"


def shipped_runs() -> Path:
    """The folder of the example runs that come with the dashboard."""
    return find_app().parent / "assets" / "runs"


def static_folder() -> Path:
    """The folder of the fonts that come with the dashboard."""
    return find_app().parent / "static"


def free_address(host: str = HOST, port: int = PORT) -> Address:
    """The first address from `port` upwards that nobody listens on; port 0 leaves the choice to the system.

    Raises:
        UserError: the host is not an address of this machine, or no port is free or allowed.
    """
    for candidate in range(port, min(port + TRIED_PORTS, 2**16)):
        try:
            return Address(host, _bind(host, candidate))
        except socket.gaierror:
            raise UserError(
                f"host {host!r} is not known; use an address such as 127.0.0.1 or 0.0.0.0"
            ) from None
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise UserError(f"host {host!r} is not an address of this machine") from None
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise UserError(f"no port from {port} on is free on {host}; choose another with --port")


def _bind(host: str, port: int) -> int:
    """Binds a socket for a moment and returns its port."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        # As servers do: a port whose last connections are still closing is free.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        return int(probe.getsockname()[1])


def streamlit_arguments(app: Path, address: Address, *, browser: bool) -> list[str]:
    """The words after `streamlit` that serve the app at an address, privately and quietly.

    Flags, since a `.streamlit/config.toml` in the folder one happens to be in must not undo them. Streamlit
    reads the one beside `app.py` by itself.
    """
    options = {
        "server.address": address.host,
        "server.port": str(address.port),
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
        "logger.hideWelcomeMessage": "true",
        "logger.level": "warning",
        "global.developmentMode": "false",
    }
    if not browser:
        options["server.headless"] = "true"
    return ["run", str(app), *(f"--{name}={value}" for name, value in options.items())]


def launch(
    address: Address, *, runs: Path, browser: bool = True, ready: Callable[[], None] = lambda: None
) -> None:
    """Serves the dashboard on a folder of runs, in this process, until it is told to stop (Ctrl-C, SIGTERM).

    `ready` is called, from another thread, once the address answers. What streamlit and the pages print goes
    to stderr meanwhile: stdout is the command's own.
    """
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.web.cli import main as streamlit

    # Else the first deep link into a fresh server shows "page not found": it takes the folder `pages` for
    # the pages themselves until app.py has run for the first time.
    PagesManager.uses_pages_directory = False
    os.environ["EFFDASH_RUNS"] = str(runs.absolute())
    stopped = threading.Event()
    watcher = threading.Thread(target=_call_when_ready, args=(address, ready, stopped), daemon=True)
    watcher.start()
    try:
        with redirect_stdout(sys.stderr):
            streamlit(streamlit_arguments(find_app(), address, browser=browser), standalone_mode=False)
    finally:
        stopped.set()
        watcher.join()


def _call_when_ready(address: Address, ready: Callable[[], None], stopped: threading.Event) -> None:
    """Asks the server until it answers, then calls `ready`."""
    # No proxy between this machine and itself, whatever the environment says.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while not stopped.wait(0.05):
        try:
            with opener.open(f"{address.url}/_stcore/health", timeout=1):
                ready()
                return
        except (URLError, OSError):
            continue
