"""Browser tests wait longer than Playwright's 5 seconds: a busy machine is no failure."""

from playwright.sync_api import expect

expect.set_options(timeout=30_000)
