"""Where each role can go in the demo data, and the states that its pages can be in: for checks, and for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page

from komma_tracker.demo.plot import shift
from komma_tracker.events.rules import working_day_before

NOBODY, LEAD, CONSULTANT, READER = "", "lead@example.org", "beratung-a@example.org", "lesen@example.org"
COORDINATOR, HEAD = "koordination-k01@example.org", "leitung-k01@example.org"

TODAY = datetime.now(ZoneInfo("Europe/Berlin")).date()
LATELY = working_day_before(TODAY)
MONTH_BEFORE = TODAY.replace(day=1) - timedelta(days=1)
"""A day of the month that waits for the told municipality's yes."""
COACHING = date(2025, 1, 22) + shift(TODAY)
"""A coaching of the told engagement, four weeks ago."""
FAULTY = """\
Datum;Kommune;Tage;Tätigkeit;Modus;Arbeitspaket;Beratungsperson;Notiz
31.02.2026;K01;0,5;Workshop;vor Ort;AP3;beratung-a@example.org;Diesen Tag gibt es nicht
02.11.2026;K99;1;Training;vor Ort;AP4;beratung-a@example.org;Diese Kommune auch nicht
03.11.2026;K01;viel;Training;online;AP9;niemand@example.org;Umfang, Arbeitspaket und Person sind unbekannt
"""
SOUND = f"""\
Datum;Kommune;Tage;Tätigkeit;Modus;Arbeitspaket;Beratungsperson;Notiz;Farbe
{TODAY - timedelta(days=91):%d.%m.%Y};K01;0,5;Workshop;vor Ort;AP3;beratung-a@example.org;Clearing;blau
{TODAY - timedelta(days=60):%d.%m.%Y};K01;1;Training;vor Ort;AP4;beratung-a@example.org;Führungskräfte;grün
{TODAY - timedelta(days=60):%d.%m.%Y};K01;0,25;Abstimmung;online;AP0;beratung-a@example.org;Nachlese;grau
"""
TOGGL = f"""\
User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount ()
A,beratung-a@example.org,Neuenwera,AP3,Workshop,Clearing,No,{TODAY},09:00:00,{TODAY},13:00:00,04:00:00,vor Ort,
A,beratung-a@example.org,Meier GmbH,Webseite,Entwurf,Startseite,Yes,{TODAY},14:00:00,{TODAY},15:00:00,01:00:00,,
"""
CALENDAR = f"""\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1@kalender.example
SUMMARY:Workshop Clearingverfahren, Neuenwerra
LOCATION:Rathaus
DTSTART;TZID=W. Europe Standard Time:{LATELY:%Y%m%d}T090000
DTEND;TZID=W. Europe Standard Time:{LATELY:%Y%m%d}T120000
END:VEVENT
BEGIN:VEVENT
UID:2@kalender.example
SUMMARY:Steuerungsgruppe
DTSTART;TZID=Ortszeit:{LATELY:%Y%m%d}T140000
DTEND;TZID=Ortszeit:{LATELY:%Y%m%d}T150000
END:VEVENT
BEGIN:VEVENT
UID:3@kalender.example
SUMMARY:Training K02
DTSTART:{LATELY:%Y%m%d}T130000Z
RRULE:FREQ=HOURLY
END:VEVENT
END:VCALENDAR
"""
SHEET = f"""\
Wann;Wo;Wie lange;Was
{TODAY:%d.%m.%Y};Neuenwerra;0,5;Clearing
"""
STRATEGIES = "/municipalities/K01/strategies"
FORM = "main form[method=post]"

Step = Callable[[Page], object]


@dataclass(frozen=True, init=False)
class Stop:
    """A page in one of its states: an address, and what to do from there."""

    name: str
    path: str
    steps: tuple[Step, ...]

    def __init__(self, name: str, path: str, *steps: Step) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "steps", steps)

    def visit(self, page: Page) -> None:
        """Go there."""
        page.goto(self.path)
        for step in self.steps:
            step(page)


def follow(link: str) -> Step:
    """Go where the first such link leads."""
    return lambda page: page.goto(page.locator(link).first.evaluate("link => link.href"))


def below(way: str) -> Step:
    """Go to a page below this one."""
    return lambda page: page.goto(page.url + way)


def send(**values: str) -> Step:
    """Fill in fields by their names and send their form; without fields, the first one on the page."""

    def step(page: Page) -> None:
        form = page.locator(FORM)
        for name, value in values.items():
            form = form.filter(has=page.locator(f"[name='{name}']"))
            form.locator(f"[name='{name}']").fill(value)
        with page.expect_navigation():
            form.first.locator("button").last.click()

    return step


def take_all(page: Page) -> None:
    """Tick every box."""
    for box in page.locator(f"{FORM} [type=checkbox]").all():
        box.check()


def send_outdated(page: Page) -> None:
    """Send the form as if somebody else had been quicker."""
    page.locator(f"{FORM} [name=version]").first.evaluate("field => { field.value = 1000; }")
    send()(page)


def upload(text: str) -> Step:
    """Send a file with days."""

    def step(page: Page) -> None:
        file = {"name": "tage.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.set_input_files("[name=file]", file)  # pyright: ignore[reportArgumentType]: a FilePayload
        send()(page)

    return step


def type_much(page: Page) -> None:
    """Type an unusual amount, and wait for what the preview says to it."""
    page.fill("[name=duration]", "12:00")
    page.locator(".preview li").first.wait_for()


def search(page: Page) -> None:
    """Type the beginning of a name, and wait for what the register has."""
    page.locator("[name=q]").press_sequentially("muehl")
    page.locator("#treffer tbody tr").first.wait_for()


def unfold(page: Page) -> None:
    """Open what is folded."""
    page.locator("main summary").first.click()


def show_code(page: Page) -> None:
    """Open the joining of a session, unless that was done before."""
    if not page.locator(".board-code").count():
        send()(page)


def join(page: Page) -> None:
    """Open the page behind the code on the wall."""
    page.goto("/join/" + page.locator(".board-code").inner_text())


JOINT, CALLED_OFF = ".agenda a:has-text('Training für zwei Häuser')", ".agenda a:has-text('Training Bauamt')"
PAPER = follow(".table a[href*='/strategies/']")
UPCOMING = follow("#termine a[href*='/sessions/']")
ENTRY = follow(".table a[href*='/edit']")
CHRISTMAS = {"title": "Training", "day": f"{TODAY.year}-12-25", "starts_local": "09:00", "ends_local": "12:00"}
FIRST_PART = TODAY + timedelta(days=24 - TODAY.weekday())
SERIES = (
    f"/calendar?view=list&month={FIRST_PART:%Y-%m}",
    follow(".agenda a:has-text('Trainingsreihe')"),
    follow("main a[href*='/series/']"),
)
PERSON = follow(".table a[href*='/people/']")

ALL = (
    Stop("account", "/account"),
    Stop("account-errors", "/account", send()),
    Stop("feeds", "/account/feeds"),
    Stop("not-found", "/municipalities/K99"),
)
INVOLVED = (
    Stop("municipality", "/municipalities/K01"),
    Stop("contract", "/municipalities/K01/contract"),
    Stop("alliance", "/municipalities/K01/alliance"),
    Stop("strategies", STRATEGIES),
    Stop("strategy", STRATEGIES, PAPER),
    Stop("statements", "/statements"),
    Stop("statements-place", "/municipalities/K01/statements"),
    Stop("statement", f"/municipalities/K01/statements/{MONTH_BEFORE:%Y-%m}"),
    Stop("statement-verified", "/statements/verify?number=AAAA-BBBB-CCCC"),
    Stop("entries", "/entries"),
    Stop("entry", "/entries?first=2000-01-01", follow(".table a[href*='/entries/']")),
    Stop("entries-none", "/entries?first=1999-01-01&last=1999-01-02"),
    Stop("calendar", "/calendar"),
    Stop("calendar-list", "/calendar?view=list"),
    Stop("calendar-empty", "/calendar?month=2011-01"),
    Stop("session-coaching", f"/calendar?view=list&kind=coaching&month={COACHING:%Y-%m}", follow(".agenda a")),
    Stop("session-held", f"/calendar?view=list&kind=workshop&month={COACHING:%Y-%m}", follow(".agenda a")),
    Stop("feeds-choices", "/account/feeds", unfold),
    Stop("feeds-errors", "/account/feeds", send(name="")),
    Stop("feed-address", "/account/feeds", send(name="Tablet im Besprechungsraum"), unfold),
    Stop("calendar-print", f"/calendar/print?month={TODAY:%Y-%m}"),
    Stop("calendar-print-empty", "/calendar/print?month=2011-01"),
)
GIVING = (
    Stop("guests", "/account/feeds/guests"),
    Stop("guests-choices", "/account/feeds/guests", unfold),
    Stop("guests-errors", "/account/feeds/guests", send(name="")),
)
TEAM = (
    Stop("today", "/today"),
    Stop("calendar-open", "/calendar?view=open"),
    Stop("municipalities", "/municipalities"),
    Stop("entry-new", "/entries/new?municipality=K01", type_much),
    Stop("entry-edit", "/entries", ENTRY),
    Stop("month", f"/entries/month/{TODAY:%Y-%m}"),
    Stop("timesheet", f"/timesheets/{TODAY:%Y-%m}"),
    Stop("session-open", "/municipalities/K01", UPCOMING),
    Stop("session-new", "/sessions/new"),
    Stop("statements-overdue", "/municipalities/K01/statements/overdue"),
    Stop("packages-reallocate", "/municipalities/K01/contract/packages/reallocate"),
    Stop("packages-reallocate-errors", "/municipalities/K01/contract/packages/reallocate", send()),
    Stop("strategy-new", f"{STRATEGIES}/new"),
    Stop("strategy-errors", f"{STRATEGIES}/new", send()),
    Stop("strategy-edit", STRATEGIES, PAPER, below("/edit")),
    Stop("strategy-clash", STRATEGIES, PAPER, below("/edit"), send_outdated),
    Stop("strategy-state", STRATEGIES, PAPER, below("/state")),
    Stop("strategy-state-errors", STRATEGIES, PAPER, below("/state"), send()),
    Stop("strategy-version", STRATEGIES, PAPER, below("/versions")),
    Stop("strategy-review", STRATEGIES, PAPER, below("/reviews")),
    Stop("import", "/import"),
    Stop("import-calendar", "/import/calendar"),
)
CONSULTING = (
    Stop("statement-queried", "/today", follow("#nachweise a[href*='/statements/']")),
    Stop("statement-open", f"/municipalities/K01/statements/{TODAY:%Y-%m}"),
    Stop("session-hold", "/today", follow("#bestaetigen a[href$='/hold']")),
    Stop("session-hold-joint", f"/calendar?view=list&month={LATELY:%Y-%m}", follow(JOINT), below("/hold")),
    Stop("session-join", "/municipalities/K01", UPCOMING, below("/join")),
    Stop("session-board", f"/calendar?view=list&month={LATELY:%Y-%m}", follow(JOINT), below("/join"), show_code),
    Stop("join-feedback", f"/calendar?view=list&month={LATELY:%Y-%m}", follow(JOINT), below("/join"), show_code, join),
    Stop("session-called-off-late", f"/calendar?view=list&month={LATELY:%Y-%m}", follow(CALLED_OFF)),
    Stop("entry-errors", "/entries/new", send(service_date="")),
    Stop("entry-long-day", "/entries/new?municipality=K01", send(duration="11:30")),
    Stop("entry-quick-errors", "/entries/new", send(line="gestern viel K01")),
    Stop("entry-clash", "/entries", ENTRY, send_outdated),
    Stop("session-errors", "/sessions/new", send()),
    Stop("session-edit", "/municipalities/K01", UPCOMING, below("/edit")),
    Stop("session-clash", "/municipalities/K01", UPCOMING, below("/edit"), send_outdated),
    Stop("session-move", "/municipalities/K01", UPCOMING, below("/move")),
    Stop("session-move-errors", "/municipalities/K01", UPCOMING, below("/move"), send()),
    Stop("session-cancel", "/municipalities/K01", UPCOMING, below("/cancel")),
    Stop("session-cancel-errors", "/municipalities/K01", UPCOMING, below("/cancel"), send()),
    Stop(
        "session-attendance",
        f"/calendar?view=list&kind=workshop&month={COACHING:%Y-%m}",
        follow(".agenda a"),
        below("/attendance"),
    ),
    Stop("session-hold-early", "/municipalities/K01", UPCOMING, below("/hold")),
    Stop("import-errors", "/import", send()),
    Stop("import-faults", "/import", upload(FAULTY)),
    Stop("import-preview", "/import", upload(SOUND)),
    Stop("import-names", "/import", upload(TOGGL)),
    Stop("import-names-errors", "/import", upload(TOGGL), send()),
    Stop("import-calendar-errors", "/import/calendar", send(address="https://127.0.0.1/")),
    Stop("import-calendar-proposals", "/import/calendar", upload(CALENDAR)),
    Stop("import-calendar-proposals-errors", "/import/calendar", upload(CALENDAR), take_all, send()),
    Stop("import-columns", "/import", upload(SHEET)),
    Stop("import-columns-errors", "/import", upload(SHEET), send()),
)
LEADING = (
    Stop("import-calendar-words", "/import/calendar", send(word="Runder Tisch")),
    Stop("import-calendar-words-errors", "/import/calendar", send(word="KommA")),
    Stop("portfolio", "/portfolio"),
    Stop("waiting", "/entries/waiting"),
    Stop("portfolio-sorted", "/portfolio?sort=share&order=descending"),
    Stop("course", "/portfolio/course?pace=120"),
    Stop("outlook", "/municipalities/K01/outlook?pace=120&more=6"),
    Stop("outlook-errors", "/municipalities/K01/outlook?pace=999&more=x"),
    Stop("outlook-none", "/municipalities/K10/outlook"),
    Stop("programme", "/programme"),
    Stop("programme-export", "/export/programme"),
    Stop("municipality-ended", "/municipalities/K03"),
    Stop("municipality-over", "/municipalities/K05"),
    Stop("municipality-anonymous", "/municipalities/K07"),
    Stop("municipality-unsigned", "/municipalities/K10"),
    Stop("contract-ended", "/municipalities/K03/contract"),
    Stop("contract-withdraw", "/municipalities/K02/contract/withdraw"),
    Stop("contract-withdraw-errors", "/municipalities/K02/contract/withdraw", send()),
    Stop("series", *SERIES),
    Stop("series-edit", *SERIES, below("/edit")),
    Stop("series-move", *SERIES, below("/move")),
    Stop("series-move-errors", *SERIES, below("/move"), send()),
    Stop("series-cancel", *SERIES, below("/cancel")),
    Stop("series-part", *SERIES, below("/part")),
    Stop("session-look-first", "/sessions/new?municipality=K01", send(**CHRISTMAS)),
    Stop("session-late-decision", "/calendar?view=open", follow("#absagen .agenda a")),
    Stop("contract-unsigned", "/municipalities/K10/contract"),
    Stop("contract-edit", "/municipalities/K10/contract/edit"),
    Stop("contract-errors", "/municipalities/K10/contract/edit", send(**{"packages-7-title": "Ohne Kürzel"})),
    Stop("amendment-new", "/municipalities/K01/contract/amendments/new"),
    Stop("amendment-errors", "/municipalities/K01/contract/amendments/new", send(reason="")),
    Stop("amendment-edit", "/municipalities/K05/contract/amendments/1/edit"),
    Stop("amendment-sign", "/municipalities/K05/contract/amendments/1/sign"),
    Stop("contract-amended", "/municipalities/K08/contract"),
    Stop("packages-years", "/municipalities/K01/contract/packages/years"),
    Stop("alliance-incomplete", "/municipalities/K04/alliance"),
    Stop("alliance-none", "/municipalities/K10/alliance"),
    Stop("alliance-edit", "/municipalities/K01/alliance/edit"),
    Stop("alliance-edit-errors", "/municipalities/K01/alliance/edit", send(coordination_after="Frau Muster")),
    Stop("alliance-clash", "/municipalities/K01/alliance/edit", send_outdated),
    Stop("alliance-member-new", "/municipalities/K01/alliance/members/new"),
    Stop("alliance-member-errors", "/municipalities/K01/alliance/members/new", send()),
    Stop(
        "alliance-member", "/municipalities/K01/alliance", follow("main a[href*='/alliance/members/']:not([href$=new])")
    ),
    Stop("alliance-task", "/municipalities/K01/alliance", follow("main a[href*='/alliance/plan/']")),
    Stop("alliance-task-errors", "/municipalities/K01/alliance/plan/new", send()),
    Stop("alliance-minutes", "/municipalities/K01/alliance", follow("main a[href*='/alliance/meetings/']")),
    Stop("organisations", "/organisations"),
    Stop("organisation", "/organisations", follow("main a[href*='/organisations/']")),
    Stop("organisation-errors", "/organisations", follow("main a[href*='/organisations/']"), send(name="")),
    Stop("pool", "/pool"),
    Stop("pool-new", "/pool/new"),
    Stop("pool-errors", "/pool/new", send()),
    Stop("municipality-new", "/municipalities/new"),
    Stop("municipality-hits", "/municipalities/new", search),
    Stop("municipality-errors", "/municipalities/new", send()),
    Stop("municipality-from-register", "/municipalities/new?key=06699001"),
    Stop("municipality-edit", "/municipalities/K07/edit"),
    Stop("municipality-clash", "/municipalities/K07/edit", send_outdated),
    Stop("register", "/municipalities/register?q=Finkenschlag"),
    Stop("register-none", "/municipalities/register?q=Xyzzy"),
    Stop("reports", "/reports"),
    Stop("report-preview", f"/reports?kind=interim_report&first=01.{TODAY.year - 1}&last={TODAY:%m.%Y}"),
    Stop("report-filed", "/reports", follow(".table a[href*='/reports/']")),
    Stop("report-errors", "/reports?kind=interim_report&first=13.2026&last="),
    Stop("people", "/people"),
    Stop("people-none", "/people?text=niemand"),
    Stop("person-new", "/people/new"),
    Stop("person-errors", "/people/new", send()),
    Stop("person", "/people?role=consultant", PERSON),
    Stop("person-edit", "/people?role=consultant", PERSON, below("/edit")),
    Stop("person-clash", "/people?role=consultant", PERSON, below("/edit"), send_outdated),
    Stop("assignment-new", "/people?role=consultant", PERSON, below("/assignments/new")),
    Stop("assignment-edit", "/people?role=consultant", PERSON, follow(".table a[href*='/assignments/']")),
)

TOUR: dict[str, tuple[Stop, ...]] = {
    NOBODY: (
        Stop("login", "/login"),
        Stop("login-errors", "/login", send(email="niemand@example.org", password="falsch")),
        Stop("forgot", "/password/forgot"),
        Stop("void-link", "/invitation/none"),
        Stop("join", "/join"),
        Stop("join-errors", "/join", send(code="falsch")),
        Stop("not-found", "/nowhere"),
    ),
    LEAD: (*LEADING, *GIVING, *TEAM, *INVOLVED, *ALL),
    CONSULTANT: (*CONSULTING, *TEAM, *INVOLVED, *ALL),
    COORDINATOR: (*GIVING, *INVOLVED, *ALL),
    HEAD: INVOLVED,
    READER: (Stop("programme", "/programme"), *ALL),
}
"""The pages of each demo account."""
