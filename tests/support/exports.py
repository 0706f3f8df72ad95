"""Exports as the tools write them: header lines as they are, people and places as they are nowhere."""

from __future__ import annotations

TOGGL = """\
User,Email,Client,Project,Task,Description,Billable,Start date,Start time,End date,End time,Duration,Tags,Amount ()
Anna Ahrend,anna@example.org,Stadt Musterau,AP1,Workshop,"Auftakt, Teil 1",No,\
2026-05-04,09:00:00,2026-05-04,13:00:00,04:00:00,vor Ort,
Anna Ahrend,anna@example.org,Stadt Musterau,AP1,Coaching,Fallberatung,No,\
2026-05-05,23:30:00,2026-05-06,00:45:30,01:15:30,"online, Nacht",
Anna Ahrend,anna@example.org,Meier GmbH,Webseite,Entwurf,Startseite,Yes,\
2026-05-05,08:00:00,2026-05-05,09:00:00,01:00:00,,
"""

CLOCKIFY_HEADING = (
    '"Project","Client","Description","Task","User","Group","Email","Tags","Billable","Start Date","Start Time",'
    '"End Date","End Time","Duration (h)","Duration (decimal)","Billable Rate (EUR)","Billable Amount (EUR)"'
)


def clockify(*dates: str, time: str = "09:00:00 AM", duration: str = "04:00:00", decimal: str = "4.00") -> str:
    """One row a date."""
    rows = (
        f'"AP1","Stadt Musterau","Teil {number}","Workshop","Anna Ahrend","","anna@example.org","vor Ort","No",'
        f'"{on}","{time}","{on}","01:00:00 PM","{duration}","{decimal}","0.00","0.00"'
        for number, on in enumerate(dates, 1)
    )
    return "\n".join((CLOCKIFY_HEADING, *rows))


HARVEST = """\
Date,Client,Project,Project Code,Task,Notes,Hours,Hours Rounded,Billable?,Invoiced?,Approved?,\
First Name,Last Name,Employee Id,Roles,Employee?,Billable Rate,Billable Amount,Cost Rate,\
Cost Amount,Currency,External Reference URL
2026-05-04,Stadt Musterau,AP1,M-01,Workshop,Auftakt,4.25,4.5,No,No,No,Anna,Ahrend,,,Yes,0,0,0,0,Euro - EUR,
"""

HARVEST_GERMAN = """\
Datum;Kunde;Projekt;Projektcode;Aufgabe;Notizen;Stunden;Stunden gerundet;Abrechenbar?;Vorname;Nachname;Währung
04.05.2026;Stadt Musterau;AP1;M-01;Workshop;Auftakt;4,25;4,5;Nein;Anna;Ahrend;Euro - EUR
"""

KIMAI_GERMAN = """\
Datum;Von;Bis;Dauer;Benutzer;Kunde;Projekt;Tätigkeit;Beschreibung
2026-05-04;09:00;13:15;04:15;Anna Ahrend;Stadt Musterau;AP1;Workshop;"Auftakt
im Rathaus"
"""

KIMAI = """\
Date,From,To,Duration,User,Customer,Project,Activity,Description
2026-05-04,09:00,13:15,15300,Anna Ahrend,Stadt Musterau,AP1,Workshop,"Auftakt
im Rathaus"
"""
