"""Hours: public holidays, closures that win over them, iCal feeds, whose calendar counts."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.cast import a_workspace, an_agent
from threadwell.flow import opening
from threadwell.kit import clock, tenancy
from threadwell.record.hours import ical
from threadwell.record.hours.models import Calendar, CalendarUse, Closure, ClosureFeed, choice_of
from threadwell.record.hours.openings import put_together
from threadwell.record.hours.public_holidays import countries, country_names, public_holidays
from threadwell.record.journal.models import Event

FIRST, LAST = date(2026, 12, 1), date(2027, 1, 31)
BERLIN = ZoneInfo("Europe/Berlin")


def a_feed(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\nUID:{n}\r\n{one}\r\nEND:VEVENT\r\n" for n, one in enumerate(events))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}END:VCALENDAR\r\n".encode()


def read(*events: str) -> list[tuple[str, str, str, tuple[str, str] | None]]:
    found = ical.closings(a_feed(*events), zone=BERLIN, first=FIRST, last=LAST)
    return [(str(one.first_day), str(one.last_day), one.reason, one.hours) for one in found]


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ("DTSTART;VALUE=DATE:20261224\r\nSUMMARY:Eve", [("2026-12-24", "2026-12-24", "Eve", None)]),
        (
            "DTSTART;VALUE=DATE:20261224\r\nDTEND;VALUE=DATE:20270102\r\nSUMMARY:Long",
            [("2026-12-24", "2027-01-01", "Long", None)],
        ),
        (
            "DTSTART:20261224T110000Z\r\nDTEND:20261224T130000Z\r\nSUMMARY:Lunch",
            [("2026-12-24", "2026-12-24", "Lunch", ("12:00", "14:00"))],
        ),
        (
            "DTSTART:20261224T200000\r\nDURATION:PT8H\r\nSUMMARY:Night",
            [
                ("2026-12-24", "2026-12-24", "Night", ("20:00", "24:00")),
                ("2026-12-25", "2026-12-25", "Night", ("00:00", "04:00")),
            ],
        ),
        (
            "DTSTART;VALUE=DATE:20200106\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Kings",
            [("2027-01-06", "2027-01-06", "Kings", None)],
        ),
        ("DTSTART;VALUE=DATE:20261224\r\nSTATUS:CANCELLED\r\nSUMMARY:Off", []),
        ("DTSTART;VALUE=DATE:20250101\r\nSUMMARY:Past", []),
        ("DTSTART;VALUE=DATE:20300101\r\nSUMMARY:Far", []),
        ("SUMMARY:No beginning", []),
        ("DTSTART;VALUE=DATE:20261224", [("2026-12-24", "2026-12-24", "closed", None)]),
        ("DTSTART:20261201T000000Z\r\nRRULE:FREQ=SECONDLY\r\nSUMMARY:Flood", []),
    ],
)
def test_event_of_a_feed_closes_its_days(event: str, wanted: list[object]) -> None:
    assert read(event) == wanted


def test_event_without_sense_does_not_hide_its_neighbours() -> None:
    events = ["DTSTART:tomorrow\r\nSUMMARY:Nonsense", "DTSTART;VALUE=DATE:20261224\r\nSUMMARY:Eve"]
    assert [one[2] for one in read(*events)] == ["Eve"]


@pytest.mark.parametrize("raw", [b"", b"<html>Sign in</html>", b"\xff\xfe\x00", b"BEGIN:VCALENDAR"])
def test_what_is_no_calendar_is_refused(raw: bytes) -> None:
    with pytest.raises(ical.NotACalendar):
        ical.closings(raw, zone=BERLIN, first=FIRST, last=LAST)


def test_holidays_differ_by_region_and_an_unknown_country_has_none() -> None:
    assert date(2027, 1, 6) in public_holidays("DE", "BY", FIRST, LAST)
    assert date(2027, 1, 6) not in public_holidays("DE", "BE", FIRST, LAST)
    assert public_holidays("XX", "", FIRST, LAST) == {}
    assert len(country_names()) == len(countries()) > 100


def test_what_people_enter_beats_a_public_holiday() -> None:
    calendar = Calendar(zone="Europe/Berlin", country="DE", region="BE")
    special = Closure(
        kind=Closure.Kind.SPECIAL,
        first_day=date(2026, 12, 25),
        last_day=date(2026, 12, 25),
        hours=[["10:00", "12:00"]],
        reason="Emergency desk",
    )
    found = put_together(calendar, [special], FIRST, LAST, fallback="UTC")
    assert found.hours.is_open(datetime(2026, 12, 25, 10, tzinfo=UTC))
    assert not found.hours.is_open(datetime(2027, 1, 1, 10, tzinfo=UTC))
    calendar.country = "XX"
    assert "not known" in put_together(calendar, [], FIRST, LAST, fallback="UTC").fault


def test_organisation_goes_before_tier_and_tier_before_team() -> None:
    ours, theirs, gold = (Calendar(name=name) for name in ("team", "organisation", "tier"))
    team, organisation = ours.pk, theirs.pk  # any keys will do
    uses = [
        CalendarUse(calendar=ours, team_id=team),
        CalendarUse(calendar=theirs, organisation_id=organisation),
        CalendarUse(calendar=gold, tier="Gold"),
    ]
    assert choice_of(uses, organisation=organisation, tier="gold", team=team) == theirs.pk
    assert choice_of(uses, organisation=None, tier="gold", team=team) == gold.pk
    assert choice_of(uses, organisation=None, tier="", team=team) == ours.pk
    assert choice_of(uses, organisation=None, tier="", team=None) is None


@pytest.mark.django_db(transaction=True)
def test_broken_feed_keeps_what_it_said_last_and_mends_itself() -> None:
    firm = a_workspace()
    cleo = an_agent(firm, name="Cleo")
    with tenancy.entered(firm.pk):
        calendar = Calendar.default_of(firm)
        # Where nobody answers: addresses of our own house are not asked.
        feed = opening.add_feed(calendar, name="Town", url="https://127.0.0.1/x.ics", by=cleo)
    day = clock.now().date() + timedelta(days=9)
    good = a_feed(f"DTSTART;VALUE=DATE:{day:%Y%m%d}\r\nSUMMARY:Fair")
    assert opening.hear(feed, good)
    assert not opening.hear(feed, good)
    opening.read_feed(workspace_id=str(firm.pk), feed_id=str(feed.pk))
    opening.read_feed(workspace_id=str(firm.pk), feed_id=str(feed.pk))
    with tenancy.entered(firm.pk):
        kept = ClosureFeed.objects.of(firm).select_related("calendar", "workspace").get()
        assert (kept.failed_because != "", kept.good_at is not None) == (True, True)
        assert [one.reason for one in Closure.objects.of(firm)] == ["Fair"]
    opening.hear(kept, a_feed())
    with tenancy.entered(firm.pk):
        assert not Closure.objects.of(firm).exists()
        told = Event.objects.of(firm).filter(name__startswith="calendar.feed").order_by("pk")
        names = list(told.values_list("name", flat=True))
        assert names == ["calendar.feed_added", "calendar.feed_broken", "calendar.feed_mended"]
        opening.remove_feed(kept, by=cleo)
