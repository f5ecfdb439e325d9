"""Survey forms: whether and how an inbox asks; what a customer answers.

In:    what was typed
Out:   checked values
Touch: nothing
"""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from threadwell.flow.reply.asking import choices
from threadwell.flow.surveying import BOUNDS, QUESTION
from threadwell.record.surveys.survey import LONGEST, Scale


def _number(name: str, label: Any, help_text: Any = "") -> forms.IntegerField:
    least, most = BOUNDS[name]
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help_text)


class SurveyForm(forms.Form):
    """Whether and how an inbox asks."""

    is_on = forms.BooleanField(label=_("Ask after a conversation was closed"), required=False)
    question = forms.CharField(
        label=_("The question"),
        required=False,
        max_length=QUESTION,
        help_text=_("Empty: “How did we do?” {first_name}, {subject} and {number} stand for what is known."),
    )
    scale = forms.ChoiceField(label=_("Answers"), choices=Scale.choices)
    language = forms.ChoiceField(label=_("Language"), required=False)
    delay_hours = _number("delay_hours", _("Hours to wait"), _("Who is written to in between is not asked."))
    each_days = _number("each_days", _("Days before the same person is asked again"))
    open_days = _number("open_days", _("Days in which an answer counts and can be changed"))
    alert_at = _number(
        "alert_at", _("Tell the owner at this mark and below"), _("0: nobody is told. A thumb down is 1.")
    )

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        language: Any = self.fields["language"]
        language.choices = [("", _("that of the installation")), *settings.LANGUAGES]


class RatingForm(forms.Form):
    """What a customer answers."""

    score = forms.TypedChoiceField(coerce=int, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("Do you want to add something?"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "class": "input"}),
    )

    def __init__(self, *given: Any, scale: Scale, question: str, **more: Any) -> None:
        super().__init__(*given, **more)
        score: Any = self.fields["score"]
        score.label, score.choices = question, choices(scale)
        score.error_messages["required"] = _("Choose one of the answers.")
