"""Imports: old mail that people upload, and how far each of them is.

In:    files: letters (.eml), mboxes (also packed with gzip)
Out:   the list of imports; one, for a page that asks how far it is
Touch: nothing but through `importing`
"""

from pathlib import Path
from typing import Any, override
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from threadwell.flow import importing
from threadwell.interfaces.web.entrance import Request, allowed
from threadwell.interfaces.web.page import page, toast
from threadwell.kit.uploads import Upload
from threadwell.record.inboxes.models import Inbox, MailImport
from threadwell.record.workplace.roles import May

PLACE = {"here": "settings", "section": "imports"}
LISTED = 50


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files that were uploaded together."""

    widget = FilesInput

    @override
    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) and data else [data or None]
        return [super(FilesField, self).clean(one, initial) for one in given]


class ImportForm(forms.Form):
    """Where old mail belongs, and the files that hold it."""

    inbox = forms.ChoiceField(label=_("Inbox"))
    mail = FilesField(
        label=_("Files"),
        allow_empty_file=True,
        help_text=_("Letters (.eml) and mboxes, also packed with gzip; several at once."),
    )

    def __init__(self, *args: Any, inboxes: list[Inbox], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_id = {str(inbox.pk): inbox for inbox in inboxes}
        choices = [(key, f"{inbox.name} ({inbox.address})") for key, inbox in self.by_id.items()]
        self.fields["inbox"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def chosen_inbox(self) -> Inbox:
        return self.by_id[self.cleaned_data["inbox"]]

    @property
    def uploads(self) -> list[Upload]:
        return [upload_of(file) for file in self.cleaned_data["mail"]]


@allowed(May.MANAGE)
def index(request: Request) -> HttpResponse:
    """GET .../settings/imports/"""
    return _page(request, ImportForm(inboxes=_inboxes(request)))


@allowed(May.MANAGE)
def create(request: Request) -> HttpResponse:
    """POST .../settings/imports/"""
    form = ImportForm(request.POST, request.FILES, inboxes=_inboxes(request))
    if not form.is_valid():
        return _page(request, form, status=422)
    importing.begin_with(form.chosen_inbox, form.uploads, by=request.agent)
    toast(request, gettext("The import has begun. You can leave this page."))
    return page(request, "imports/list.html", to=reverse("web:imports", args=[request.workspace.slug]))


@allowed(May.MANAGE)
def show(request: Request, import_id: UUID) -> HttpResponse:
    """GET .../settings/imports/<id>/: how far it is."""
    found = MailImport.objects.of(request.workspace).filter(pk=import_id).select_related("inbox").first()
    if found is None:
        raise Http404
    facts = {"import": found, "imports": [found], **PLACE}
    return page(request, "imports/list.html#import", facts)


def _page(request: Request, form: ImportForm, *, status: int = 200) -> HttpResponse:
    rows = MailImport.objects.of(request.workspace).select_related("inbox").order_by("-made_at")[:LISTED]
    facts = {"form": form, "imports": list(rows), **PLACE}
    return page(request, "imports/list.html", facts, status=status)


def _inboxes(request: Request) -> list[Inbox]:
    return list(Inbox.objects.of(request.workspace).filter(closed_at=None).order_by("name"))


def upload_of(file: "UploadedFile[Any]") -> Upload:
    """Large files lie on the disk already; small ones are in memory."""
    path = Path(file.temporary_file_path()) if isinstance(file, TemporaryUploadedFile) else None
    return Upload(name=file.name or "mail", chunks=file.chunks(), path=path)
