"""Hours: when somebody is there: calendars, their closures, and who keeps to which."""
