"""The one VTIMEZONE of every feed, as measured in calendars 5.

Never icalendar's own: its onset is an hour late, so that Thunderbird shows all of summer wrong (calendars 1 A).
"""

from zoneinfo import ZoneInfo

FEED_ZONE = ZoneInfo("Europe/Berlin")

VTIMEZONE = b"""\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
X-LIC-LOCATION:Europe/Berlin
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
""".replace(b"\n", b"\r\n")
