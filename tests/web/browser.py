"""A headless Chromium, driven over the Chrome DevTools Protocol."""

import asyncio
import base64
import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.support.requirements import find_chromium

T = TypeVar("T")

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    # Every tab is looked at, and a script in it waits by its clock: none is slowed down for being behind another.
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--no-first-run",
    "--window-size=1400,900",
    "--remote-debugging-port=0",
)

_CENTRE = """
(selector => {
  const box = document.querySelector(selector)?.getBoundingClientRect();
  return box?.width ? [box.x + box.width / 2, box.y + box.height / 2] : null;
})"""
CHUNK_BYTES = 65_536
_LOOK_SECONDS = 0.03
_PATIENCE_SECONDS = 180.0


class PageError(Exception):
    """The browser does not answer, or what was waited for never came."""


class ScriptError(PageError):
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
        self.expected: str | None = None
        """What the complaints hold that are no surprise, for the test brings them about."""

    @property
    def surprises(self) -> list[str]:
        """Return the complaints that the test does not expect."""
        return [said for said in self.complaints if self.expected is None or self.expected not in said]

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
        for domain in ("Inspector", "Page", "Runtime", "Log", "Audits", "Network"):
            await self.call(f"{domain}.enable")

    async def visit(self, url: str) -> None:
        """Go to an address and return once it is loaded."""
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        await self._in_time(self._loaded.wait(), f"loading {url}")

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
            raise ScriptError(answer["exceptionDetails"].get("exception", {}).get("description"))
        return answer["result"].get("value")

    async def until(self, condition: str) -> None:
        """Return once an expression is true in the page; raises PageError when it never is.

        The looks are timed here: a test may have changed the timers of the page.
        """
        await self._look(f"Boolean({condition})", lambda answers: answers[-1] is True, condition)

    async def press(self, selector: str, meanwhile: str | None = None) -> None:
        """Press an element with the mouse, as a person would, once it stands still; `meanwhile` is run while it is held down."""

        def stands_still(answers: Sequence[Any]) -> bool:
            return len(answers) > 1 and answers[-1] is not None and answers[-1] == answers[-2]

        quoted = orjson.dumps(selector).decode()
        x, y = await self._look(f"{_CENTRE}({quoted})", stands_still, f"{selector} stands still")
        await self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        await self._button("mousePressed", x, y)
        if meanwhile is not None:
            await self.run(meanwhile)
        await self._button("mouseReleased", x, y)

    async def _button(self, kind: str, x: float, y: float) -> None:
        await self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    async def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol."""
        number = len(self._answers) + 1
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        await self._connection.send(orjson.dumps(message).decode())
        return await self._in_time(answer, method)

    async def listen(self) -> None:
        """Sort what the browser says until it falls silent."""
        try:
            async for frame in self._connection:
                message = orjson.loads(frame)
                if "id" in message:
                    self._settle(self._answers[message["id"]], message)
                else:
                    self._notice(message["method"], message["params"])
        finally:
            self._give_up("the browser says nothing any more")

    async def _look(self, expression: str, good: Callable[[Sequence[Any]], bool], what: str) -> Any:
        """Evaluate an expression again and again until the answers are good, and return the last one."""
        answers: list[Any] = []
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while not answers or not good(answers):
                    await asyncio.sleep(_LOOK_SECONDS if answers else 0)
                    try:
                        answers.append(await self.run(expression))
                    except ScriptError as error:  # what it asks about may not be there yet
                        answers.append(error)
                return answers[-1]
        except TimeoutError as error:
            says = await self.run("document.body.innerText")
            raise PageError(
                f"never came true: {what}; the last look: {answers[-1]}; the page says: {says}"
            ) from error

    async def _in_time(self, awaited: Awaitable[T], what: str) -> T:
        """Return what is awaited; raises PageError when it does not come."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await awaited
        except TimeoutError as error:
            raise PageError(f"{what} had not ended after {_PATIENCE_SECONDS:.0f} s") from error

    def _give_up(self, reason: str) -> None:
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(PageError(reason))

    def _settle(self, answer: "asyncio.Future[Any]", message: dict[str, Any]) -> None:
        if answer.done():
            return  # nobody waits for it any more
        if "error" in message:
            answer.set_exception(PageError(message["error"]["message"]))
        else:
            answer.set_result(message["result"])

    def _notice(self, method: str, parameters: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Inspector.targetCrashed":
            self._give_up("the tab crashed")
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
        address = asyncio.get_running_loop().create_future()
        reading = asyncio.create_task(_read(process, address))
        try:
            yield await address
        finally:
            process.kill()
            await reading
            await process.wait()


@asynccontextmanager
async def new_page(devtools: str, beside: Page | None = None) -> AsyncIterator[Page]:
    """Open a tab that is gone at the end; it knows nothing of the others, unless it is opened `beside` one."""
    async with connect(
        devtools, max_size=None, open_timeout=_PATIENCE_SECONDS, ping_interval=None
    ) as connection:
        page = Page(connection)
        listener = asyncio.create_task(page.listen())
        await page.open(beside)
        yield page
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def _read(process: asyncio.subprocess.Process, address: "asyncio.Future[str]") -> None:
    """Read all that Chromium says, which would stand still otherwise, and take its address from it."""
    assert process.stderr is not None
    said = b""
    while line := await process.stderr.read(CHUNK_BYTES):
        if address.done():
            continue
        said += line
        if announced := re.search(rb"DevTools listening on (ws://\S+)\s", said):
            address.set_result(announced[1].decode())
    if not address.done():
        address.set_exception(AssertionError(f"Chromium did not start: {said.decode(errors='replace')}"))
