"""Columns: what the columns of a table may be, and which of them they probably are.

In:    a kind of table, the header, some rows
Out:   the fields of that kind; a guess, one field for each column ("" for none)
Touch: the custom fields of the workspace
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.kit import words
from threadwell.record.fields import values as custom
from threadwell.record.fields.models import CustomField
from threadwell.record.imports.models import RecordImport

Kind = RecordImport.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something a column can say."""

    key: str
    name: str | Promise
    called: frozenset[str] = frozenset()  #: what headers call it, folded, in several languages
    looks: re.Pattern[str] | None = None  #: what its cells look like
    is_many: bool = False  #: several columns may say it


def _field(
    key: str, name: str | Promise, called: str = "", looks: str = "", *, is_many: bool = False
) -> Field:
    return Field(
        key=key,
        name=name,
        called=frozenset(_folded(one) for one in called.split("|")) | {_folded(key)},
        looks=re.compile(looks) if looks else None,
        is_many=is_many,
    )


def _folded(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", words.folded(text)))


_EMAIL = r"^[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+$"
_PHONE = r"^\+[\d /().-]{7,20}$"
_MOMENT = r"^\d{4}-\d\d-\d\d([ T]|$)|^\d\d?[./]\d\d?[./]\d{4}"

_EXTERNAL = _field(
    "external_id",
    _("Number in the other system"),
    "id|uid|external id|externe id|number|nummer|nr|no|key|record id|contact id|account id|customer id"
    "|customer number|kundennummer|kunden nr|kundennr|kunden id|numero client|numero de client|id client"
    "|numero de cliente|id cliente|codice cliente|klantnummer|message id|interaction id|ticket id",
)
_OWNER = _field(
    "owner",
    _("Owner (e-mail or name of an agent)"),
    "account owner|account manager|responsible|betreuer|zustandig|verantwortlich|kundenbetreuer"
    "|proprietaire|responsable|responsabile|eigenaar|besitzer",
)
_TIER = _field("tier", _("Tier"), "level|segment|klasse|kategorie|category|categorie|categoria|niveau|rang")
_SINCE = _field(
    "made_at",
    _("Customer since"),
    "since|created|created at|created on|creation date|customer since|kunde seit|angelegt|angelegt am"
    "|erstellt|erstellt am|client depuis|cree le|date de creation|cliente desde|creado|creato il|aangemaakt",
)
_MAIL_NAMES = (
    "email|e mail|mail|email address|e mail address|mail address|e mail adresse|email adresse|mailadresse"
    "|courriel|adresse e mail|adresse email|correo|correo electronico|indirizzo email|posta elettronica"
    "|e mailadres|work email|private email|email 1 value|email 2 value"
)
_PHONE_NAMES = (
    "phone|telephone|tel|mobile|mobile phone|cell|cell phone|phone number|telefon|telefonnummer|mobil|handy"
    "|rufnummer|mobilnummer|telefon mobil|telephone portable|portable|telefono|movil|cellulare|telefoon"
    "|work phone|business phone|home phone|phone 1 value|phone 2 value"
)
_FIRM_NAMES = (
    "organization|company|company name|firm|firma|unternehmen|organisation name|organization name"
    "|account name|societe|entreprise|organisme|empresa|organizacion|azienda|societa|bedrijf|organisatie"
    "|empresa nombre|organization 1 name"
)

CONTACTS = (
    _EXTERNAL,
    _field(
        "name",
        _("Name"),
        "full name|display name|contact|contact name|customer|customer name|kunde|kundenname|ansprechpartner"
        "|vollstandiger name|nom complet|nombre completo|nome completo|naam",
    ),
    _field("first_name", _("First name"), "given name|vorname|prenom|nombre|nome|voornaam|forename"),
    _field(
        "last_name",
        _("Last name"),
        "family name|surname|nachname|familienname|nom|nom de famille|apellido|apellidos|cognome|achternaam",
    ),
    _field("email", _("E-mail"), _MAIL_NAMES, _EMAIL, is_many=True),
    _field("phone", _("Phone"), _PHONE_NAMES, _PHONE, is_many=True),
    _field("handle", _("Handle"), "twitter|instagram|telegram|username|benutzername", is_many=True),
    _field("organisation", _("Organisation"), _FIRM_NAMES),
    _field(
        "organisation_id",
        _("Organisation's number in the other system"),
        "organization id|company id|firmennummer|firmen id|id societe|id empresa",
    ),
    _field("language", _("Language"), "sprache|langue|lingua|idioma|taal|lang", r"^[a-z]{2}(-[A-Z]{2})?$"),
    _field("zone", _("Time zone"), "timezone|time zone|zeitzone|fuseau horaire|zona horaria|fuso orario|tz"),
    _TIER,
    _OWNER,
    _SINCE,
)
ORGANISATIONS = (
    _EXTERNAL,
    _field("name", _("Name"), f"{_FIRM_NAMES}|organisation|account|kunde|nom|nombre|nome|naam"),
    _field(
        "domain",
        _("Domain"),
        "domains|website|web|url|homepage|webseite|site web|sitio web|sito web|domane|domaine|dominio",
        r"^(https?://)?[\w-]+(\.[\w-]+)+/?$",
        is_many=True,
    ),
    _field(
        "parent",
        _("Belongs to (name)"),
        "parent company|parent account|parent organisation|parent organization|mutterfirma|konzern"
        "|societe mere|empresa matriz|moederbedrijf",
    ),
    _field("parent_id", _("Belongs to (number in the other system)"), "parent account id|parent company id"),
    _TIER,
    _OWNER,
    _SINCE,
)
INTERACTIONS = (
    _EXTERNAL,
    _field(
        "conversation",
        _("Conversation's number in the other system"),
        "conversation id|thread|thread id|ticket|ticket id|ticket number|case|case number|case id|vorgang"
        "|vorgangsnummer|fall|fallnummer|ticketnummer|dossier|caso|issue",
    ),
    _field(
        "at",
        _("When"),
        "date|time|datetime|timestamp|created|created at|sent|sent at|received|received at|datum|zeit"
        "|zeitpunkt|gesendet|gesendet am|erstellt|erstellt am|heure|fecha|fecha y hora|ora|data|moment",
        _MOMENT,
    ),
    _field(
        "direction", _("Direction"), "richtung|sens|direccion|direzione|in out|incoming", r"^(in|out|note)$"
    ),
    _field("channel", _("Channel"), "medium|kanal|canal|canale|kanaal|via|type|typ"),
    _field("from", _("From"), "sender|von|absender|de|expediteur|remitente|da|mittente|van|from address"),
    _field("from_name", _("Name of the sender"), "sender name|absendername|author|autor|verfasser"),
    _field("to", _("To"), "recipient|recipients|an|empfanger|a|destinataire|destinatario|aan|to address"),
    _field("subject", _("Subject"), "title|betreff|titel|sujet|objet|asunto|oggetto|onderwerp|summary"),
    _field(
        "text",
        _("Text"),
        "body|message|content|description|notes|note|nachricht|inhalt|notiz|beschreibung|corps|contenu"
        "|mensaje|texto|messaggio|testo|bericht|comment|kommentar",
    ),
    _field("agent", _("Agent (e-mail or name)"), "user|assignee|owner|bearbeiter|mitarbeiter|agente"),
    _field(
        "contact_id",
        _("Contact's number in the other system"),
        "customer id|customer number|kundennummer|id client|id cliente|person id",
    ),
    _field("contact_email", _("Contact's e-mail"), f"{_MAIL_NAMES}|customer email|contact email", _EMAIL),
    _field("contact_phone", _("Contact's phone"), f"{_PHONE_NAMES}|customer phone|contact phone", _PHONE),
    _field("contact_name", _("Contact's name"), "customer|customer name|contact|kunde|kundenname|client"),
)
#: Whom something is for.
_FOR_WHOM = (
    _field(
        "contact_id", _("Contact's number in the other system"), "customer id|customer number|kundennummer"
    ),
    _field("contact_email", _("Contact's e-mail"), f"{_MAIL_NAMES}|customer email|contact email", _EMAIL),
    _field("contact_phone", _("Contact's phone"), f"{_PHONE_NAMES}|contact phone", _PHONE),
    _field("contact_name", _("Contact's name"), "customer|customer name|contact|kunde|kundenname|client"),
    _field("organisation", _("Organisation"), _FIRM_NAMES),
    _field("organisation_id", _("Organisation's number in the other system"), "company id|firmen id"),
)
WORK = (
    _EXTERNAL,
    _field("type", _("Kind of work"), "kind|art|typ|record type|type de travail|tipo"),
    _field("title", _("Title"), "name|subject|summary|betreff|titel|bezeichnung|titre|asunto|titolo"),
    _field(
        "detail", _("Description"), "description|details|notes|beschreibung|notiz|descripcion|descrizione"
    ),
    _field("number", _("Our number"), "order number|case number|auftragsnummer|vorgangsnummer"),
    _field("status", _("Status"), "stage|state|stand|phase|etat|estado|stato|fase"),
    _OWNER,
    _field(
        "due_at",
        _("Due"),
        "due date|deadline|faellig|fallig|falligkeit|echeance|vence",
        _MOMENT,
    ),
    _field("amount", _("Amount"), "value|total|price|betrag|summe|wert|montant|importe|importo|bedrag"),
    _field("currency", _("Currency"), "wahrung|devise|moneda|valuta", r"^[A-Z]{3}$"),
    *_FOR_WHOM,
    _field("link", _("Link"), "url|web link|permalink", r"^https?://"),
    _field("made_at", _("Begun"), "created|created at|opened|angelegt|erstellt|cree le|creado", _MOMENT),
    _field("closed_at", _("Closed"), "closed at|resolved|resolved at|geschlossen|erledigt|ferme le|cerrado"),
)
TASKS = (
    _EXTERNAL,
    _field("title", _("Title"), "task|subject|name|summary|aufgabe|betreff|titel|tache|tarea|attivita|taak"),
    _OWNER,
    _field(
        "due_at", _("Due"), "due date|due|deadline|faellig|fallig|falligkeit|echeance|vence|scadenza", _MOMENT
    ),
    _field("done_at", _("Done"), "completed|completed at|done|finished|erledigt|erledigt am|termine|hecho"),
    _field("done_note", _("Note"), "note|notes|result|notiz|ergebnis|comment|kommentar|nota"),
    _field(
        "work", _("Number of the work it is for"), "order|order number|case number|auftrag|auftragsnummer"
    ),
    *_FOR_WHOM,
    _field("made_at", _("Begun"), "created|created at|angelegt|erstellt|cree le|creado", _MOMENT),
)
FIELDS: dict[str, tuple[Field, ...]] = {
    Kind.CONTACTS: CONTACTS,
    Kind.ORGANISATIONS: ORGANISATIONS,
    Kind.INTERACTIONS: INTERACTIONS,
    Kind.WORK: WORK,
    Kind.TASKS: TASKS,
}
NEEDED: dict[str, tuple[str, ...]] = {
    Kind.ORGANISATIONS: ("name",),
    Kind.INTERACTIONS: ("at",),
    Kind.WORK: ("external_id",),
    Kind.TASKS: ("title",),
}
ONE_OF: dict[str, tuple[str, ...]] = {
    Kind.CONTACTS: ("external_id", "email", "phone", "handle"),
    Kind.INTERACTIONS: ("contact_id", "contact_email", "contact_phone", "from", "to"),
}
MOMENTS = frozenset({"at", "made_at", "due_at", "closed_at", "done_at"})
ABOUT = {
    Kind.CONTACTS: CustomField.About.CONTACT,
    Kind.ORGANISATIONS: CustomField.About.ORGANISATION,
    Kind.WORK: CustomField.About.WORK_ITEM,
}
CUSTOM = "custom."
ENOUGH = 0.6  #: of the cells look like it


def fields_of(workspace_id: UUID, kind: str) -> list[Field]:
    """What a column may be, with the fields of the workspace's own."""
    own = custom.fields_of(workspace_id, ABOUT[Kind(kind)]) if kind in ABOUT else []
    more = [
        Field(key=f"{CUSTOM}{one.key}", name=one.label, called=frozenset({_folded(one.key)})) for one in own
    ]
    return [*FIELDS[kind], *more]


def missing(kind: str, chosen: Sequence[str]) -> str:
    """What must be said and is not, in words; nothing when all is."""
    names = {field.key: str(field.name) for field in FIELDS[kind]}
    needed = [names[key] for key in NEEDED.get(kind, ()) if key not in chosen]
    either = ONE_OF.get(kind, ())
    if either and not set(either) & set(chosen):
        needed.append(gettext(" or ").join(names[key] for key in either))
    return ", ".join(needed)


def guessed(fields: Sequence[Field], header: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    """For each column the field it probably is: by its name first, then by what its cells look like."""
    found = ["" for _column in header]
    taken: set[str] = set()
    called = [_folded(name) for name in header]
    numberless = [re.sub(r" ?\d+$", "", name) for name in called]
    for test in (_is_key, _is_name, _is_like):
        for place, _name in enumerate(header):
            if found[place]:
                continue
            cells = [str(row[place]) for row in rows if place < len(row) and row[place] not in (None, "")]
            for field in fields:
                is_free = field.is_many or field.key not in taken
                if is_free and test(field, {called[place], numberless[place]}, cells):
                    found[place] = field.key
                    taken.add(field.key)
                    break
    return found


def _is_key(field: Field, names: set[str], _cells: Sequence[str]) -> bool:
    return bool(names & {_folded(field.key), _folded(str(field.name))})


def _is_name(field: Field, names: set[str], _cells: Sequence[str]) -> bool:
    return bool(names & field.called)


def _is_like(field: Field, _names: set[str], cells: Iterable[str]) -> bool:
    hits = [bool(field.looks.match(cell.strip())) for cell in cells] if field.looks else []
    return bool(hits) and sum(hits) >= ENOUGH * len(hits)
