"""Facts: what is known about conversations, as far as rules ask for it.

In:    keys of conversations, Asked
Out:   for each its facts: JSON values, as a decision keeps them
Touch: reads conversations, messages, people, work, teams, calendars; writes nothing

Some conversations at a time: a handful of questions for all of them. Of a letter's text only those words are
kept that rules look for, so that a decision stays small and can still be made again.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef
from django.db.models.functions import Left

from threadwell.flow.decide import conditions
from threadwell.flow.decide.asked import OWN_LOAD, WORDS, Asked
from threadwell.kit import languages
from threadwell.kit.opening_hours import OpeningHours
from threadwell.record.clocks.models import SlaPolicy
from threadwell.record.conversations.models import Conversation, Message
from threadwell.record.hours.models import Calendar, CalendarUse, choice_of
from threadwell.record.hours.openings import opening_hours_of
from threadwell.record.people.models import Contact, Organisation
from threadwell.record.rota.models import Absence, Distribution, Skill
from threadwell.record.work.models import WorkLink
from threadwell.record.workplace.models import Agent, Team, TeamSeat, Workspace
from threadwell.record.workplace.roles import Role

DAY = timedelta(days=1)
LONGEST = 20_000  #: letters of a text that are searched for words

_SIMPLE = (
    "type",
    "priority",
    "team_id",
    "owner_id",
    "inbox_id",
    "inbox__kind",
    "inbox__team_id",
    "labels",
    "made_at",
)
_OF_CONTACTS = ("owner_id", "tier", "language")
_OF_ORGANISATIONS = ("owner_id", "tier")
_CUSTOM = {
    "contact": ("contact__custom", "contact__one_with__custom"),
    "organisation": ("organisation__custom", "organisation__one_with__custom"),
    "conversation": ("custom",),
}


def gather(
    workspace_id: UUID, keys: Collection[UUID], asked: Asked, *, now: datetime, afresh: bool = False
) -> dict[UUID, dict[str, Any]]:
    """The facts of each that is open. ``afresh``: of any, as they were before anybody moved or closed it."""
    rows = list(_rows(workspace_id, keys, asked, afresh=afresh))
    letters = _letters(workspace_id, keys, asked, afresh=afresh)
    gone = referred(workspace_id, asked)
    shared = {"gone": gone} if gone else {}
    loads = _loads(workspace_id) if asked.any_under("load.") else None
    every = {row["pk"]: _of_row(row, asked, afresh=afresh) for row in rows}
    for row in rows:
        facts = every[row["pk"]]
        facts |= shared | _of_letter(letters.get(row["pk"]), asked)
        if loads is not None:
            facts |= {
                name: loads.get(_team_of(name, facts), 0) for name in asked.facts if name[:5] == "load."
            }
    if asked.any_under("work."):
        _add_work(workspace_id, every)
    if asked.names_owners_team:
        _add_owners_teams(workspace_id, every)
    if "deputy" in asked.whom:
        _add_deputies(workspace_id, every, now=now)
    if asked.any_of("open_hours"):
        _add_hours(workspace_id, rows, every, now=now, afresh=afresh)
    return every


def referred(workspace_id: UUID, asked: Asked) -> list[str]:
    """Keys that results name and that lead nowhere: teams and policies that went, people who left."""
    there: set[UUID] = set()
    if asked.teams:
        there |= set(Team.objects.of(workspace_id).filter(pk__in=asked.teams).values_list("pk", flat=True))
    if asked.agents:
        agents = Agent.objects.of(workspace_id).filter(pk__in=asked.agents, left_at=None)
        there |= set(agents.values_list("pk", flat=True))
    if asked.policies:
        policies = SlaPolicy.objects.of(workspace_id).in_order().filter(pk__in=asked.policies, is_on=True)
        there |= set(policies.values_list("pk", flat=True))
    if asked.skills:
        there |= set(Skill.objects.of(workspace_id).filter(pk__in=asked.skills).values_list("pk", flat=True))
    named = asked.teams | asked.agents | asked.policies | asked.skills
    return sorted(str(one) for one in named - there)


def managers_of(workspace_id: UUID, team_id: UUID | None) -> list[str]:
    """The supervisors on the team, else all supervisors, else administrators and owners."""
    seats = Agent.objects.of(workspace_id).filter(left_at=None)
    chiefs = seats.filter(role=Role.SUPERVISOR).order_by("joined_at", "pk")
    in_team = TeamSeat.objects.of(workspace_id).filter(team=team_id).values("agent_id")
    above = seats.filter(role__in=(Role.ADMIN, Role.OWNER)).order_by("joined_at", "pk")
    for rows in (chiefs.filter(pk__in=in_team), chiefs, above):
        found = [str(one) for one in rows.values_list("pk", flat=True)[:20]]
        if found:
            return found
    return []


def teams_that_hand_out(workspace_id: UUID) -> frozenset[UUID]:
    """Teams that give what comes to them to somebody, without a rule saying so."""
    rows = Distribution.objects.of(workspace_id).exclude(method=Distribution.Method.BY_HAND)
    return frozenset(rows.values_list("team_id", flat=True))


def absent(workspace_id: UUID, agents: Collection[str], *, now: datetime) -> frozenset[str]:
    """Those who are out of office, or have left."""
    if not agents:
        return frozenset()
    away = Absence.objects.of(workspace_id).at(now).filter(agent_id__in=agents)
    left = Agent.objects.of(workspace_id).filter(pk__in=agents).exclude(left_at=None)
    keys = {*away.values_list("agent_id", flat=True), *left.values_list("pk", flat=True)}
    return frozenset(str(one) for one in keys)


def _rows(
    workspace_id: UUID, keys: Collection[UUID], asked: Asked, *, afresh: bool
) -> Iterator[dict[str, Any]]:
    """Conversations with what rules may ask of their customers, such as ``contact__one_with__tier``."""
    rows = Conversation.objects.of(workspace_id).filter(pk__in=keys)
    if not afresh:
        rows = rows.open().filter(joined_into=None)
    columns = ["contact_id", "organisation_id"]
    if asked.any_under("custom.conversation.") or asked.any_of("intent"):
        columns.append("custom")
    if asked.any_of("new_lead"):
        earlier = Conversation.objects.of(OuterRef("workspace_id")).filter(
            contact_id=OuterRef("contact_id"), made_at__lt=OuterRef("made_at")
        )
        rows = rows.annotate(came_before=Exists(earlier))
        columns.append("came_before")
    found = list(rows.values("pk", *_SIMPLE, *columns))
    contacts = _parties(workspace_id, Contact, {row["contact_id"] for row in found}, asked, _OF_CONTACTS)
    firms = {row["organisation_id"] for row in found}
    organisations = _parties(workspace_id, Organisation, firms, asked, _OF_ORGANISATIONS)
    for row in found:
        yield row | contacts[row["contact_id"]] | organisations[row["organisation_id"]]


def _parties(
    workspace_id: UUID,
    model: type[Contact | Organisation],
    keys: set[UUID | None],
    asked: Asked,
    columns: tuple[str, ...],
) -> dict[UUID | None, dict[str, Any]]:
    """What is known of each, and of whom it is one with.

    Asked for by key and not joined: PostgreSQL compares what stands behind row-level security with every row
    of the table for as long as it believes it to be small, as it does in the first minute of much mail.
    """
    noun = model._meta.model_name
    if asked.any_under(f"custom.{noun}."):
        columns = (*columns, "custom")

    def look_up(some: set[UUID | None]) -> dict[UUID | None, dict[str, Any]]:
        wanted = [key for key in some if key]
        if not wanted:
            return {}
        rows = model.objects.of(workspace_id).filter(pk__in=wanted).values("pk", "one_with_id", *columns)
        return {row["pk"]: row for row in rows}

    themselves = look_up(keys)
    leading = look_up({row["one_with_id"] for row in themselves.values()})
    nothing = dict.fromkeys(("one_with_id", *columns))
    found = {}
    for key in keys | {None}:
        own = themselves.get(key, nothing)
        led_by = leading.get(own["one_with_id"], nothing)
        found[key] = {f"{noun}__{column}": own[column] for column in ("one_with_id", *columns)} | {
            f"{noun}__one_with__{column}": led_by[column] for column in columns
        }
    return found


def _of_row(row: Mapping[str, Any], asked: Asked, *, afresh: bool) -> dict[str, Any]:
    organisation = row["organisation__one_with_id"] or row["organisation_id"]
    owner = _first(
        row["contact__one_with__owner_id"] if row["contact__one_with_id"] else row["contact__owner_id"],
        row["organisation__one_with__owner_id"]
        if row["organisation__one_with_id"]
        else row["organisation__owner_id"],
    )
    tier = _first(
        *(row[f"{who}{way}__tier"] for who in ("contact", "organisation") for way in ("__one_with", ""))
    )
    own_team = None if afresh else row["team_id"]
    every: dict[str, Any] = {
        "channel": row["inbox__kind"],
        "inbox": str(row["inbox_id"]),
        "type": row["type"],
        "priority": row["priority"],
        "labels": list(row["labels"]),
        "tier": tier or "",
        "organisation": str(organisation or ""),
        "language": row["contact__one_with__language"] or row["contact__language"] or "",
    }
    if asked.any_of("new_lead"):
        every["new_lead"] = not row["came_before"] and owner is None
    if asked.any_of("intent"):
        every["intent"] = (row["custom"] or {}).get("intent", "")
    kept = {name: value for name, value in every.items() if name in asked.facts}
    # These are always known: what is done is made of them.
    kept["owner"] = str(owner or "")
    kept["has_owner"] = str(row["owner_id"] or "")
    kept["own_team"] = str(own_team or row["inbox__team_id"] or "")
    return kept | _custom_of(row, asked)


def _custom_of(row: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    found = {}
    for name in asked.facts:
        kind, _dot, rest = name.partition(".")
        noun, _dot, key = rest.partition(".")
        if kind == "custom" and noun in _CUSTOM:
            values = [(row[column] or {}).get(key) for column in reversed(_CUSTOM[noun])]
            found[name] = _first(*values)
    return found


def _letters(
    workspace_id: UUID, keys: Collection[UUID], asked: Asked, *, afresh: bool
) -> dict[UUID, dict[str, Any]]:
    """What the customer wrote last, or first when it began."""
    if not asked.any_of(*WORDS, "machine", "sender_domain", "language"):
        return {}
    rows: Any = Message.objects.of(workspace_id).filter(conversation_id__in=keys, direction="in")
    order = ("at", "pk") if afresh else ("-at", "-pk")
    columns = ["conversation_id", "kind", "from_address", "subject"]
    if asked.any_of("body", "words", "language"):
        rows = rows.annotate(beginning=Left("text", LONGEST))
        columns.append("beginning")
    newest = rows.order_by("conversation_id", *order).distinct("conversation_id")
    return {row["conversation_id"]: row for row in newest.values(*columns)}


def _of_letter(letter: Mapping[str, Any] | None, asked: Asked) -> dict[str, Any]:
    letter = letter or {"kind": "message", "from_address": "", "subject": "", "beginning": ""}
    found: dict[str, Any] = {}
    if asked.any_of("machine"):
        found["machine"] = letter["kind"] != "message"
    if asked.any_of("sender_domain"):
        found["sender_domain"] = _domains_of(letter["from_address"])
    subject, body = letter["subject"], letter.get("beginning", "")
    texts = {"subject": subject, "body": body, "words": f"{subject} \n {body}"}
    for name in WORDS:
        if asked.any_of(name):
            found[name] = conditions.found_in(texts[name], asked.phrases)
    if asked.any_of("language") and (spoken := languages.language_of(body)):
        found["language"] = spoken
    return found


def _domains_of(address: str) -> list[str]:
    """``a@mail.firm.example`` is of mail.firm.example and of firm.example."""
    host = address.rpartition("@")[2].casefold()
    parts = host.split(".")[-6:]
    return [".".join(parts[first:]) for first in range(max(len(parts) - 1, 1))] if host else []


def _loads(workspace_id: UUID) -> dict[str, int]:
    """How many open conversations each team has, the one that is asked about among them."""
    rows = Conversation.objects.of(workspace_id).open().exclude(team=None)
    counted = rows.values_list("team_id").annotate(Count("pk")).order_by()
    return {str(team): count for team, count in counted}


def _team_of(name: str, facts: Mapping[str, Any]) -> str:
    return str(facts["own_team"]) if name == OWN_LOAD else name.removeprefix("load.")


def _add_work(workspace_id: UUID, every: dict[UUID, dict[str, Any]]) -> None:
    for facts in every.values():
        facts["work.type"], facts["work.status"] = [], []
    links = WorkLink.objects.of(workspace_id).filter(conversation_id__in=every)
    for key, kind, status in links.order_by("pk").values_list(
        "conversation_id", "item__type_id", "item__status_id"
    ):
        every[key]["work.type"].append(str(kind))
        every[key]["work.status"].append(str(status))


def _add_owners_teams(workspace_id: UUID, every: dict[UUID, dict[str, Any]]) -> None:
    """The team of the account's owner: the conversation's own, if they are on it."""
    owners = {facts["owner"] for facts in every.values() if facts["owner"]}
    if not owners:
        return
    teams: dict[str, list[str]] = {}
    seats = TeamSeat.objects.of(workspace_id).filter(agent_id__in=owners)
    for agent, team in seats.order_by("pk").values_list("agent_id", "team_id"):
        teams.setdefault(str(agent), []).append(str(team))
    for facts in every.values():
        theirs = teams.get(facts["owner"], [])
        if theirs:
            facts["owner_team"] = facts["own_team"] if facts["own_team"] in theirs else theirs[0]


def _add_deputies(workspace_id: UUID, every: dict[UUID, dict[str, Any]], *, now: datetime) -> None:
    owners = {facts["owner"] for facts in every.values() if facts["owner"]}
    away = Absence.objects.of(workspace_id).at(now).filter(agent_id__in=owners).exclude(deputy=None)
    deputies = {str(agent): str(deputy) for agent, deputy in away.values_list("agent_id", "deputy_id")}
    for facts in every.values():
        facts["deputy"] = deputies.get(facts["owner"], "")


def _add_hours(
    workspace_id: UUID,
    rows: list[dict[str, Any]],
    every: dict[UUID, dict[str, Any]],
    *,
    now: datetime,
    afresh: bool,
) -> None:
    """Is somebody there right now? By the calendar of the customer, of its tier, of the team, of all."""
    workspace = Workspace.objects.get(pk=workspace_id)
    calendars = {one.pk: one for one in Calendar.objects.of(workspace_id).in_use()}
    uses = list(CalendarUse.objects.of(workspace_id))
    default = next((one for one in calendars.values() if one.is_default), None)
    moments = {row["pk"]: row["made_at"] if afresh else now for row in rows}
    first, last = min(moments.values()).date() - DAY, max(moments.values()).date() + DAY
    known: dict[UUID, OpeningHours] = {}
    for row in rows:
        named = choice_of(
            uses,
            organisation=row["organisation__one_with_id"] or row["organisation_id"],
            tier=_first(row["contact__tier"], row["organisation__tier"]) or "",
            team=row["inbox__team_id"] if afresh else row["team_id"],
        )
        calendar = calendars.get(named) if named else None
        calendar = calendar or default or Calendar.default_of(workspace)
        if calendar.pk not in known:
            known[calendar.pk] = opening_hours_of(calendar, first, last, fallback=workspace.zone).hours
        every[row["pk"]]["open_hours"] = known[calendar.pk].is_open(moments[row["pk"]])


def _first(*values: Any) -> Any:
    return next((value for value in values if value not in (None, "")), None)
