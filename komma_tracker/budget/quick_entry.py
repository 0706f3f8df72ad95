"""The one-line quick entry: "gestern 0,5 K01 Workshop Clearing" becomes a date, an amount, a municipality, a note.

Words may come in any order. What is recognised is taken out, each kind of thing once and from the left; what is left
is the note. What looks like a date, a code or an amount but cannot be one is refused, not swallowed into the note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import TypeVar

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.budget.rules import Activity, Mode, activity_named, mode_named
from komma_tracker.municipalities.rules import fold, number_of

T = TypeVar("T")

FIELD = "line"
"""The form field beside which the message belongs."""


class NotUnderstood(Invalid):
    """Part of the line means nothing; the message says which, and what would be right."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(FIELD, message, **params)


@dataclass(frozen=True)
class Loggable:
    """A municipality for which the viewer may log days: code, the names that the viewer may know, work packages."""

    code: str
    labels: tuple[str, ...] = ()
    work_packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Amount:
    """Time worked: minutes, or days of as many minutes as the contract says. One of them is None."""

    minutes: int | None = None
    days: Fraction | None = None


@dataclass(frozen=True)
class QuickEntry:
    """What the line says; None is left to the defaults of the form."""

    on: date
    code: str
    amount: Amount
    activity: Activity | None = None
    mode: Mode | None = None
    work_package: str | None = None
    note: str = ""

    def minutes(self, minutes_per_day: int) -> int:
        """The amount in minutes, given how many a day has."""
        return self.amount.minutes or round((self.amount.days or 0) * minutes_per_day)


def parse(line: str, *, today: date, municipalities: Sequence[Loggable]) -> QuickEntry:
    """Read a quick entry. Without a date it is today; without a municipality the only one there is.

    Raises NotUnderstood, and nothing else.
    """
    words = _Words(line)
    if not line.strip():
        raise NotUnderstood(N_("Bitte Tag, Umfang und Kommune eingeben, zum Beispiel: gestern 0,5 K01 Workshop"))
    municipality = _take_municipality(words, municipalities)
    work_package = _take_work_package(words, municipality)
    amount = _take_amount(words)
    on = _take_date(words, today)
    mode = words.take(mode_named, longest=2)
    with_activity = words.rest()
    activity = words.take(activity_named, longest=2)
    note = words.rest()
    if note and not any(char.isalpha() for char in note):
        note = with_activity  # "Training 3": a bare "3" would tell nobody anything
    return QuickEntry(on, municipality.code, amount, activity, mode, work_package, note)


# words ----------------------------------------------------------------------------------------------------------------

FILLERS = frozenset({"am", "on", "im", "in", "für", "for", "bei", "at", "per", "by", "via"})
"""Words that go with the one after them, when that is taken."""

PUNCTUATION = ",;:"


class _Words:
    """The words of a line; those that were taken are None."""

    def __init__(self, line: str) -> None:
        self.words: list[str | None] = [*line.split()]

    def take(self, recognise: Callable[[str], T | None], longest: int = 1) -> T | None:
        """Take out the leftmost run of words, the longest one there, of which something is made."""
        for begin in range(len(self.words)):
            for end in range(min(begin + longest, len(self.words)), begin, -1):
                found = self._take_run(recognise, begin, end)
                if found is not None:
                    return found
        return None

    def take_first(self, recognise: Callable[[str], T | None], longest: int) -> T | None:
        """Take out a run only where it begins the line; a filler may come before it."""
        first = next((i for i, word in enumerate(self.words) if word and word.casefold() not in FILLERS), 0)
        for end in range(min(first + longest, len(self.words)), first, -1):
            if None not in self.words[:first]:
                found = self._take_run(recognise, first, end)
                if found is not None:
                    return found
        return None

    def left(self) -> Iterator[str]:
        """The words not taken, without the punctuation after them."""
        return (word.rstrip(PUNCTUATION) for word in self.words if word is not None)

    def rest(self) -> str:
        """What is left, as a note."""
        return " ".join(word for word in self.words if word is not None).strip(" -–" + PUNCTUATION)

    def _take_run(self, recognise: Callable[[str], T | None], begin: int, end: int) -> T | None:
        run = [word for word in self.words[begin:end] if word is not None]
        if len(run) < end - begin:
            return None
        found = recognise(" ".join(run).rstrip(PUNCTUATION))
        if found is not None:
            filler = self.words[begin - 1] if begin else None
            begin -= bool(filler and filler.casefold() in FILLERS)
            self.words[begin:end] = [None] * (end - begin)
        return found


# municipality and work package ----------------------------------------------------------------------------------------

KIND_WORDS = frozenset(map(fold, ("Stadt", "Gemeinde", "Markt", "Landkreis", "Kreis", "Bezirk")))
"""What people leave out of a name: "Neuenwerra" is "Stadt Neuenwerra"."""


def _take_municipality(words: _Words, municipalities: Sequence[Loggable]) -> Loggable:
    if not municipalities:
        raise NotUnderstood(N_("Ihnen ist zurzeit keine Kommune zugeordnet, für die Sie Tage erfassen können."))
    by_number = {number_of(each.code): each for each in municipalities}
    codes = [word for word in words.left() if number_of(word) is not None]
    for code in codes:
        if number_of(code) not in by_number:
            raise NotUnderstood(N_("„%(part)s“ ist keine Kommune, für die Sie Tage erfassen können."), part=code)
    if len({number_of(code) for code in codes}) > 1:
        raise NotUnderstood(N_("Bitte für jede Kommune eine eigene Zeile: %(part)s"), part=", ".join(codes))

    def by_code(text: str) -> Loggable | None:
        number = number_of(text)
        return by_number.get(number) if number is not None else None

    longest = max((len(label.split()) for each in municipalities for label in each.labels), default=1)
    found = words.take(by_code) or words.take(partial(_by_name, _named(municipalities)), longest)
    if found is None and len(municipalities) == 1:
        return municipalities[0]
    if found is None:
        raise NotUnderstood(N_("Es fehlt die Kommune. Bitte das Kürzel angeben, zum Beispiel K01."))
    return found


def _by_name(named: Mapping[str, Sequence[Loggable]], text: str) -> Loggable | None:
    found = named.get(fold(text), ())
    if len(found) > 1:
        codes = ", ".join(each.code for each in found)
        message = N_("„%(part)s“ kann mehrere Kommunen meinen. Bitte das Kürzel angeben: %(codes)s")
        raise NotUnderstood(message, part=text, codes=codes)
    return found[0] if found else None


def _named(municipalities: Sequence[Loggable]) -> Mapping[str, Sequence[Loggable]]:
    """Who bears a name as people write it: whole, or without the word for its kind."""
    named: dict[str, list[Loggable]] = {}
    for each in municipalities:
        for name in {name for label in each.labels for name in _names(label)} - {""}:
            named.setdefault(name, []).append(each)
    return named


def _names(label: str) -> tuple[str, str]:
    whole = fold(label)
    first, _, others = whole.partition(" ")
    return whole, others if first in KIND_WORDS else whole


def _take_work_package(words: _Words, municipality: Loggable) -> str | None:
    by_name = {_squeezed(code): code for code in municipality.work_packages}
    found = words.take(lambda text: by_name.get(_squeezed(text)), longest=2)
    if found is None:
        for word in words.left():
            if re.fullmatch(r"AP[0-9]+", word, re.IGNORECASE):
                message = N_("Das Arbeitspaket „%(part)s“ gibt es bei %(code)s nicht. Vorhanden: %(known)s")
                known = ", ".join(municipality.work_packages) or "–"
                raise NotUnderstood(message, part=word, code=municipality.code, known=known)
    return found


def _squeezed(text: str) -> str:
    return fold(text).replace(" ", "")


# amount ---------------------------------------------------------------------------------------------------------------

LONGEST_BARE_DAYS = Fraction(3, 2)
"""A number without a unit is days up to here; "2" could as well be hours, "12.3" is a date."""

VULGAR = {"¼": Fraction(1, 4), "½": Fraction(1, 2), "¾": Fraction(3, 4)}
WRITTEN = {
    "1/4": Fraction(1, 4),
    "1/3": Fraction(1, 3),
    "1/2": Fraction(1, 2),
    "2/3": Fraction(2, 3),
    "3/4": VULGAR["¾"],
}
SPOKEN = {
    **dict.fromkeys(("halber tag", "halben tag", "halbtag", "half day", "half a day"), Fraction(1, 2)),
    **dict.fromkeys(("ganzer tag", "ganzen tag", "ganztags", "full day", "whole day"), Fraction(1)),
    **dict.fromkeys(("vierteltag", "viertel tag", "quarter day"), Fraction(1, 4)),
}
NUMBER = r"(?P<number>[0-9]{0,2}[.,][0-9]{1,2}|[0-9]{1,2}|[0-9]?[¼½¾]|[1-3]/[2-4])"
AMOUNTS = {
    "minutes": r"(?P<minutes>[0-9]{1,4}) ?(?:m|min|mins|minuten|minutes)\.?",
    "clock": r"(?P<hours>0?[0-9]|1[0-2]):(?P<minutes>[0-5][0-9])(?: ?(?:h|std)\.?)?",
    "both": r"(?P<hours>[0-9]{1,2}) ?(?:h|std\.?) ?(?P<minutes>[0-5]?[0-9]) ?(?:m|min)?\.?",
    "hours": NUMBER + r" ?(?:h|hrs?|std|stunden?|hours?)\.?",
    "days": NUMBER + r" ?(?:t|d|pt|tage?|tagen|days?)\.?",
    "bare": NUMBER,
}


def _take_amount(words: _Words) -> Amount:
    amount = words.take(_amount, longest=4)
    if amount is None:
        digits = next((word for word in words.left() if word[:1].isdigit() and not _looks_like_date(word)), None)
        if digits is None:
            raise NotUnderstood(N_("Es fehlt der Umfang, zum Beispiel 0,5 oder ½ (Tage), 2h, 1:30 oder 90min."))
        message = N_("„%(part)s“ ist kein Umfang. Möglich sind zum Beispiel 0,5 oder ½ (Tage), 2h, 1:30 oder 90min.")
        raise NotUnderstood(message, part=digits)
    if not 0 < (amount.minutes or (amount.days or 0) * 480) <= 24 * 60:
        raise NotUnderstood(N_("Bitte einen Umfang von mehr als 0 und höchstens 24 Stunden angeben."))
    return amount


def _amount(text: str) -> Amount | None:
    text = text.casefold()
    if text in SPOKEN:
        return Amount(days=SPOKEN[text])
    for form, pattern in AMOUNTS.items():
        match = re.fullmatch(pattern, text)
        if match is None:
            continue
        if form == "minutes":
            return Amount(minutes=int(match["minutes"]))
        if form in {"clock", "both"}:
            return Amount(minutes=int(match["hours"]) * 60 + int(match["minutes"]))
        number = _number(match["number"])
        if number is not None and form == "hours":
            return Amount(minutes=round(number * 60))
        if number is not None and (form == "days" or _is_bare_amount(number)):
            return Amount(days=number)
    return None


def _number(text: str) -> Fraction | None:
    """The number written so, None where it is a fraction nobody would work."""
    if "/" in text:
        return WRITTEN.get(text)
    if text[-1] in VULGAR:
        return int(text[:-1] or 0) + VULGAR[text[-1]]
    return Fraction(text.replace(",", "."))


def _is_bare_amount(number: Fraction) -> bool:
    """Whether a number without a unit is days: "1.25" is, "1.12" is the first of December."""
    return number <= 1 or (number <= LONGEST_BARE_DAYS and number.limit_denominator(4) == number)


# date -----------------------------------------------------------------------------------------------------------------

DAYS_AGO = {"heute": 0, "today": 0, "gestern": 1, "yesterday": 1, "vorgestern": 2}
LAST = ("letzten", "letzter", "vergangenen", "last")
WEEKDAYS = (
    ("mo", "montag", "mon", "monday"),
    ("di", "dienstag", "tue", "tuesday"),
    ("mi", "mittwoch", "wed", "wednesday"),
    ("do", "donnerstag", "thu", "thursday"),
    ("fr", "freitag", "fri", "friday"),
    ("sa", "samstag", "sonnabend", "sat", "saturday"),
    ("so", "sonntag", "sun", "sunday"),
)
WEEKDAY_OF = {name: weekday for weekday, names in enumerate(WEEKDAYS) for name in names}
SHORT = 3
"""Abbreviated weekdays have no more letters; written small inside a line they are words ("so", "do")."""

NUMERIC = (
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})",
    r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4}|[0-9]{2})?",
)
UNDOTTED = r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})(?P<year>)"
DATE_LIKE = r"[0-9]{1,4}[/-][0-9]{1,2}(?:[/-][0-9]{1,4})?|[0-9]{1,2}\.[1-9][0-9]?(?:\.[0-9]{0,4})?"


def _looks_like_date(word: str) -> bool:
    return re.fullmatch(DATE_LIKE, word) is not None


def _take_date(words: _Words, today: date) -> date:
    on = words.take_first(partial(_date_at_start, today), longest=2) or words.take(partial(_date, today), longest=2)
    if on is None:
        unread = next(filter(_looks_like_date, words.left()), None)
        if unread is not None:
            raise NotUnderstood(_NO_DATE, part=unread)
    return on or today


_NO_DATE = N_("„%(part)s“ ist kein Datum. Möglich sind zum Beispiel heute, gestern, Fr, 3.12. oder 22.11.2026.")


def _date_at_start(today: date, text: str) -> date | None:
    """What the first word may mean beyond `_date`: abbreviations written small, a date without its last dot."""
    if text.casefold() in {"morgen", "tomorrow"}:
        return today + timedelta(days=1)
    return _date(today, text.title()) or _numeric_date(today, text, (UNDOTTED,))


def _date(today: date, text: str) -> date | None:
    name = text.casefold().rstrip(".")
    if name in DAYS_AGO:
        return today - timedelta(days=DAYS_AGO[name])
    last, _, weekday = name.rpartition(" ")
    if weekday in WEEKDAY_OF and (not last or last in LAST):
        if len(weekday) <= SHORT and not text.rsplit(maxsplit=1)[-1][0].isupper():
            return None
        nearest = today - timedelta(days=bool(last))
        return nearest - timedelta(days=(nearest.weekday() - WEEKDAY_OF[weekday]) % 7)
    return _numeric_date(today, text, NUMERIC)


def _numeric_date(today: date, text: str, patterns: Sequence[str]) -> date | None:
    """A date in digits; without a year it is the latest one not after today. Raises where there is no such day."""
    match = next(filter(None, (re.fullmatch(pattern, text) for pattern in patterns)), None)
    if match is None:
        return None
    day, month, year = int(match["day"]), int(match["month"]), match["year"]
    years = range(today.year, today.year - 9, -1) if not year else [int(year) + (2000 if len(year) <= 2 else 0)]
    for each in years:
        try:
            found = date(each, month, day)
        except ValueError:
            continue
        if year or found <= today:
            return found
    raise NotUnderstood(_NO_DATE, part=text)
