"""A headless Chromium, driven over the Chrome DevTools Protocol."""

import asyncio
import base64
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.support.requirements import find_chromium

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--window-size=1400,900",
    "--remote-debugging-port=0",
)

_WAIT = """
(condition, patience) => new Promise((resolve, reject) => {
  const end = performance.now() + patience;
  const look = () => {
    if (condition()) {
      resolve();
    } else if (performance.now() < end) {
      setTimeout(look, 30); // asking for a frame would have the whole page drawn for each look
    } else {
      reject(new Error(`never came true: ${condition}; the page says: ${document.body.innerText}`));
    }
  };
  look();
})
"""
_STILL = """
(selector, patience) => new Promise((resolve, reject) => {
  const end = performance.now() + patience;
  let before = "";
  const look = () => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    const now = box?.width ? JSON.stringify(box) : "";
    if (now && now === before) {
      resolve([box.x + box.width / 2, box.y + box.height / 2]);
    } else if (performance.now() < end) {
      before = now;
      requestAnimationFrame(look);
    } else {
      reject(new Error(`never stood still: ${selector}; the page says: ${document.body.innerText}`));
    }
  };
  look();
})
"""
_PATIENCE_MILLISECONDS = 30_000


class PageError(Exception):
    """A script of the test failed in the page."""


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._session: str | None = None
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._loaded = asyncio.Event()
        self.profile = ""
        """The browser context that the tab belongs to."""
        self.complaints: list[str] = []
        """What the policy, the network and failed scripts had to complain of."""

    async def open(self, beside: Self | None = None) -> None:
        """Attach to a new tab and listen to all that it complains of; `beside` another, it is of the same user's browser."""
        if beside is None:
            profile = await self.call("Target.createBrowserContext", disposeOnDetach=True)
            self.profile = str(profile["browserContextId"])
        else:
            self.profile = beside.profile
        target = await self.call(
            "Target.createTarget",
            url="about:blank",
            browserContextId=self.profile,
            newWindow=True,  # a tab behind another one draws no frames, and waits for ever
        )
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Audits", "Network"):
            await self.call(f"{domain}.enable")

    async def visit(self, url: str) -> None:
        """Go to an address and return once it is loaded."""
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        await self._loaded.wait()

    async def look(
        self, width: int = 1400, height: int = 900, *, dark: bool = False, still: bool = False
    ) -> None:
        """Show the page in a window of a size in pixels, light or dark, and to a person who wants nothing to move."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"},
        ]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def screenshot(self) -> bytes:
        """Return what is seen, as PNG."""
        shot = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(shot["data"])

    async def fill(self, selector: str, text: str) -> None:
        """Write a text into a field."""
        await self.run(
            f"document.querySelector({orjson.dumps(selector).decode()}).value = {orjson.dumps(text).decode()}"
        )

    async def key(self, name: str) -> None:
        """Press a key of the keyboard by its name, such as Tab."""
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name)

    async def run(self, script: str) -> Any:
        """Return the value of an expression; a promise is awaited."""
        answer = await self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in answer:
            raise PageError(answer["exceptionDetails"].get("exception", {}).get("description"))
        return answer["result"].get("value")

    async def until(self, condition: str) -> None:
        """Return once an expression is true in the page."""
        await self.run(f"({_WAIT})(() => {condition}, {_PATIENCE_MILLISECONDS})")

    async def press(self, selector: str) -> None:
        """Press an element with the mouse, as a person would, once it stands still."""
        x, y = await self.run(f"({_STILL})({orjson.dumps(selector).decode()}, {_PATIENCE_MILLISECONDS})")
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol."""
        number = len(self._answers) + 1
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        await self._connection.send(orjson.dumps(message).decode())
        return await answer

    async def listen(self) -> None:
        """Sort what the browser says until it falls silent."""
        async for frame in self._connection:
            message = orjson.loads(frame)
            if "id" in message:
                self._settle(self._answers[message["id"]], message)
            else:
                self._notice(message["method"], message["params"])

    def _settle(self, answer: "asyncio.Future[Any]", message: dict[str, Any]) -> None:
        if "error" in message:
            answer.set_exception(PageError(message["error"]["message"]))
        else:
            answer.set_result(message["result"])

    def _notice(self, method: str, parameters: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in {"warning", "error"}:
            self.complaints.append(f"{parameters['entry']['source']}: {parameters['entry']['text']}")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(f"exception: {parameters['exceptionDetails']}")
        elif method == "Audits.issueAdded" and "contentSecurityPolicy" in str(parameters["issue"]["details"]):
            self.complaints.append(f"policy: {parameters['issue']['details']}")
        elif method == "Network.loadingFailed":
            self.complaints.append(
                f"network: {parameters['errorText']} {parameters.get('blockedReason', '')}"
            )


@asynccontextmanager
async def chromium() -> AsyncIterator[str]:
    """Start a Chromium with a profile of its own and give the address of its devtools."""
    binary = find_chromium()
    assert binary is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            binary,
            *FLAGS,
            f"--user-data-dir={profile}",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield await _devtools(process)
        finally:
            process.kill()
            await process.communicate()


@asynccontextmanager
async def new_page(devtools: str, beside: Page | None = None) -> AsyncIterator[Page]:
    """Open a tab that is gone at the end; it knows nothing of the others, unless it is opened `beside` one."""
    async with connect(devtools, max_size=None, ping_interval=None) as connection:
        page = Page(connection)
        listener = asyncio.create_task(page.listen())
        await page.open(beside)
        yield page
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def _devtools(process: asyncio.subprocess.Process) -> str:
    """Return the address that Chromium announces."""
    assert process.stderr is not None
    said = b""
    async for line in process.stderr:
        said += line
        if announced := re.search(rb"DevTools listening on (ws://\S+)", line):
            return announced[1].decode()
    raise AssertionError(f"Chromium did not start: {said.decode(errors='replace')}")
