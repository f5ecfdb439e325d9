"""OAuth: a person goes to Google or Microsoft, agrees, and comes back with a permission for an inbox.

In:    an inbox whose application is known; later the code that the provider sends along
Out:   the way to the provider; the inbox, connected
Touch: the session (what proves that the same person comes back); through `oauth` the inbox's tokens
"""

from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from threadwell.channels.email import oauth
from threadwell.flow import connecting, trying
from threadwell.interfaces.web.entrance import Request, allowed, refusal, seat_for
from threadwell.interfaces.web.inbox_parts import one
from threadwell.interfaces.web.page import page, toast
from threadwell.kit import tenancy
from threadwell.kit.errors import DomainError
from threadwell.record.inboxes.models import Inbox, settings_of
from threadwell.record.workplace.models import Agent, User, Workspace
from threadwell.record.workplace.roles import May

UNDER_WAY = "oauth"  #: in the session: state to verifier, for the last few that were begun
MOST = 5


@allowed(May.MANAGE)
def begin(request: Request, inbox_id: UUID) -> HttpResponse:
    """GET .../inboxes/<id>/reconnect/: a link, not a form, for it leads to another site."""
    inbox = one(request, inbox_id)
    if not settings_of(inbox, "oauth").get("client_id"):
        raise Http404
    way = oauth.begin(inbox, redirect_uri=return_address())
    begun = [*request.session.get(UNDER_WAY, ()), [way.state, way.verifier]]
    request.session[UNDER_WAY] = begun[-MOST:]
    return HttpResponseRedirect(way.url)


@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """GET /oauth/back/: where the provider sends the person."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    try:
        workspace_id, inbox_id = oauth.inbox_in(request.GET.get("state", ""))
        verifier = _verifier(request)
        workspace, agent = _manager(request, workspace_id)
        with tenancy.entered(workspace.pk):
            inbox = _inbox(workspace, inbox_id)
            _complete(request, inbox, agent, verifier)
    except DomainError as error:
        return refusal(request, error)
    step = "inbox_test" if settings_of(inbox, "planned") else "inbox"
    return page(request, "inboxes/inbox.html", to=reverse(f"web:{step}", args=[workspace.slug, inbox.pk]))


def return_address() -> str:
    """What is registered with the provider as the address to come back to."""
    return urljoin(settings.PUBLIC_URL, reverse("oauth_back"))


def applications(request: Request, provider: str) -> tuple[dict[str, str], str]:
    """The application that the workspace's last inbox at this provider signs in with, and its secret."""
    others = Inbox.objects.of(request.workspace).filter(settings__oauth__provider=provider)
    last = others.order_by("-made_at").first()
    if last is None:
        return {}, ""
    return settings_of(last, "oauth"), last.secrets.get("client_secret", "")


def _complete(request: HttpRequest, inbox: Inbox, agent: Agent, verifier: str) -> None:
    told = request.GET.get("error_description") or request.GET.get("error")
    if told:
        raise oauth.Refused(gettext("The provider did not agree: %(told)s") % {"told": told[:300]})
    oauth.complete(inbox, code=request.GET.get("code", ""), verifier=verifier, redirect_uri=return_address())
    connecting.signed_in(inbox, by=agent)
    trying.begin(inbox, language=get_language() or "")
    toast(request, gettext("%(address)s is connected.") % {"address": inbox.address})


def _verifier(request: HttpRequest) -> str:
    """What we gave this browser when it left; another's way back is worth nothing here."""
    state = request.GET.get("state", "")
    begun = dict(request.session.get(UNDER_WAY, ()))
    if state not in begun:
        raise oauth.Refused(gettext("This browser did not begin this connection. Connect again."))
    verifier = str(begun.pop(state))
    request.session[UNDER_WAY] = [list(pair) for pair in begun.items()]
    return verifier


def _manager(request: HttpRequest, workspace_id: UUID) -> tuple[Workspace, Agent]:
    slug = Workspace.objects.filter(pk=workspace_id).values_list("slug", flat=True).first()
    workspace, agent = seat_for(request, slug or "")
    if May.MANAGE not in agent.may:
        raise Http404
    return workspace, agent


def _inbox(workspace: Workspace, inbox_id: UUID) -> Inbox:
    # Held: whoever follows the mailbox may be about to get a new token, too.
    found: Inbox | None = (
        Inbox.objects.of(workspace).select_for_update().filter(pk=inbox_id, closed_at=None).first()
    )
    if found is None:
        raise Http404
    return found
