"""Takes the pictures of the README: `uv run python -m tests.web.take_pictures URL`, beside a `navswap up` that has run for a while.

They go to `docs/images`: the dashboard, a station's page in the dark, the dashboard on a phone, and GraphiQL with an answer.
"""

import asyncio
import sys
from pathlib import Path

from tests.web.browser import Page, chromium, new_page

IMAGES = Path(__file__).parents[2] / "docs" / "images"
ACCOUNT = ("admin@demo.navswap", "two-minute-swap")
ANSWER = "document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()"


async def sign_in(page: Page) -> None:
    """Sign in where the page asks for it, and wait until the network is shown live."""
    await page.fill("#email", ACCOUNT[0])
    await page.fill("#password", ACCOUNT[1])
    await page.run("document.querySelector('#sign-in').requestSubmit()")
    await page.until("document.querySelector('#connection').dataset.state === 'live'")
    await page.until("navswap.map.movers.size > 0 && navswap.map.streets !== null")
    await page.until("document.querySelector('#panel-content').innerText.includes('Latest swaps')")


async def keep(page: Page, name: str) -> None:
    """Write what is seen to a file."""
    await page.run("document.activeElement.blur(); new Promise((resolve) => setTimeout(resolve, 1500))")
    (IMAGES / f"{name}.png").write_bytes(await page.screenshot())


async def take(url: str) -> None:
    """Take all of them."""
    async with chromium() as devtools:
        async with new_page(devtools) as page:
            await page.look(1440, 900, still=True)
            await page.visit(url)
            await sign_in(page)
            await keep(page, "dashboard")
            await page.look(1440, 900, still=True, dark=True)
            await page.run("document.querySelector('#tab-stations').click()")
            await page.run("document.querySelector('#station-list button').click()")
            await page.until("document.querySelector('#outcomes-say, #station-content .chart')")
            await keep(page, "dashboard_station")
        async with new_page(devtools) as page:
            await page.look(390, 844, still=True)
            await page.visit(url)
            await sign_in(page)
            await page.run("scrollTo(0, 0)")
            await keep(page, "dashboard_phone")
        async with new_page(devtools) as page:
            await page.look(1440, 900, still=True)
            await page.visit(f"{url}/graphiql")
            await page.until("document.querySelector('.examples')")
            editor = "document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror"
            await page.until(f"{editor}?.operationName === 'StationsNearAPoint'")
            await page.press(".graphiql-execute-button")
            await page.until(f"{ANSWER}?.includes('freePacks')")
            await keep(page, "graphiql")


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1].rstrip("/")))
