"""What servers say beside the cause: circumstances, stages of a delivery, plain refusals.

Read only where no phrase named the cause (phrases.py). The order is again the order of proof.
"""

from typing import Final

from threadwell.channels.email.reports.phrases import Table, table

#: Weaker words, read only when neither the causes nor the unknown user fitted.
CIRCUMSTANCES: Final[Table] = table(
    (
        (
            "filtered",
            (
                r"message filtered|filtered|refus\w+ (?:by|from) (?:the )?(?:recipient|user)|"
                r"due to .{0,20}(?:inbox|user|recipient) rule",
                r"recipient.{0,30}(?:refuses|not accepting|reject\w* (?:your|this|mail))|"
                r"rejected by .{0,20}(?:user|recipient)|"
                r"whitelist|white list|user.{0,20}(?:refused|rejects|denied)|not accepting (?:mail|"
                r"messages)|protected by|sieve|指定受信|受信拒否",
            ),
        ),
        (
            "securityerror",
            (
                r"authrequired|(?:authentication|authenticate|authori[sz]ation|\bauth|sasl|\btls\b|"
                r"starttls|ssl|encrypt\w+)\b.{0,40}"
                r"(?:required|failed|fail|unsuccessful|needed|must|error|credentials|first|necessary|issue)|"
                r"(?:requires?|must|need|please|not) (?:\w+ ){0,3}(?:authenticat|authori[sz]|starttls|tls|"
                r"encrypt)|not authori[sz]ed|unauthori[sz]ed",
                r"security (?:error|problem|violation|policy|check|reason)|cryptograph|credentials|"
                r"5\.7\.9 rejected",
            ),
        ),
        (
            "contenterror",
            (
                r"content (?:is )?(?:rejected|refused|error|not|invalid)|header error|(?:invalid|"
                r"malformed|improper|bad|broken) (?:mime|content|header|message|charset|body)",
                r"mime (?:error|structure|part)|8-?bit|conversion|content-(?:type|transfer)|\bcharset\b|"
                r"non-ascii|message content|body (?:part|type)",
            ),
        ),
        (
            "syntaxerror",
            (
                r"syntax|malformed (?:address|recipient)|(?:improper|bad|wrong|"
                r"out of) (?:command )?(?:sequence|order)|(?:command|verb).{0,20}(?:unrecogni|"
                r"not (?:recogni|implement|support))",
                r"unrecogni[sz]ed|not implemented|unimplemented|invalid (?:command|argument|parameter|"
                r"data)|incorrectly constructed|may not follow|"
                r"(?:illegal|invalid) (?:character|address syntax)|unbalanced|missing domain",
            ),
        ),
        (
            "networkerror",
            (
                r"host not found, try again|lost connection|"
                r"establish an? (?:smtp )?connection|no route to|network (?:is )?(?:unreach|error|problem|"
                r"timeout)",
                r"dns (?:server |lookup |query )?(?:error|fail|timeout|problem|soft)|"
                r"domain name.{0,20}(?:fail|lookup)|name server .{0,20}(?:fail|timeout|error)|"
                r"name (?:service|server) error|"
                r"connection (?:was )?(?:reset|closed|dropped|aborted|terminated|lost|broken)|"
                r"temporary (?:lookup|dns|name)|bad network|eof |broken pipe",
            ),
        ),
        (
            "mailererror",
            (
                r"procmail|mailer error|(?:command|pipe|program|script|filter|child|process|maildrop|"
                r"mailer)\b.{0,40}(?:died|fail|exit|status|error|return|output)|exit (?:status|code|value)|"
                r"x-unix; ?(?:1|2|9|126|127|255)\b|local (?:mailer|delivery) (?:fail|error)|"
                r"couldn.t create|can.t create",
            ),
        ),
        (
            "systemerror",
            (r"ldap|misconfig|(?:local|internal|configuration|database) (?:\w+ )?(?:error|problem)",),
        ),
        (
            "expired",
            (
                r"(?:failed (?:after )?|\b)\d+ attempts|(?:maximum|exceeded) .{0,20}attempts|"
                r"not reachable within",
                r"expired|time(?:d)?[- ]?out|retry time|queue too long|too long in|"
                r"(?:delivery )?time (?:limit|expired)|giving up|multiple retries|all (?:hosts|relays|"
                r"mx).{0,60}(?:fail|unavail|down)|"
                r"connection refused|(?:unable|failed|could ?n.t|could not|cannot) (?:to )?(?:connect|"
                r"contact|reach)|socket error|requests to connect|(?:not |un)reachable|"
                r"will (?:be )?(?:retr|keep|contin|try)|delayed|deferred|no (?:response|answer)|"
                r"not respond|still (?:in|being|try)|warning|host (?:is )?down|undelivered (?:for|after)|"
                r"(?:for|within|after|in) \d+ (?:hours?|days?|minutes?)|could not be delivered (?:for|"
                r"within)|connect to .{0,60}(?:refused|failed)|greylist|gr[ea]ylisted",
            ),
        ),
        (
            "systemerror",
            (
                r"x-unix; ?\d+|system (?:error|failure|problem|config|resource|busy|unavail|not)|"
                r"service (?:is )?(?:currently |temporarily )?(?:unavailable|not available|refuse\w*|down)|"
                r"(?:local|internal|server|configuration|application|database|i/o|software|unexpected|"
                r"processing|fatal) (?:\w+ )?(?:error|failure|problem|fault)|ldap|misconfig|"
                r"could not load|lookup fail|(?:temporar\w+|transient) .{0,30}(?:fail|error|problem|"
                r"unavail|reject)|try (?:again )?later|resources? |out of memory|"
                r"duplicated message|action aborted|action not taken|cannot allocate|config\w* error|"
                r"please try again",
            ),
        ),
    )
)

#: Words that say no more than no.
LAST_WORDS: Final[Table] = table(
    (
        (
            "rejected",
            (r"access denied|\brejected\b|denied|refused|not accepted|not permitted|not allowed|prohibited",),
        ),
    )
)
