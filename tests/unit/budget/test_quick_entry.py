"""The one-line quick entry, as people type it on a Sunday evening in November."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from komma_tracker.budget.quick_entry import Amount, Loggable, NotUnderstood, QuickEntry, parse
from komma_tracker.budget.rules import Activity, Mode

SUNDAY = date(2026, 11, 22)
SATURDAY, FRIDAY, MONDAY = date(2026, 11, 21), date(2026, 11, 20), date(2026, 11, 16)
MUNICIPALITIES = (
    Loggable("K01", ("Stadt Neuenwerra",), ("AP0", "AP1", "AP2", "AP3")),
    Loggable("K02", ("Landkreis Werrabogen",), ("AP3",)),
    Loggable("K03", ("Stadt Müllerau", "Müllerau an der Werra")),
    Loggable("K07", ("Kommune 07",), ("AP4",)),
    Loggable("K08", ("Stadt Wiesenfurt",)),
    Loggable("K09", ("Landkreis Wiesenfurt",)),
)


def read(line: str, today: date = SUNDAY) -> QuickEntry:
    return parse(line, today=today, municipalities=MUNICIPALITIES)


def days(text: str) -> Amount:
    return Amount(days=Fraction(text))


def hours(count: float) -> Amount:
    return Amount(minutes=int(count * 60))


def entry(
    on: date = SUNDAY,
    amount: Amount | None = None,
    code: str = "K01",
    *,
    activity: Activity | None = None,
    mode: Mode | None = None,
    work_package: str | None = None,
    note: str = "",
) -> QuickEntry:
    return QuickEntry(on, code, amount or days("1/2"), activity, mode, work_package, note)


# whole lines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gestern 0,5 K01 Workshop Clearing", entry(SATURDAY, activity=Activity.WORKSHOP, note="Clearing")),
        ("heute ½ Neuenwerra Telefonat", entry(mode=Mode.PHONE)),
        ("Fr 2h K03", entry(FRIDAY, hours(2), "K03")),
        ("12.3. 90min K07 Coaching", entry(date(2026, 3, 12), hours(1.5), "K07", activity=Activity.COACHING)),
        ("3.12. 1 K01", entry(date(2025, 12, 3), days("1"))),
        ("22.11.2026 1:30 K02 online", entry(SUNDAY, hours(1.5), "K02", mode=Mode.ONLINE)),
        ("yesterday 0.5 K01 workshop", entry(SATURDAY, activity=Activity.WORKSHOP)),
        ("K01 workshop 0.5 yesterday", entry(SATURDAY, activity=Activity.WORKSHOP)),
        ("gestern, 0,5, K01: Workshop – Clearing", entry(SATURDAY, activity=Activity.WORKSHOP, note="Clearing")),
        ("  gestern\t0,5\u00a0K01  ", entry(SATURDAY)),
        ("0,5 K01", entry()),
        ("1/2 k1", entry()),
        ("GESTERN 0,5 k01 WORKSHOP", entry(SATURDAY, activity=Activity.WORKSHOP)),
        ("0,5 K01 AP3 Konzept Meldekette", entry(work_package="AP3", activity=Activity.CONCEPT, note="Meldekette")),
        ("0,5 K01 ap 3 Meldekette", entry(work_package="AP3", note="Meldekette")),
        ("0,5 K01 vor Ort Training 3", entry(mode=Mode.ON_SITE, activity=Activity.TRAINING, note="Training 3")),
        ("0,5 K01 in Präsenz", entry(mode=Mode.ON_SITE)),
        ("0,5 für K01 am Telefon mit Personalrat", entry(mode=Mode.PHONE, note="mit Personalrat")),
        ("0,5 K01 Vorbereitung Workshop 2", entry(activity=Activity.PREPARATION, note="Workshop 2")),
        ("0,5 K01 Workshop am 3.12. vorbereitet gestern", entry(date(2025, 12, 3), activity=Activity.WORKSHOP,
                                                              note="vorbereitet gestern")),
        ("gestern 0,5 K01 Nachbereitung zum 3.12.", entry(SATURDAY, activity=Activity.FOLLOW_UP, note="zum 3.12.")),
        ("gestern 0,5 K01 6 Gespräche 12:30", entry(SATURDAY, note="6 Gespräche 12:30")),
        ("gestern 0,5 K01 Online-Befragung", entry(SATURDAY, note="Online-Befragung")),
        ("gestern 14:30 K01 0,5", entry(SATURDAY, note="14:30")),
    ],
)  # fmt: skip
def test_lines(line: str, expected: QuickEntry) -> None:
    assert read(line) == expected


# dates ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("", SUNDAY),
        ("heute", SUNDAY),
        ("Heute", SUNDAY),
        ("today", SUNDAY),
        ("gestern", SATURDAY),
        ("yesterday", SATURDAY),
        ("vorgestern", FRIDAY),
        ("morgen", SUNDAY + timedelta(days=1)),
        ("tomorrow", SUNDAY + timedelta(days=1)),
        ("So", SUNDAY),
        ("so", SUNDAY),
        ("so.", SUNDAY),
        ("Sa", SATURDAY),
        ("fr", FRIDAY),
        ("Fr.", FRIDAY),
        ("FR", FRIDAY),
        ("Freitag", FRIDAY),
        ("freitag", FRIDAY),
        ("am Freitag", FRIDAY),
        ("Fri", FRIDAY),
        ("friday", FRIDAY),
        ("on Friday", FRIDAY),
        ("Mo", MONDAY),
        ("Mon", MONDAY),
        ("Sonnabend", SATURDAY),
        ("letzten Freitag", FRIDAY),
        ("letzten Sonntag", SUNDAY - timedelta(days=7)),
        ("last Sunday", SUNDAY - timedelta(days=7)),
        ("22.11.", SUNDAY),
        ("22.11.2026", SUNDAY),
        ("22.11.26", SUNDAY),
        ("2026-11-22", SUNDAY),
        ("2026-1-5", date(2026, 1, 5)),
        ("21.11.", SATURDAY),
        ("23.11.", date(2025, 11, 23)),
        ("23.11.2026", date(2026, 11, 23)),
        ("1.1.", date(2026, 1, 1)),
        ("01.01.", date(2026, 1, 1)),
        ("31.12.", date(2025, 12, 31)),
        ("29.2.", date(2024, 2, 29)),
        ("am 3.12.", date(2025, 12, 3)),
        ("3.12", date(2025, 12, 3)),
        ("1.12", date(2025, 12, 1)),
        ("12.3", date(2026, 3, 12)),
    ],
)
def test_dates(text: str, on: date) -> None:
    assert read(f"{text} 0,5 K01") == entry(on)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0,5 K01 so besprochen", entry(note="so besprochen")),
        ("0,5 K01 mi do", entry(note="mi do")),
        ("0,5 K01 Do Abstimmung", entry(date(2026, 11, 19), activity=Activity.COORDINATION)),
        ("0,5 K01 morgen weiter", entry(note="morgen weiter")),
        ("0,5 K01 Freitag", entry(FRIDAY)),
    ],
)
def test_short_words_inside_a_line_stay_words(line: str, expected: QuickEntry) -> None:
    assert read(line) == expected


@pytest.mark.parametrize("weekday", range(7))
def test_a_weekday_is_the_latest_one_with_today(weekday: int) -> None:
    today = MONDAY + timedelta(days=weekday)
    name = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")[weekday]
    assert read(f"{name} 0,5 K01", today).on == today
    assert read(f"{name} 0,5 K01", today + timedelta(days=6)).on == today
    assert read(f"{name} 0,5 K01", today + timedelta(days=7)).on == today + timedelta(days=7)


# amounts --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0,5", days("1/2")),
        ("0.5", days("1/2")),
        (",5", days("1/2")),
        (".25", days("1/4")),
        ("0,25", days("1/4")),
        ("0,75", days("3/4")),
        ("0,08", days("2/25")),
        ("1", days("1")),
        ("1,0", days("1")),
        ("1,25", days("5/4")),
        ("1.5", days("3/2")),
        ("¼", days("1/4")),
        ("½", days("1/2")),
        ("¾", days("3/4")),
        ("1½", days("3/2")),
        ("1/4", days("1/4")),
        ("1/3", days("1/3")),
        ("3/4", days("3/4")),
        ("halber Tag", days("1/2")),
        ("Halben Tag", days("1/2")),
        ("half a day", days("1/2")),
        ("ganzer Tag", days("1")),
        ("1 Tag", days("1")),
        ("2 Tage", days("2")),
        ("0,5 Tage", days("1/2")),
        ("½ Tag", days("1/2")),
        ("1,5d", days("3/2")),
        ("2 days", days("2")),
        ("0,5 PT", days("1/2")),
        ("2h", hours(2)),
        ("2 h", hours(2)),
        ("2 Std.", hours(2)),
        ("2 Stunden", hours(2)),
        ("1 hour", hours(1)),
        ("2,5h", hours(2.5)),
        ("2.5 h", hours(2.5)),
        ("½h", hours(0.5)),
        ("0,75h", hours(0.75)),
        ("10h", hours(10)),
        ("1:30", hours(1.5)),
        ("01:30", hours(1.5)),
        ("0:45", hours(0.75)),
        ("12:00", hours(12)),
        ("1:30h", hours(1.5)),
        ("1:30 h", hours(1.5)),
        ("1h30", hours(1.5)),
        ("1 h 30 min", hours(1.5)),
        ("1h30m", hours(1.5)),
        ("90min", hours(1.5)),
        ("90 min.", hours(1.5)),
        ("90m", hours(1.5)),
        ("90 Minuten", hours(1.5)),
        ("1440min", hours(24)),
    ],
)
def test_amounts(text: str, amount: Amount) -> None:
    assert read(f"gestern {text} K01 Klärung") == entry(SATURDAY, amount, note="Klärung")
    assert read(f"K01 Klärung {text}") == entry(SUNDAY, amount, note="Klärung")


@pytest.mark.parametrize(
    ("amount", "per_day", "minutes"),
    [
        (days("1/2"), 480, 240),
        (days("1/2"), 468, 234),
        (days("1/3"), 480, 160),
        (days("2/25"), 480, 38),
        (hours(1.5), 480, 90),
        (hours(1.5), 468, 90),
    ],
)
def test_a_day_has_the_minutes_of_its_contract(amount: Amount, per_day: int, minutes: int) -> None:
    assert entry(amount=amount).minutes(per_day) == minutes


# municipalities -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("K01", "K01"),
        ("k1", "K01"),
        ("K001", "K01"),
        ("Stadt Neuenwerra", "K01"),
        ("neuenwerra", "K01"),
        ("Werrabogen", "K02"),
        ("landkreis werrabogen", "K02"),
        ("Müllerau", "K03"),
        ("Muellerau", "K03"),
        ("Müllerau an der Werra", "K03"),
        ("Kommune 07", "K07"),
        ("kommune 07", "K07"),
        ("Stadt Wiesenfurt", "K08"),
        ("Landkreis Wiesenfurt", "K09"),
        ("bei Neuenwerra", "K01"),
        ("in Neuenwerra", "K01"),
    ],
)
def test_municipalities(text: str, code: str) -> None:
    assert read(f"gestern 0,5 {text} Klärung") == entry(SATURDAY, code=code, note="Klärung")


def test_a_code_wins_over_a_name_in_the_note() -> None:
    assert read("0,5 K01 Treffen mit Werrabogen") == entry(note="Treffen mit Werrabogen")


def test_the_only_municipality_need_not_be_named() -> None:
    line = parse("gestern 0,5 Klärung", today=SUNDAY, municipalities=MUNICIPALITIES[:1])
    assert line == entry(SATURDAY, note="Klärung")


# what is refused ------------------------------------------------------------------------------------------------------

NO_DATE, NO_AMOUNT, ANY_AMOUNT = "ist kein Datum", "ist kein Umfang", "Es fehlt der Umfang"


@pytest.mark.parametrize(
    ("line", "part", "message"),
    [
        ("", None, "zum Beispiel"),
        ("   \t ", None, "zum Beispiel"),
        ("31.2. 0,5 K01", "31.2.", NO_DATE),
        ("31.2 0,5 K01", "31.2", NO_DATE),
        ("32.1.2026 0,5 K01", "32.1.2026", NO_DATE),
        ("1.13. 0,5 K01", "1.13.", NO_DATE),
        ("5.12.0000 0,5 K01", "5.12.0000", NO_DATE),
        ("22/11 0,5 K01", "22/11", NO_DATE),
        ("22/11/2026 0,5 K01", "22/11/2026", NO_DATE),
        ("2026-13-01 0,5 K01", "2026-13-01", NO_DATE),
        ("11-22 0,5 K01", "11-22", NO_DATE),
        ("0,5 K01 Konzept 2.1", "2.1", NO_DATE),
        ("gestern K01 Workshop", None, ANY_AMOUNT),
        ("K01", None, ANY_AMOUNT),
        ("gestern 2 K01", "2", NO_AMOUNT),
        ("gestern 90 K01", "90", NO_AMOUNT),
        ("gestern 1,3 K01", "1,3", NO_AMOUNT),
        ("gestern 14:30 K01", "14:30", NO_AMOUNT),
        ("gestern 5/2 K01", None, ANY_AMOUNT),
        ("gestern 99999999999999999999h K01", "99999999999999999999h", NO_AMOUNT),
        ("gestern 0 K01", None, "mehr als 0"),
        ("gestern 0h K01", None, "mehr als 0"),
        ("gestern 0:00 K01", None, "mehr als 0"),
        ("gestern 25h K01", None, "höchstens 24 Stunden"),
        ("gestern 1441min K01", None, "höchstens 24 Stunden"),
        ("gestern 4 Tage K01", None, "höchstens 24 Stunden"),
        ("gestern 0,5 Workshop", None, "Es fehlt die Kommune"),
        ("gestern 0,5 Falkenhude", None, "Es fehlt die Kommune"),
        ("gestern 0,5 K04", "K04", "ist keine Kommune"),
        ("gestern 0,5 K01 K04", "K04", "ist keine Kommune"),
        ("gestern 0,5 K01 K02", "K01, K02", "eine eigene Zeile"),
        ("gestern 0,5 Wiesenfurt", "Wiesenfurt", "mehrere Kommunen"),
        ("gestern 0,5 K01 AP9", "AP9", "gibt es bei K01 nicht"),
        ("gestern 0,5 K03 AP1", "AP1", "Vorhanden: –"),
    ],
)
def test_what_is_not_understood(line: str, part: str | None, message: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read(line)
    assert refused.value.field == "line"
    assert refused.value.params.get("part") == part
    assert message in str(refused.value)


def test_whoever_may_log_nowhere_is_told_so() -> None:
    with pytest.raises(NotUnderstood, match="keine Kommune zugeordnet"):
        parse("gestern 0,5 Klärung", today=SUNDAY, municipalities=())


def test_the_ambiguous_name_comes_with_the_codes_to_choose_from() -> None:
    with pytest.raises(NotUnderstood, match="K08, K09"):
        read("0,5 Wiesenfurt")


WORDS = """
    gestern heute Fr so am letzten 3.12. 31.2. 22.11.2026 2026-11-22 0,5 ½ 1 2 2h 1:30 90min halber Tag
    K01 K1 K99 K Kommune 07 Stadt Neuenwerra Wiesenfurt AP3 AP9 Workshop vor Ort online Clearing
    , – ² ٣ 1/0 0/0 1. .1. -
"""
words = st.sampled_from(WORDS.split())


@given(
    st.one_of(st.text(max_size=40), st.lists(words, max_size=8).map(" ".join)),
    st.dates(date(2020, 1, 1), date(2099, 12, 31)),
)
@example("² K01", SUNDAY)
@example("٣ K01", SUNDAY)
@example("29.2. 1 K01", date(2020, 2, 28))
def test_nothing_but_an_entry_or_its_own_refusal(line: str, today: date) -> None:
    try:
        found = read(line, today)
    except NotUnderstood:
        return
    assert found.code in {each.code for each in MUNICIPALITIES}
    assert 0 < found.minutes(480) <= 1440


@given(st.permutations(["gestern", "0,5", "K02", "AP3", "online", "Workshop"]))
def test_the_order_of_words_does_not_matter(shuffled: list[str]) -> None:
    expected = entry(SATURDAY, code="K02", work_package="AP3", mode=Mode.ONLINE, activity=Activity.WORKSHOP)
    assert read(" ".join(shuffled)) == expected
