"""The page of a rehearsal, in a real browser: alone, readable by everybody, on a desk and on a phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from orchestrator.commands import retelling_page, retelling_rows
from orchestrator.playbook.load import load
from orchestrator.playbook.shipped import shipped
from workers.simulation import Simulation

START = datetime(2027, 1, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks of the French circle, written as `rehearse --html` does."""
    cercle = [one for one in load([shipped("playbooks")]).playbooks if one.playbook == "cercle"]
    simulation = Simulation(cercle, members=16, seed=2, start=START)
    try:
        simulation.play(START + timedelta(weeks=2))
        page = retelling_page.as_page(retelling_rows.tell(simulation))
    finally:
        simulation.close()
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(page, encoding="utf-8")
    return file


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390])
def test_the_page_of_a_rehearsal_is_whole_in_light_and_dark_on_a_desk_and_on_a_phone(
    browser: Browser, page_file: Path, width: int, scheme: str
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda sent: complaints.append(sent.url) if not sent.url.startswith("file:") else None)
    page.goto(page_file.as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").count() == 1
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()
    assert complaints == []


def test_a_chip_in_the_calendar_leads_to_its_messages(browser: Browser, page_file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())

    chip = page.locator("a.chip", has_text="Question du lundi").first
    target = str(chip.get_attribute("href"))
    chip.click()

    assert page.url.endswith(target)
    assert "Question du lundi" in page.locator(target).inner_text()
    context.close()
