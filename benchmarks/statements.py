"""Milliseconds and statements of a month: its page, its document, and the document's making alone.

Run it as `python -m benchmarks.statements`.
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from itertools import count

from benchmarks.world import client_of, counted_statements, loaded_app, median_ms
from komma_tracker.kit import pdf

WHO = "koordination-k01@example.org"
PLACE = "/municipalities/K01/statements"


def main() -> None:
    """Print a table: one line each for the pages of a municipality, and for making documents of three sizes."""
    with loaded_app(10) as app:
        client = client_of(app, WHO)
        month = re.findall(rf'href="({PLACE}/[^"]+)"', client.get(PLACE).text)[3]
        document = re.findall(r'href="(/statements/[^"]+/document)"', client.get(month).text)[0]
        for name, path in (("months", PLACE), ("month", month), ("document", document)):
            with counted_statements(app) as statements:
                response = client.get(path)
            assert response.status_code == 200, (path, response.status)
            counted, size = len(statements), len(response.data) / 1024
            milliseconds = median_ms(lambda path=path: client.get(path))
            print(f"{name:24}{milliseconds:8.1f} ms {counted:3d} q {size:7.1f} kB")
    for lines in (10, 50, 400):
        print(f"{f'PDF of {lines} lines':24}{median_ms(partial(_render, lines)):8.1f} ms")


_runs = count()


def _render(lines: int) -> bytes:
    """A statement with so many lines, each time with other words: typst remembers what it has set before."""
    run = next(_runs)
    columns: list[pdf.Column] = [{"label": "Tag"}, {"label": "Tätigkeit", "width": 2}, {"label": "Anmerkung"}]
    rows = [("03.11.2026", "Workshop", f"Werkstatt {run}.{number} zu Meldewegen") for number in range(lines)]
    sections: list[pdf.Section] = [{"title": "Leistungen", "columns": columns, "rows": rows}]
    sheet: pdf.Sheet = {"lang": "de", "title": f"Nachweis {run}", "date": date(2026, 11, 30), "sections": sections}
    return pdf.render("sheet", sheet)


if __name__ == "__main__":
    main()
