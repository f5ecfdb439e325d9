"""Connections: how the mail of an inbox comes in and goes out, chosen in steps that work without scripts.

In:    an inbox, a way, what its servers are called and how to sign in there
Out:   the steps of setting up; the same pages change an inbox that runs
Touch: nothing but through `connecting` and `trying`
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language, gettext

from threadwell.channels.email.connection_presets import Preset, google_for, microsoft_for, preset_for
from threadwell.flow import connecting, trying
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.inbox_forms import ApplicationForm, MailboxForm, SubmissionForm
from threadwell.interfaces.web.inbox_parts import PLACE, gateway_of, one, place, steps
from threadwell.interfaces.web.oauth import applications, return_address
from threadwell.interfaces.web.page import page, toast
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.workplace.roles import May

TEMPLATE = "inboxes/setup.html"
PROVIDERS = {"google": "Google", "microsoft": "Microsoft"}


@allowed(May.MANAGE)
def receiving(request: Request, inbox_id: UUID) -> HttpResponse:
    """GET .../inboxes/<id>/receiving/?way="""
    inbox = one(request, inbox_id)
    way = request.GET.get("way", "")
    if way in PROVIDERS:
        return _application(request, inbox, _application_form(request, inbox, way))
    if way == "imap":
        return _mailbox(request, inbox, _mailbox_form(inbox))
    return _choices(request, inbox, "receiving", _ways_in(inbox))


@allowed(May.MANAGE)
def receive(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../inboxes/<id>/receiving/?way="""
    inbox = one(request, inbox_id)
    way = request.GET.get("way") or request.POST.get("provider", "")
    if way == "imap" and "host" in request.POST:
        return _receive_by_imap(request, inbox)
    if way in PROVIDERS and "client_id" in request.POST:
        return _receive_by_provider(request, inbox, way)
    if way in {"imap", *PROVIDERS}:
        return page(request, TEMPLATE, to=f"{place(request, 'inbox_receiving', inbox)}?way={way}")
    if way in {"gateway", "none"}:
        connecting.receive_by(inbox, {"kind": way}, by=request.agent)
        return _go_on(request, inbox, "inbox_sending")
    return _choices(request, inbox, "receiving", _ways_in(inbox), status=422)


@allowed(May.MANAGE)
def sending(request: Request, inbox_id: UUID) -> HttpResponse:
    """GET .../inboxes/<id>/sending/?way="""
    inbox = one(request, inbox_id)
    if request.GET.get("way") == "smtp":
        return _submission(request, inbox, _submission_form(inbox))
    return _choices(request, inbox, "sending", _ways_out(inbox))


@allowed(May.MANAGE)
def send(request: Request, inbox_id: UUID) -> HttpResponse:
    """POST .../inboxes/<id>/sending/?way="""
    inbox = one(request, inbox_id)
    way = request.GET.get("way") or request.POST.get("provider", "")
    if way == "smtp" and "host" in request.POST:
        form = _submission_form(inbox, request.POST)
        if not form.is_valid():
            return _submission(request, inbox, form, status=422)
        connecting.send_by(inbox, form.way, secrets=form.secrets, by=request.agent)
    elif way == "smtp":
        return page(request, TEMPLATE, to=f"{place(request, 'inbox_sending', inbox)}?way=smtp")
    elif way in PROVIDERS and settings_of(inbox, "oauth").get("provider") == way:
        connecting.send_by(inbox, _preset(inbox, way).outgoing, by=request.agent)
    elif way == "relay":
        connecting.send_by(inbox, {}, by=request.agent)
    else:
        return _choices(request, inbox, "sending", _ways_out(inbox), status=422)
    if trying.can_be_tried(inbox):
        trying.begin(inbox, language=get_language() or "")
    return _go_on(request, inbox, "inbox_test")


def _receive_by_imap(request: Request, inbox: Inbox) -> HttpResponse:
    form = _mailbox_form(inbox, request.POST)
    if not form.is_valid():
        return _mailbox(request, inbox, form, status=422)
    before = settings_of(inbox, "incoming")
    history = {"history": before["history"]} if before.get("history") else {}
    connecting.receive_by(inbox, {**form.way, **history}, secrets=form.secrets, by=request.agent)
    trying.forget(inbox)
    return _go_on(request, inbox, "inbox_sending")


def _receive_by_provider(request: Request, inbox: Inbox, way: str) -> HttpResponse:
    form = _application_form(request, inbox, way, request.POST)
    if not form.is_valid():
        return _application(request, inbox, form, status=422)
    secret = form.cleaned_data["client_secret"] or _known_secret(request, inbox, way)
    connecting.sign_in_with(inbox, form.oauth, secrets={"client_secret": secret}, by=request.agent)
    before = settings_of(inbox, "incoming")
    history = {"history": before["history"]} if before.get("history") else {}
    preset = _preset(inbox, way)
    connecting.receive_by(inbox, {**preset.incoming, **history}, by=request.agent)
    connecting.send_by(inbox, preset.outgoing, by=request.agent)
    # A link leads on from there: our content policy lets no form end at another site.
    return page(request, TEMPLATE, to=f"{place(request, 'inbox_receiving', inbox)}?way={way}&ready=yes")


def _go_on(request: Request, inbox: Inbox, step: str) -> HttpResponse:
    """To the next step while it is being set up; back to the inbox's page when it runs."""
    is_running = bool(settings_of(inbox, "outgoing") or "outgoing" in inbox.settings)
    is_followed = bool(settings_of(inbox, "incoming")) and not settings_of(inbox, "planned")
    if is_running and is_followed and inbox.health != Inbox.Health.NEW and step == "inbox_sending":
        toast(request, gettext("Saved."))
        if trying.can_be_tried(inbox):
            trying.begin(inbox, language=get_language() or "")
        return page(request, TEMPLATE, to=place(request, "inbox", inbox))
    return page(request, TEMPLATE, to=place(request, step, inbox))


def _choices(
    request: Request, inbox: Inbox, step: str, providers: list[dict[str, Any]], *, status: int = 200
) -> HttpResponse:
    titles = {
        "receiving": gettext("How does the mail of this address come in?"),
        "sending": gettext("How do answers go out?"),
    }
    backs = {"receiving": place(request, "inbox", inbox), "sending": place(request, "inbox_receiving", inbox)}
    facts = {
        "steps": steps(step),
        "inbox": inbox,
        "providers": providers,
        "providers_title": titles[step],
        "back_url": backs[step],
        "gateway": gateway_of(inbox) if step == "sending" else None,
        "hint": _hint(inbox, step),
        **PLACE,
    }
    return page(request, TEMPLATE, facts, status=status)


def _ways_in(inbox: Inbox) -> list[dict[str, Any]]:
    preset = preset_for(inbox.address)
    incoming = settings_of(inbox, "planned") or settings_of(inbox, "incoming")
    by_oauth = settings_of(inbox, "oauth").get("provider", "") if incoming.get("auth") == "oauth" else ""
    chosen = by_oauth or incoming.get("kind") or preset.oauth or "imap"
    words = {
        "imap": (
            gettext("In a mailbox, by name and password (IMAP)"),
            gettext("We look into it all the time, and change nothing there."),
        ),
        "google": (
            gettext("At Google, signing in with Google"),
            gettext("Gmail or Google Workspace."),
        ),
        "microsoft": (
            gettext("At Microsoft, signing in with Microsoft"),
            gettext("Microsoft 365 or Outlook.com; passwords are not accepted there."),
        ),
        "gateway": (
            gettext("It is forwarded to our mail gateway"),
            gettext("Your server sends a copy, or all of it, to an address here."),
        ),
        "none": (gettext("Not at all"), gettext("The address is only for sending.")),
    }
    ordered = sorted(words, key=lambda key: key != chosen)
    return [
        {"key": key, "name": words[key][0], "detail": words[key][1], "is_chosen": key == chosen}
        for key in ordered
    ]


def _ways_out(inbox: Inbox) -> list[dict[str, Any]]:
    provider = settings_of(inbox, "oauth").get("provider", "")
    outgoing = settings_of(inbox, "outgoing")
    relay = (
        gettext("Mail leaves by the server of THREADWELL_SYSTEM_MAIL.")
        if settings.HAS_SYSTEM_MAIL
        else gettext("None is set yet (THREADWELL_SYSTEM_MAIL): answers would wait.")
    )
    ways = [
        ("smtp", gettext("By the provider's server, with name and password (SMTP)"), ""),
        ("relay", gettext("By the mail server of this system"), relay),
    ]
    if provider in PROVIDERS:
        name = gettext("By %(provider)s, with the same sign-in") % {"provider": PROVIDERS[provider]}
        ways.insert(0, (provider, name, ""))
    if outgoing.get("host"):
        chosen = provider if outgoing.get("auth") == "oauth" else "smtp"
    else:
        chosen = "relay" if "outgoing" in inbox.settings or not _has_mailbox(inbox) else ways[0][0]
    return [
        {"key": key, "name": name, "detail": detail, "is_chosen": key == chosen} for key, name, detail in ways
    ]


def _has_mailbox(inbox: Inbox) -> bool:
    return "planned" in inbox.settings or settings_of(inbox, "incoming").get("kind") == "imap"


def _mailbox_form(inbox: Inbox, given: Any = None) -> MailboxForm:
    planned, incoming = settings_of(inbox, "planned"), settings_of(inbox, "incoming")
    stored = planned or (incoming if incoming.get("kind") == "imap" else {})
    known = stored if stored.get("auth") == "password" else preset_for(inbox.address).incoming
    return MailboxForm(given, inbox=inbox, known=known)


def _mailbox(request: Request, inbox: Inbox, form: MailboxForm, *, status: int = 200) -> HttpResponse:
    return _form_page(
        request, inbox, "receiving", form, title=gettext("The mailbox"), hint=_hint(inbox), status=status
    )


def _submission_form(inbox: Inbox, given: Any = None) -> SubmissionForm:
    stored = settings_of(inbox, "outgoing")
    preset = preset_for(inbox.address)
    is_usable = bool(stored.get("host")) and stored.get("auth") != "oauth"
    # What providers do by themselves is left to them; others need a copy laid.
    known = stored if is_usable else {**preset.outgoing, "save_sent": not preset.provider}
    return SubmissionForm(given, inbox=inbox, known=known)


def _submission(request: Request, inbox: Inbox, form: SubmissionForm, *, status: int = 200) -> HttpResponse:
    return _form_page(
        request, inbox, "sending", form, title=gettext("The server for sending"), hint="", status=status
    )


def _application_form(request: Request, inbox: Inbox, provider: str, given: Any = None) -> ApplicationForm:
    told = settings_of(inbox, "oauth")
    if told.get("provider") != provider:
        told = applications(request, provider)[0]
    stored = bool(_known_secret(request, inbox, provider))
    initial = {"client_id": told.get("client_id", ""), "tenant": told.get("tenant", "")}
    return ApplicationForm(given, provider=provider, stored=stored, initial=initial)


def _known_secret(request: Request, inbox: Inbox, provider: str) -> str:
    """The secret stored with this inbox, or with another one that signs in with the same application."""
    if settings_of(inbox, "oauth").get("provider") == provider:
        return inbox.secrets.get("client_secret", "")
    return applications(request, provider)[1]


def _application(request: Request, inbox: Inbox, form: ApplicationForm, *, status: int = 200) -> HttpResponse:
    name = PROVIDERS[form.provider]
    is_ready = request.GET.get("ready") == "yes" and status == 200
    more = {
        "return_address": return_address(),
        "provider_name": name,
        "reconnect_url": place(request, "inbox_reconnect", inbox) if is_ready else "",
    }
    title = gettext("The application at %(provider)s") % {"provider": name}
    return _form_page(request, inbox, "receiving", form, title=title, hint="", status=status, **more)


def _form_page(
    request: Request,
    inbox: Inbox,
    step: str,
    form: Any,
    *,
    title: str,
    hint: str,
    status: int,
    **more: Any,
) -> HttpResponse:
    facts = {
        "steps": steps(step),
        "inbox": inbox,
        "form": form,
        "form_title": title,
        "back_url": place(request, f"inbox_{step}", inbox),
        "hint": hint,
        **PLACE,
        **more,
    }
    return page(request, TEMPLATE, facts, status=status)


def _preset(inbox: Inbox, provider: str) -> Preset:
    return {"google": google_for, "microsoft": microsoft_for}[provider](inbox.address)


def _hint(inbox: Inbox, step: str = "receiving") -> str:
    preset = preset_for(inbox.address)
    if step != "receiving":
        return ""
    found = gettext("This looks like a mailbox at %(provider)s.") % {"provider": preset.provider}
    return f"{found} {preset.hint}" if preset.provider else str(preset.hint)
