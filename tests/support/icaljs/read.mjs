// Reads calendars with ical.js 2.2.1, as Thunderbird does: one JSON string a line in, its events as JSON a line out.
import readline from "node:readline";
import ICAL from "./ical.min.js";

const instant = (time) => time.toJSDate().toISOString();

function events(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      summary: event.summary,
      description: event.description,
      location: event.location,
      starts: instant(event.startDate),
      ends: instant(event.endDate),
    };
  });
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(events(JSON.parse(line))) + "\n");
}
