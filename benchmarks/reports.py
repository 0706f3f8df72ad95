"""A funder report over two years: seconds, memory, statements: `python -m benchmarks.reports 10 1000`.

All months that are over count as closed. Each form is asked for over HTTP by the lead, in a process of its own for
each size of the programme, so that one does not hide what the other needs.
"""

from __future__ import annotations

import sys
from multiprocessing import get_context
from statistics import median
from time import perf_counter, process_time

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.exchange import memory, reset_peak
from benchmarks.world import TODAY, client_of, counted_statements, loaded_app
from komma_tracker.db import db

PERIOD = {"kind": "interim_report", "first": f"01.{TODAY.year - 1}", "last": f"{TODAY:%m.%Y}"}
FORMS = {"page": "/reports", "XLSX": "/reports/preview.xlsx", "PDF": "/reports/preview.pdf"}
TIMES = 3
CLOSE = (
    """
    INSERT INTO statement (public_id, contract_id, municipality_id, month, state, minutes, agreed_minutes,
                           remaining_minutes, check_number, submitted_at, submitted_by_id, version)
    SELECT lower(hex(randomblob(8))), contract_id, municipality_id, posting_month, 'closed', sum(chargeable_minutes),
           0, 0, '', '2026-01-01', 1, 1
    FROM day_entry e
    WHERE NOT EXISTS (SELECT 1 FROM statement s WHERE s.contract_id = e.contract_id AND s.month = e.posting_month)
    GROUP BY contract_id, municipality_id, posting_month
    """,
    """
    UPDATE day_entry SET statement_id =
        (SELECT s.id FROM statement s WHERE s.contract_id = day_entry.contract_id AND s.month = day_entry.posting_month)
    """,
    "UPDATE statement SET state = 'closed'",
)


def main(sizes: list[int]) -> None:
    """One programme after another."""
    heads = ("seconds", 8), ("of CPU", 8), ("memory", 10), ("size", 10), ("statements", 12)
    print(f"{'municipalities':>14}{'entries':>10}  form  " + "".join(f"{head:>{width}}" for head, width in heads))
    for size in sizes:
        measuring = get_context("spawn").Process(target=measure, args=(size,))
        measuring.start()
        measuring.join()


def measure(size: int) -> None:
    """Load so many municipalities, close their months, ask for the report in each form."""
    with loaded_app(size) as app:
        entries = close_all(app)
        client = client_of(app, "lead@example.org")
        client.get("/healthz")
        for name, path in FORMS.items():
            before = reset_peak()
            with counted_statements(app) as statements:
                length = ask(client, path)
            grown = (memory("VmHWM") - before) / 1024
            spans, of_cpu = zip(*(timed(client, path) for _ in range(TIMES)), strict=True)
            print(
                f"{size:14,}{entries:10,}  {name:6}{median(spans):8.2f}{median(of_cpu):8.2f}{grown:+7.0f} MB"
                f"{length / 1024:7.0f} kB{len(statements):12}",
                flush=True,
            )


def timed(client: FlaskClient, path: str) -> tuple[float, float]:
    """Seconds that a form of the report takes, and those of the processor: these hold on a busy machine too."""
    begin, begin_cpu = perf_counter(), process_time()
    ask(client, path)
    return perf_counter() - begin, process_time() - begin_cpu


def close_all(app: Flask) -> int:
    """Put every entry into a closed statement; returns how many there are."""
    with app.app_context(), db.engine.begin() as connection:
        for statement in CLOSE:
            connection.exec_driver_sql(statement)
        return int(connection.exec_driver_sql("SELECT count(*) FROM day_entry").scalar_one())


def ask(client: FlaskClient, path: str) -> int:
    """Fetch a form of the report; returns its size in bytes."""
    answer = client.get(path, query_string=PERIOD, buffered=True)
    assert answer.status_code == 200, answer.text
    return len(answer.data)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10, 1000])
