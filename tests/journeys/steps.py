"""What people do in the browser, a function per deed; labels are the page's own."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.installation import Installation
from tests.mailbox import Mailbox, links_of

PASSWORD = "seven blue ferries cross"


def become_administrator(installation: Installation, page: Page, email: str) -> None:
    """Make the first administrator on the command line; the printed link lets it choose a password."""
    printed = installation.command("make-administrator", email)
    link = re.search(r"https?://\S+/password/\S+", printed)
    assert link, printed
    page.goto(link.group())
    page.locator("main input[type=password]").first.fill(PASSWORD)
    page.locator("main form button").first.click()
    log_in(page, installation, email)


def log_in(page: Page, installation: Installation, email: str) -> None:
    """Log in with the password."""
    page.goto(f"{installation.base_url}/log-in")
    if page.get_by_role("button", name="Log out").count():
        return
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def create_event(
    page: Page, base_url: str, *, name: str, place: str, zone: str, day: str, last: str = ""
) -> str:
    """Create an event and give the address of its pages; `place` is "Virtual" or "On site"."""
    page.goto(f"{base_url}/events/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label(place, exact=True).check()
    page.get_by_label("First day").fill(day)
    page.get_by_label("Last day").fill(last or day)
    page.locator("select[name=time_zone]").select_option(zone)
    page.get_by_label("What it is about").fill("Firms meet one to one.")
    if place == "Virtual":
        page.locator("input[name=video_link]").fill("https://video.example/{meeting}")
    page.locator("input[name=organiser_name]").fill("Event office")
    page.get_by_label("Postal address").fill("Example street 1, 45127 Essen")
    page.locator("input[name=organiser_email]").fill("office@event.example")
    page.locator("main form button.btn-primary").click()
    expect(page).to_have_url(re.compile(r"/events/(?!new)[a-z0-9-]+"))
    found = re.match(r"https?://[^/]+/events/[a-z0-9-]+", page.url)
    assert found, page.url
    return found.group()


def approve_automatically(page: Page, event_url: str) -> None:
    """Let registrations in without looking at each."""
    page.goto(f"{event_url}/rules")
    page.get_by_label("Automatically").check()
    page.locator("main form button.btn-primary").click()


def add_block(
    page: Page,
    event_url: str,
    *,
    name: str,
    start: str,
    end: str,
    minutes: int,
    stand: str = "",
    at_once: str = "",
) -> None:
    """Cut a span (wall-clock times of the event's zone) into slots."""
    page.goto(f"{event_url}/blocks/new")
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=starts_at]").fill(start)
    page.locator("input[name=ends_at]").fill(end)
    page.locator("input[name=slot_minutes]").fill(str(minutes))
    page.locator("input[name=pause_minutes]").fill("5")
    if stand:
        choose(page, "place_id", stand)
        page.locator("input[name=capacity]").fill(at_once)
    page.locator("main form button.btn-primary").first.click()
    expect(page.locator("main")).to_contain_text(name)


def open_registration(page: Page, event_url: str) -> None:
    """Show the event to everybody."""
    page.goto(f"{event_url}/overview")
    page.get_by_role("button", name="Open registration").click()
    expect(page.locator("main")).to_contain_text("Open for registration")


def register(
    page: Page, event_url: str, mailbox: Mailbox, *, name: str, email: str, firm: str, kind: str, zone: str
) -> str:
    """Come from the event's page, register person and firm, confirm by mail; gives the profile's address."""
    page.goto(f"{event_url}/register")
    page.goto(page.url.replace("/log-in", "/register"))
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Your time zone").select_option(zone)
    page.locator("input[name=organisation_name]").fill(firm)
    page.locator("select[name=kind]").select_option(label=kind)
    page.locator("select[name=country]").select_option("CA" if "America" in zone else "DE")
    page.get_by_role("button", name="Register").click()
    page.goto(links_of(mailbox.wait_for(email, "confirm"))[0])
    page.locator("main form button.btn-primary").click()
    expect(page).to_have_url(re.compile(r"/events/[a-z0-9-]+/register"))
    page.locator("main form button.btn-primary").click()
    expect(page).to_have_url(re.compile(r"/participations/\d+"))
    found = re.match(r".*/participations/\d+", page.url)
    assert found, page.url
    return found.group()


def add_entry(page: Page, participation_url: str, kind: str, title: str) -> None:
    """Say what the firm offers or needs."""
    page.goto(f"{participation_url}/entries/new/{kind}")
    page.get_by_label("In a few words").fill(title)
    page.locator("main form button.btn-primary").first.click()
    page.goto(participation_url)
    expect(page.locator("main")).to_contain_text(title)


def run_round(page: Page, event_url: str, step: str, *, opens: bool = False) -> None:
    """Start one step of a round and wait until the worker has done it."""
    page.goto(f"{event_url}/rounds/new")
    page.locator(f"input[name=step][value={step}]").check()
    if opens:
        page.get_by_label("Open the suggestions to both sides").check()
    page.locator("input[name=seconds]").fill("5")
    page.get_by_role("button", name="Start the round").click()
    expect(page).to_have_url(re.compile(r"/rounds/\d+"))
    if opens:
        expect(page.locator("main")).to_contain_text("Open to both sides since", timeout=60_000)
    else:
        # the head, because the phases of the event name a draft too
        expect(page.locator(".page-head")).to_contain_text("Draft", timeout=60_000)


def publish_round(page: Page) -> None:
    """Publish the draft that is shown."""
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator("main")).to_contain_text("Published")
    # the mails wait for ten minutes, in which all can be undone
    page.get_by_role("button", name="Send the mails now").click()
    expect(page.locator("main")).to_contain_text("on their way")


def say_wish(page: Page, participation_url: str, partner: str, wish: str) -> None:
    """Press must, meet or never beside a suggestion."""
    page.goto(f"{participation_url}/suggestions")
    card = page.locator("article.match", has=page.get_by_role("heading", name=partner))
    card.get_by_role("button", name=wish, exact=True).click()
    card = page.locator("article.match", has=page.get_by_role("heading", name=partner))
    expect(card.get_by_role("button", name=wish, exact=True)).to_have_attribute("aria-pressed", "true")


def choose(page: Page, name: str, text: str) -> None:
    """Choose the option of a select whose words contain the text."""
    option = page.locator(f"select[name={name}] option", has_text=text).first
    page.locator(f"select[name={name}]").select_option(option.get_attribute("value"))
