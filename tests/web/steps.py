"""What a user does on the dashboard, for tests in a browser."""

from typing import Final

import orjson

from navswap.auth.roles import Role
from navswap.features.users.service import User
from tests.factories.users import PASSWORD, a_user
from tests.web.browser import Page

ROW: Final = "document.querySelector('#station-list button')?.innerText"
CONNECTION: Final = "document.querySelector('#connection').dataset.state"
PANEL: Final = "document.querySelector('#panel-content').innerText"


async def sign_in(page: Page, user: User, password: str = PASSWORD) -> None:
    """Fill in the form and send it."""
    await page.fill("#email", user.email)
    await page.fill("#password", password)
    await page.press("#sign-in button")


async def sign_in_as(page: Page, role: Role) -> User:
    """Sign in as a new user of a role, and return once the page is live."""
    user = await a_user(role, password=PASSWORD)
    await sign_in(page, user)
    await page.until(f"{CONNECTION} === 'live'")
    return user


async def reach(page: Page, selector: str) -> None:
    """Scroll to an element and press it."""
    await page.run(
        f"document.querySelector({orjson.dumps(selector).decode()}).scrollIntoView({{block: 'center'}})"
    )
    await page.press(selector)


async def open_panel(page: Page, name: str) -> None:
    """Open a panel, and return once it shows something."""
    await reach(page, f"#tab-{name}")
    await page.until(f"document.querySelector('#tab-{name}').getAttribute('aria-selected') === 'true'")
    await page.until(f"!{PANEL}.includes('Loading') && !{PANEL}.includes('Waiting for the first')")
