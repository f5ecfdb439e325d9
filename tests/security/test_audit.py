"""What was written down stays as it was written, whoever asks, and leaves as a file."""

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from tests import cast
from tests.conftest import as_owner
from threadwell.kit import tenancy
from threadwell.record.journal.models import AuditEntry
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import Role

TABLE = "journal_auditentry"


@pytest.fixture
def auditor(db: None) -> Agent:
    return cast.an_agent(cast.a_workspace(), name="Audrey", role=Role.AUDITOR)


def an_entry(by: Agent, *, deed: str = "saw", place: str = "/w/x/") -> AuditEntry:
    facts = {"by_name": by.name, "deed": deed, "kind": "contact", "place": place, "origin": "203.0.113.7"}
    entry: AuditEntry = AuditEntry.objects.create(workspace_id=by.workspace_id, by=by, **facts)
    return entry


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET by_name = 'Nobody'",
        f"UPDATE {TABLE} SET at = now() - interval '1 year'",
        f"DELETE FROM {TABLE}",
        f"ALTER TABLE {TABLE} DISABLE TRIGGER ALL",
        f"DROP TABLE {TABLE}",
        f"ALTER TABLE {TABLE} NO FORCE ROW LEVEL SECURITY",
        f"CREATE OR REPLACE RULE x AS ON INSERT TO {TABLE} DO INSTEAD NOTHING",
        "SET LOCAL session_replication_role = replica",
        "SET LOCAL ROLE threadwell",
        f"INSERT INTO {TABLE} SELECT * FROM {TABLE} ON CONFLICT (id) DO UPDATE SET by_name = 'Nobody'",
        f"MERGE INTO {TABLE} a USING {TABLE} b ON a.id = b.id WHEN MATCHED THEN DELETE",
        "CREATE TEMP TABLE bait (id int);"
        " CREATE FUNCTION pg_temp.gone() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN DELETE FROM {TABLE}; RETURN NEW; END $$; CREATE TRIGGER x BEFORE INSERT ON bait"
        " FOR EACH ROW EXECUTE FUNCTION pg_temp.gone(); INSERT INTO bait VALUES (1)",
        f"WITH gone AS (DELETE FROM {TABLE} RETURNING id) SELECT count(*) FROM gone",
    ],
)
def test_the_application_cannot_change_an_entry(auditor: Agent, statement: str) -> None:
    with tenancy.entered(auditor.workspace_id):
        entry = an_entry(auditor)
    with pytest.raises(Error), tenancy.entered(auditor.workspace_id), connection.cursor() as cursor:
        cursor.execute(statement)
    with tenancy.entered(auditor.workspace_id):
        kept = AuditEntry.objects.of(auditor.workspace_id).get(pk=entry.pk)
        assert (kept.by_name, kept.at) == ("Audrey", entry.at)


@pytest.mark.django_db
def test_nobody_gave_the_application_leave_to_empty_the_table() -> None:
    """Tests may (tests/conftest.py), an installation does not: no migration grants it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name = %s AND grantee = current_user",
            [TABLE],
        )
        assert {name for (name,) in cursor.fetchall()} - {"TRUNCATE"} == {"SELECT", "INSERT"}


@pytest.mark.django_db
def test_the_owner_of_the_table_is_refused_too(auditor: Agent, one_machine: None) -> None:
    name = connection.settings_dict["NAME"]
    with as_owner(name) as owner:
        owner.execute("BEGIN")
        owner.execute("SELECT set_config('threadwell.workspace', %s, true)", [str(auditor.workspace_id)])
        found = owner.execute(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [TABLE],
        ).fetchall()
        owner.execute("ROLLBACK")
    assert found
    assert all(enabled != "D" for _name, enabled in found)


def test_entries_are_searched_and_leave_as_a_file(auditor: Agent) -> None:
    other = cast.an_agent(auditor.workspace, name="Bo")
    with tenancy.entered(auditor.workspace_id):
        an_entry(auditor, place="/w/x/customers/1/")
        an_entry(other, deed="changed", place="=cmd|' /C calc'!A0")
    client = Client()
    client.force_login(auditor.user)
    settings = f"/w/{auditor.workspace.slug}/settings"
    everything = client.get(f"{settings}/audit/").content.decode()
    assert "/w/x/customers/1/" in everything
    assert "calc" in everything
    for query, found in (
        (f"by={other.pk}", "Bo"),
        ("deed=changed", "Bo"),
        ("q=customers/1", "Audrey"),
        ("q=203.0.113.7&deed=saw", "Audrey"),
        ("since=2999-01-01", ""),
    ):
        table = client.get(f"{settings}/audit.csv?{query}")
        lines = b"".join(table.streaming_content).decode().splitlines()[1:]
        assert [name for line in lines for name in ("Bo", "Audrey") if f"{name}" in line] == (
            [found] if found else []
        )
        assert not any(cell.startswith("=") for line in lines for cell in line.split(","))


def test_who_may_not_audit_sees_none_of_it(auditor: Agent) -> None:
    client = Client()
    client.force_login(cast.an_agent(auditor.workspace, name="Bo").user)
    for address in ("audit/", "audit.csv"):
        assert client.get(f"/w/{auditor.workspace.slug}/settings/{address}").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_entries_go_with_their_workspace_and_not_before() -> None:
    agent = cast.an_agent(cast.a_workspace())
    with tenancy.entered(agent.workspace_id), transaction.atomic():
        an_entry(agent)
    with pytest.raises(Error), tenancy.entered(agent.workspace_id):
        AuditEntry.objects.of(agent.workspace_id).all().delete()


def test_who_came_in_what_left_and_who_gave_leave_is_written_down(db: None) -> None:
    owner = cast.an_agent(cast.a_workspace(), name="Olga", role=Role.OWNER)
    bo = cast.an_agent(owner.workspace, name="Bo")
    owner.user.set_password("seven green lorries")
    owner.user.save()
    client = Client(REMOTE_ADDR="203.0.113.8")
    client.post("/accounts/login/", {"login": owner.user.email, "password": "seven green lorries"})
    at = f"/w/{owner.workspace.slug}"
    b"".join(client.get(f"{at}/exports/contacts.csv").streaming_content)
    client.post(f"{at}/settings/people/{bo.pk}/role/", {"_method": "PUT", "role": "supervisor"})
    client.post(f"{at}/settings/people/{bo.pk}/seat/", {"_method": "DELETE"})
    with tenancy.entered(owner.workspace_id):
        found = AuditEntry.objects.of(owner.workspace_id).order_by("at", "pk")
        assert [(one.by_name, one.deed, one.kind, one.about) for one in found] == [
            ("Olga", "entered", "session", owner.pk),
            ("Olga", "exported", "contacts", None),
            ("Olga", "granted", "agent", bo.pk),
            ("Olga", "granted", "agent", bo.pk),
        ]
        assert [one.place for one in found][2:] == ["agent.role_changed", "agent.left"]
        assert found[0].origin == "203.0.113.8"
