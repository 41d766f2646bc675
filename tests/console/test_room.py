"""The practice room, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

RITUAL = "question-du-lundi"


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def page(browser: Browser, house: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param == "with JavaScript")
    one = context.new_page()
    complaints: list[str] = []
    one.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    one.on("request", lambda sent: complaints.append(sent.url) if not sent.url.startswith(house) else None)
    yield one
    context.close()
    assert complaints == []


def sit(page: Page, house: str, name: str) -> None:
    page.goto(f"{house}room?space=cercle/salon&seat={name}")


def refreshed(page: Page) -> None:
    page.locator(".refresh a").click()


def hold(page: Page) -> None:
    page.locator(f'[data-ritual$="/{RITUAL}"] button').first.click()


def test_a_ritual_is_held_answered_and_recapped(page: Page, house: str) -> None:
    sit(page, house, "Ana Lopes")
    before = page.locator('[data-panel="slack"] .messages > [data-author="us"]').count()

    hold(page)
    slack = page.locator('[data-panel="slack"] .messages > [data-author="us"]').last
    telegram = page.locator('[data-panel="telegram"] .messages > [data-author="us"]').last
    expect(page.locator('[data-panel="slack"] .messages > [data-author="us"]')).to_have_count(before + 1)
    expect(telegram).to_be_visible()
    slack.locator("summary").first.click()
    slack.locator('[data-field="reply"]').fill("Trois clients, puis vingt, puis un vrai prix.")
    slack.locator(".reply button").click()
    answer = page.locator("[data-replies] [data-text]", has_text="Trois clients, puis vingt").last
    expect(answer).to_be_visible()
    page.locator("[data-extras]").click()
    page.locator(f'[data-ritual$="/{RITUAL}"] [data-finish]').click()
    refreshed(page)

    recap = page.locator('[data-panel="slack"] .messages > [data-author="us"]').last
    expect(recap).to_contain_text("Trois clients, puis vingt")
    expect(recap).to_contain_text("— Ana")
    expect(page.locator('[data-panel="telegram"] .messages > [data-author="us"]').last).not_to_contain_text("Ana")
    expect(answer).to_be_visible()


def test_an_answer_by_the_button_needs_no_thread(page: Page, house: str) -> None:
    sit(page, house, "Rosa Weiss")
    hold(page)

    page.locator('[data-panel="slack"] [data-button="answer"]').last.click()
    form = page.locator("[data-form]")
    form.locator("[data-leave]").click()
    expect(form).to_have_count(0)  # closed unsent, as on Slack
    page.locator('[data-panel="slack"] [data-button="answer"]').last.click()
    expect(form).to_be_visible()
    form.locator('[data-field="form"]').fill("Par écrit, une fois par semaine.")
    form.locator("button").first.click()

    expect(page.locator("[data-form]")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_everybody_can_use_it(browser: Browser, house: str, scheme: str, width: int) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})  # type: ignore[arg-type]
    page = context.new_page()
    sit(page, house, "Ana Lopes")
    hold(page)

    findings = Axe().run(page)

    assert findings.violations_count == 0, findings.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_another_site_can_neither_act_nor_look(house: str) -> None:
    act = {"do": "hold", "ritual": f"cercle/{RITUAL}"}

    assert httpx.post(f"{house}room/act", data=act, headers={"Origin": "https://evil.example"}).status_code == 403
    assert httpx.get(house, headers={"Host": "evil.example"}).status_code == 403


def test_every_answer_forbids_foreign_code(house: str) -> None:
    for path in ("room", "healthz", "static/room.css"):
        policy = httpx.get(house + path).headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy


def test_health_names_every_part(house: str) -> None:
    answer = httpx.get(f"{house}healthz")

    assert answer.status_code == 200
    assert set(answer.json()["parts"]) == {"database", "listen", "worker", "clock", "console", "slack", "telegram"}
    assert httpx.get(f"{house}readyz").json()["ok"] is True
    assert "tertulia_waiting" in httpx.get(f"{house}metrics").text


def test_a_host_sits_in_the_hosts_space_and_approves(page: Page, house: str) -> None:
    sit(page, house, "Ana Lopes")
    said = page.locator('[data-panel="slack"] .messages > [data-author="us"]', has_text="Douze semaines de plus")
    before = said.count()

    page.locator('[data-ritual$="/bilan-du-trimestre"] [data-ask]').click()
    expect(page.locator("[data-notice]")).to_contain_text("inès, dans coulisses")
    expect(said).to_have_count(before)
    page.goto(f"{house}room?space=cercle/coulisses&seat=alexis")
    page.locator('[data-button="approve"]').last.click()
    expect(page.locator('[data-panel="slack-direct"]')).to_contain_text("Inès")  # the playbook asks her alone
    page.goto(f"{house}room?space=cercle/coulisses&seat=inès")
    page.locator('[data-button="approve"]').last.click()
    expect(page.locator('[data-panel="slack"]')).to_contain_text("Inès a donné son accord")

    sit(page, house, "Ana Lopes")
    expect(said).to_have_count(before + 1)


def test_somebody_new_comes_in_and_is_welcomed(page: Page, house: str) -> None:
    sit(page, house, "Ana Lopes")

    page.locator("[data-come-in]").click()

    told = page.locator("[data-notice]").inner_text()
    newcomer = told.partition(" vient d’arriver.")[0]
    assert f"écrit directement à {newcomer}" in told
    sit(page, house, newcomer)
    greeting = page.locator('[data-panel="slack-direct"] [data-author="us"]', has_text="Bienvenue, ")
    expect(greeting).to_contain_text(f"Bienvenue, {newcomer.split()[0]}")
    greeting.locator('[data-button="accept"]').click()
    expect(greeting).to_contain_text("Tu as accepté notre charte")


@pytest.mark.parametrize("platform", ["slack", "telegram"])
def test_the_word_stop_is_answered_in_the_direct_chat(page: Page, house: str, platform: str) -> None:
    sit(page, house, "Malik Diallo")

    for word, told in (("Stop !", "Plus de message de ma part"), ("start", "écris stop")):
        page.locator(f'[data-panel="{platform}-direct"] [data-field="say"]').fill(word)
        page.locator(f'[data-panel="{platform}-direct"] .say button').click()
        expect(page.locator(f'[data-panel="{platform}-direct"] [data-author="us"]').last).to_contain_text(told)


def test_a_space_with_a_past_has_somebody_to_write_to(page: Page, house: str) -> None:
    nudge, hint = page.locator('[data-ritual="circle/thinking-of-you"]'), page.locator("[data-past]")
    page.goto(f"{house}room?space=circle/workshop&seat=Tom Leroy")
    if hint.count():
        nudge.locator("button").first.click()
        expect(page.locator("[data-notice]")).to_contain_text("Give this space a past first")
        hint.click()
        expect(hint).to_have_count(0)

        nudge.locator("button").first.click()
        expect(page.locator("[data-notice]")).to_contain_text("sent directly to")
        page.locator("[data-there]").click()
        expect(page.locator('[data-button="later"]').first).to_be_visible()

    page.locator('[data-ritual="circle/friendly-argument"] button').first.click()
    expect(page.locator("[data-notice]")).to_contain_text("posted in workshop; sent directly to")
    page.locator("[data-there]").click()
    expect(page.locator('[data-button="accept"]').last).to_be_visible()


@pytest.mark.parametrize(
    ("platform", "command"),
    [("slack", "/tertulia pourquoi bienvenue"), ("slack", "/tertulia moi"), ("telegram", "/moi")],
)
def test_a_command_is_obeyed_where_it_is_written(page: Page, house: str, platform: str, command: str) -> None:
    is_host_word = "pourquoi" in command
    space, seat = ("coulisses", "inès") if is_host_word else ("salon", "Tom Leroy")
    page.goto(f"{house}room?space=cercle/{space}&seat={seat}")
    where = f'[data-panel="{platform}"]' if is_host_word else f'[data-panel="{platform}-direct"]'
    told = page.locator(f'{where} [data-author="us"]', has_text="bienvenue" if is_host_word else "Voici ce que je sais")
    before = told.count()

    page.locator(f'[data-panel="{platform}"] > form [data-field="say"]').fill(command)
    page.locator(f'[data-panel="{platform}"] > form button').click()

    expect(told).to_have_count(before + 1)
    assert page.url.endswith(f"#{platform}")  # back where one was
