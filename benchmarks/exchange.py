"""Import and export of many entries: seconds, and memory on top: `python -m benchmarks.exchange 100000`.

Floor: the same rows from sqlite3 by the csv module, or by xlsxwriter, with nothing in between.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time

import xlsxwriter
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from benchmarks.world import TODAY, client_of, loaded_app
from config import load_settings
from komma_tracker.app import create_app
from komma_tracker.db import db

HEADING = ("Datum", "Kommune", "Minuten", "Tätigkeit", "Modus", "Arbeitspaket", "Beratungsperson", "Beschreibung")
LEDGER = """
SELECT e.service_date, m.code, i.name, u.name, e.activity, e.mode, p.code, e.minutes, e.minutes / 480.0,
       e.chargeable_minutes / 480.0, e.note, e.internal_note
FROM day_entry e JOIN municipality m ON m.id = e.municipality_id
JOIN municipality_identity i ON i.municipality_id = m.id JOIN user u ON u.id = e.consultant_id
LEFT JOIN work_package p ON p.id = e.work_package_id ORDER BY e.service_date, e.id
"""


def main(count: int) -> None:
    """Import so many rows as CSV, then as many others as XLSX; export all of them as both."""
    print(f"{'':34}{'seconds':>9}{'of CPU':>9}{'rows/s':>10}{'memory':>9}")
    with loaded_app(10) as app:
        client = client_of(app, "lead@example.org")
        measure_import(client, "CSV", count, csv_file(rows(count, 2021)), "days.csv")
        measure_import(client, "XLSX", count, xlsx_file(rows(count, 2022)), "days.xlsx")
        measure_import(client, "Clockify", count, clockify_file(count, 2023), "clockify.csv")
        # In a process of its own: what an import has used before would hide what an export needs.
        folder = str(app.extensions["komma"].settings.data_dir)
        exporting = get_context("spawn").Process(target=measure_export, args=(folder,))
        exporting.start()
        exporting.join()


def rows(count: int, year: int) -> Iterator[tuple[str, ...]]:
    """Different rows for ten municipalities and four people within a year; nobody's day has more than 24 hours."""
    minutes = str(min(240, 4 * 360 * 20 * 60 // count))
    for number in range(count):
        day = date(year, 1, 1) + timedelta(days=number % 360)
        consultant = f"beratung-{'abcd'[number // 360 % 4]}@example.org"
        note = f"Werkstatt „Meldewege“, Teil {number}"
        yield (day.isoformat(), f"K{number % 10 + 1:02d}", minutes, "Workshop", "vor Ort", "AP1", consultant, note)


def csv_file(lines: Iterator[tuple[str, ...]]) -> bytes:
    """What somebody might upload."""
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";").writerows([HEADING, *lines])
    return file.getvalue().encode()


CLOCKIFY = (
    "Project", "Client", "Description", "Task", "User", "Group", "Email", "Tags", "Billable", "Start Date",
    "Start Time", "End Date", "End Time", "Duration (h)", "Duration (decimal)",
)  # fmt: skip


def clockify_file(count: int, year: int) -> bytes:
    """The same kind of rows as Clockify exports them for the United States; all names are known."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(CLOCKIFY)
    for on, code, minutes, activity, mode, package, consultant, note in rows(count, year):
        day = date.fromisoformat(on).strftime("%m/%d/%Y")
        times = (day, "09:00:00 AM", day, "01:00:00 PM", f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}:00", "")
        writer.writerow((package, code, note, activity, consultant, "", consultant, mode, "No", *times))
    return file.getvalue().encode()


def xlsx_file(lines: Iterator[tuple[str, ...]]) -> bytes:
    """The same from a spreadsheet."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate([HEADING, *lines]):
            sheet.write_row(number, 0, line)
    return file.getvalue()


def measure_import(client: FlaskClient, kind: str, count: int, content: bytes, name: str) -> None:
    """Upload and preview, then confirm, as a browser does."""
    token = csrf_token(client)
    pages: list[str] = []

    def look() -> int:
        data = {"csrf_token": token, "file": (io.BytesIO(content), name), "municipality": ""}
        answer = client.post("/import", data=data, content_type="multipart/form-data")
        assert answer.status_code == 302, answer.text
        pages.append(answer.location)
        pages.append(client.get(answer.location).text)
        return count

    def confirm() -> int:
        hidden = dict(re.findall(r'name="(seen|doubles|request_key)"[^>]*value="([^"]*)"', pages[1]))
        answer = client.post(pages[0], data={"csrf_token": token, **hidden})
        assert answer.status_code == 302, answer.text
        return count

    measure(f"{kind} import: upload and preview", look)
    measure(f"{kind} import: booking", confirm)


def measure_export(folder: str) -> None:
    """The floor first, then the product, on the data in this folder."""
    app = create_app(load_settings({"KOMMA_DATA_DIR": folder}), clock=lambda: TODAY)
    client = client_of(app, "lead@example.org")
    client.get("/export/entries.csv", query_string={"last": "2000-01-01"})
    with app.app_context():
        path = str(db.engine.url.database)
    floor = measure("CSV export, floor", lambda: floor_csv(path))
    ours = measure("CSV export", lambda: taken(client, "csv", path))
    print(f"{'':34}{floor / ours:8.2f} of the floor")
    floor = measure("XLSX export, xlsxwriter alone", lambda: floor_xlsx(path))
    ours = measure("XLSX export", lambda: taken(client, "xlsx", path))
    print(f"{'':34}{ours / floor:8.2f} times xlsxwriter alone")


def taken(client: FlaskClient, kind: str, path: str) -> int:
    """Read an export piece by piece, as a server does."""
    answer = client.get(f"/export/entries.{kind}", buffered=False)
    assert answer.status_code == 200
    assert sum(len(piece) for piece in answer.iter_encoded()) > 0
    answer.close()
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM day_entry").fetchone()[0])


def floor_csv(path: str) -> int:
    """sqlite3 and csv."""
    buffer, count = io.StringIO(newline=""), 0
    writer = csv.writer(buffer, delimiter=";")
    with closing(sqlite3.connect(path)) as connection:
        cursor = connection.execute(LEDGER)
        while batch := cursor.fetchmany(1000):
            writer.writerows(batch)
            count += len(batch)
            buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    return count


def floor_xlsx(path: str) -> int:
    """sqlite3 and xlsxwriter."""
    count = 0
    with (
        closing(sqlite3.connect(path)) as connection,
        xlsxwriter.Workbook(f"{path}.xlsx", {"constant_memory": True}) as book,
    ):
        sheet = book.add_worksheet()
        for number, line in enumerate(connection.execute(LEDGER)):
            sheet.write_row(number, 0, line)
            count += 1
    return count


def measure(name: str, work: Callable[[], int]) -> float:
    """Do it once; print seconds, those of the processor, rows per second, and by how much memory grew at its height.

    Returns the processor's seconds: ratios hold on a busy machine too.
    """
    before = reset_peak()
    begin, begin_cpu = perf_counter(), process_time()
    count = work()
    seconds, cpu = perf_counter() - begin, process_time() - begin_cpu
    grown = (memory("VmHWM") - before) / 1024
    print(f"{name:34}{seconds:9.2f}{cpu:9.2f}{count / seconds:10,.0f}{grown:+6.0f} MB", flush=True)
    return cpu


def reset_peak() -> int:
    """Forget the height that memory has reached so far (Linux); returns what is in use now, in kB."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(field: str) -> int:
    """A line of the kernel's account of this process, in kB."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


def csrf_token(client: FlaskClient) -> str:
    """What the upload form carries."""
    with client.session_transaction() as cookie:
        raw = cookie.setdefault("csrf_token", "0" * 64)
    return str(URLSafeTimedSerializer(str(client.application.secret_key), salt="wtf-csrf-token").dumps(raw))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100_000)
