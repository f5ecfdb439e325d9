"""What mail servers say when they refuse, by the reason behind it.

Each fragment is a regular expression over lower-case text with single spaces. The order is the order of
proof: a phrase that names its cause stands before one that many causes share.
"""

import re
from collections.abc import Iterable
from typing import Final

type Table = tuple[tuple[str, re.Pattern[str]], ...]


def _table(rows: Iterable[tuple[str, Iterable[str]]]) -> Table:
    return tuple((reason, re.compile("|".join(fragments))) for reason, fragments in rows)


#: Said by a directory that looked the name up: the address is dead whatever the stage was.
NOT_IN_DIRECTORY: Final = re.compile(
    r"resolver\.adr\.\w*not\s?found|recipnotfound|recipient name is not recognized|not listed in|"
    r"(?:domino|address) (?:directory|book)|no valid recipients for|mail\.local: unknown|unknown or illegal alias|"
    r"wasn.t found at the destination|you entered couldn.t be found|couldn.t be found or is invalid|"
    r"no mailbox here by that name|ldap.{0,20}no such|invalid user address|undeliverable address|"
    r"recipient address rejected: access denied|wasn.t found at|adresse n.a pas .t. trouv|bad[- ]destination[- ]mailbox|address couldn.t be found"
)

#: "Nobody here by that name". Whether it is true depends on the stage, see reasons.py.
UNKNOWN_USER: Final = re.compile(
    r"user.{0,40}unknown|unknown (?:user|recipient|address|account|local|mailbox|rcpt|destination)|"
    r"no such (?:user|recipient|mailbox|address|account|person|local|name|email|e-mail|id|mail ?drop)|"
    r"(?:user|recipient|mailbox|mail box|address|account|alias|destinatario|rcpt)\b.{0,70}?"
    r"(?:not found|unknown|doesn.?t exist|does not exist|not exist|is invalid|not valid|not recogni[sz]ed|"
    r"is not known|undefined|non.?existent|not in our|not here|no existe|sconosciuto|inconnu|unbekannt|"
    r"could ?n.t be found|not on this|not a local|no longer (?:available|exists|valid))|"
    r"invalid (?:recipient|user|address|mailbox|e-?mail|account|destination)|"
    r"(?:doesn.t|does not) have an? .{0,60}account|bad (?:destination|recipient|mailbox|rcpt)|"
    r"not a (?:valid|known|registered|local) (?:user|mailbox|recipient|address|account|email)|"
    r"mail ?box (?:is )?(?:unavailable|not available)|no mailbox|not our (?:user|customer)|"
    r"recipient (?:address )?(?:is )?(?:rejected|refused|not accepted|denied)|"
    r"address (?:is )?(?:rejected|refused)|can.?not (?:find|verify|route).{0,20}(?:user|recipient|mailbox)|"
    r"user .{0,60}(?:is )?not (?:local|listed)|no account (?:by|with|here)|unable to (?:find|verify) .{0,30}(?:user|rec)|"
    r"(?:destinataire|utilisateur|adresse).{0,30}inconnu|empf.{1,2}nger.{0,40}unbekannt|"
    r"(?:usuario|cuenta|buz.n).{0,30}(?:no existe|desconocid|inexistente)|utente sconosciuto|"
    r"пользовател\w+ .{0,30}не найден|получател\w+ .{0,30}не (?:найден|существ)|ユーザ.{0,20}存在しま"
)

CAUSES: Final = _table(
    (
        (
            "mailererror",
            (r"procmail: |command (?:output|died|failed|line)|couldn.t create|unknown mailer error",),
        ),
        (
            "networkerror",
            (
                r"(?:mail|routing|forwarding|message|delivery|smtp) (?:forwarding )?loop|loops? (?:back|detected)",
                r"too many hops|hop count|maximum hop|mx list for .{0,60} points back|host name lookup failure",
            ),
        ),
        (
            "policyviolation",
            (r"for policy reasons?|(?:due to|by|violates|against) (?:\w+ )?(?:policy|policies)\b",),
        ),
        (
            "notcompliantrfc",
            (
                r"rfc ?-?\d*822|rfc ?-?5322|rfc ?-?5321|rfcmessagenoncompliant|non-?rfc|not rfc|rfc[- ]compl",
                r"multiple (?:from|subject|date|to|message-id|addresses in from)",
                r"(?:missing|duplicate|no|invalid|multiple) (?:from|date|message-?id|subject|to|header)[: ]?.{0,20}header",
                r"bare (?:lf|cr|newline)|stray newline|headers? .{0,30}not (?:compliant|conform)",
            ),
        ),
        (
            "authfailure",
            (
                r"\bdmarc\b|unauthenticated (?:e?mail|sender|message)|sender is unauthenticated",
                r"\bspf\b.{0,60}(?:fail|record|check|policy|not pass|validation|reject|error|mismatch|settings)",
                r"(?:fail|reject|violat|check|not pass)\w*.{0,40}\bspf\b|sender policy framework|openspf",
                r"\bdkim\b.{0,60}(?:fail|not pass|invalid|missing|verif|required|error|check|unsigned|signature)",
                r"(?:authentication|auth)[- ](?:check|results?|policy).{0,30}(?:fail|not pass)|sender ?id .{0,20}fail",
                r"\barc\b.{0,20}(?:fail|validation)|does not pass .{0,20}(?:verification|authentication)",
                r"domain authentication|not authori[sz]ed to send (?:mail )?(?:for|from|on behalf)",
            ),
        ),
        (
            "requireptr",
            (
                r"\bptr\b|reverse[- ]?(?:dns|lookup|hostname|address|ip|resolution)|\brdns\b|fcrdns",
                r"cannot (?:find|resolve) your|unable to (?:find|resolve|lookup) your|missing dns",
                r"mismatch\w* client ip|client ip .{0,20}mismatch|(?:ip|address|host) .{0,40}no (?:valid )?(?:reverse|dns) ",
                r"ip address .{0,30}(?:not resolve|unresolvable)|ip name lookup failed|forward[- ]confirmed",
                r"no (?:in-addr|reverse)|no dns (?:entry|a-data|record) (?:for|found)|dns .{0,20}do(?:es)?.{0,4} not match",
            ),
        ),
        (
            "badreputation",
            (
                r"reputation|sender ?score|sender ?base|talos|low credib|unexpected volume|user complaints",
                r"poor (?:sender|ip|domain)|(?:domain|ip) is suspicious|bad history|untrust",
            ),
        ),
        (
            "virusdetected",
            (r"\bvirus|malware|infected|trojan|\bworm\b|clamav",),
        ),
        (
            "speeding",
            (
                r"(?:mail|messages?|email) (?:at a rate|too (?:quickly|fast|often|frequently))|at a rate that",
                r"too many (?:messages|mails?|emails|letters)\b|(?:sent|sending|send) too (?:many|much)|throttl",
                r"receiving (?:mail )?(?:too|rate)|receivingrate|unusual rate|rate .{0,20}unsolicited",
                r"(?:hourly|daily|per (?:hour|day|minute)|sending|send|mail|message|sender|recipient)[- ](?:rate|limit|quota)"
                r".{0,30}(?:exceed|reached|hit|over)",
                r"(?:exceed\w*|reached|over) .{0,50}(?:hourly|daily|per hour|per day|sending (?:rate|limit|quota)|send rate)",
                r"too many recipients this|slow down|(?<!connection )rate[- ]?limit|frequency limit|excessive (?:mail|message|rate)",
            ),
        ),
        (
            "toomanyconn",
            (
                r"too many (?:\w+ ){0,3}(?:connections?|sessions?|processes|recipients|rcpt)",
                r"connection (?:rate|count|frequency|limit)|connections? .{0,30}(?:limit|exceed|throttl)",
                r"(?:max\w*|number of|exceed\w*|concurren\w*|simultaneous) (?:\w+ ){0,3}connections|all available ips",
            ),
        ),
        (
            "norelaying",
            (
                r"relay(?:ing)?.{0,12}(?:denied|prohibited|not (?:permitted|allowed|authori)|reject|refused|forbidden|failed)",
                r"(?:no|not|unable|cannot|n.t|refus\w+|deny|denied|allowed|permitted|configured)(?: to)? relay|open relay",
                r"rcpthosts|relay access|local host, .{0,20}not a gateway|not (?:a|an) (?:open )?relay|relay(?:ing)? attempt",
                r"that domain isn.t|not hosted here|no authentication .{0,10}relay|only .{0,30}may relay|insecure mail relay",
            ),
        ),
        (
            "exceedlimit",
            (
                r"limit set by (?:the )?recipient|(?:too (?:big|large)|exceeds?) .{0,30}(?:for|by) (?:this|the) recipient",
            ),
        ),
        (
            "mailboxfull",
            (
                r"(?:mail ?box|inbox|mail ?drop|maildir|mailfolder|post ?box|mail ?spool).{0,50}?"
                r"(?:\bfull\b|exceed|over|no (?:free )?space|too many|no room|would put|reached)",
                r"(?:account|user|recipient|customer|destinat\w+)\b.{0,50}?(?:\bis full\b|over ?quota|over the|overdrawn|exceeded (?:the|his|its|their))",
                r"over ?-?quota|(?:out of|above|over|exceed\w*) (?:\w+ ){0,3}quota|(?:disk |storage |mail ?box |user )?quota.{0,20}"
                r"(?:exceed|full|violat|reached|over|limit|used)",
                r"full (?:mail ?box|inbox)|(?:mail)?box (?:size|is) .{0,12}(?:limit|exceed)|storage (?:limit|quota|allocation|space)",
                r"exceed\w* .{0,30}(?:storage|mail ?box|capacity)|(?:too much|much) mail data|not enough (?:storage|space|room) (?:in|on|for) "
                r"(?:the |this |user|mail|recip)|insufficient (?:quota|mailbox)|mail ?data (?:is )?full",
                r"bo[iî\W]{1,2}te .{0,40}pleine|quota d.pass|postfach .{0,40}voll|speicherplatz|lleno|llena|casella .{0,20}piena|"
                r"cheia|переполнен|容量.{0,12}(?:超|不足|満)|一杯|いっぱい|已满|信箱已",
            ),
        ),
        (
            "mesgtoobig",
            (
                r"(?:message|mail|e-mail|email|content|body|header|size|attachment)\w*(?: \w+){0,5} (?:too (?:big|large)|exceed|larger than|over the|limit exceeded)",
                r"(?:line|header|message|subject) (?:is )?too long",
                r"(?:size|line|length) limit|max\w* (?:message|mail|allowed|permitted)? ?size|too (?:big|large)\b|message size",
                r"exceed\w* .{0,30}(?:message|mail|maximum|fixed|allowed|size|length)|sizelimit|\bsize\b.{0,20}exceed",
            ),
        ),
        (
            "systemfull",
            (
                r"(?:insufficient|not enough|out of|no|low).{0,12} (?:disk|system|storage|space)|disk (?:is )?(?:full|space)",
                r"no space left|(?:file ?)?system (?:is )?full|queue .{0,10}full|insufficient storage",
            ),
        ),
        (
            "rejected",
            (
                r"(?:sender|return path|reverse path|envelope from|mail from|from address|sending domain|originator)\b.{0,70}?"
                r"(?:reject|denied|refus|does(?: not|n.t) exist|invalid|blacklist|black list|not (?:allowed|accept|valid|verif|permitted|exist|found)|"
                r"verif\w+ fail|unknown|cannot be|could not|bad|blocked|unresolvable|must)",
                r"domain of sender|(?:invalid|bad|unknown|blocked|unverified|forged|fake|illegal|rejected) (?:sender|from|return)",
                r"address .{0,30}blacklisted|refused mail from|(?:not|n.t) accept \w* ?(?:mail|messages?|e-?mail) from",
                r"(?:group|mailing list) .{0,90}(?:may not exist|permission|not open|members? only)|permission to post",
                r"groups\.google\.com/support|restrict.{0,40}(?:sender|who can send)|not (?:allowed|permitted|authori[sz]ed) to (?:send|post) (?:to|mess|mail)",
                r"resolver\.rst\.(?:notauth|restricted|sender)|only accepts? (?:mail|messages) from|non-?member",
            ),
        ),
        (
            "suspend",
            (
                r"(?:account|mail ?box|user|recipient|mailing|e-?mail|address|customer|compte|subscriber|cuenta|konto)s?(?:\(s\))?\b.{0,60}?"
                r"(?:\bdisabled|suspend|\binactive|deactivat|\blocked|\bblocked|has expired|discontinued|frozen|dormant|\bclosed|"
                r"terminat|not (?:been )?activ|bloque|cancel+ed|on vacation|abandoned|not in service|out of service|desactiv)",
                r"disabled (?:account|recipient|mail ?box|user|address|due)|suspend|inactive (?:account|user|mail ?box|e-?mail|recipient|address)",
                r"temporar\w+ (?:disabled|inactive|suspended)|mailbox (?:is )?currently|disableduser|inactiveuser|boxtrapper.{0,9}susp",
            ),
        ),
        (
            "hasmoved",
            (
                r"has (?:now )?moved|user moved|recipient no longer on|no longer (?:on (?:this |the )?server|works|employed|with (?:us|the))",
                r"mailbox owner has changed|(?:address|mailbox|e-?mail).{0,20}(?:has been )?(?:replaced by|changed to)|"
                r"(?:new|forwarding) address|destination mailbox has moved|please (?:use|try|forward) <",
            ),
        ),
        (
            "notaccept",
            (
                r"(?:does not|doesn.t|do not|not|never) accept(?:ing)? (?:any )?(?:e-?mail|mail|smtp|network|messages|incoming)\b(?! from)",
                r"null ?mx|no mx\b|mx (?:record )?(?:not found|does ?n.t exist)|(?:no|find a) mail exchanger|(?:has|have) no mx",
                r"does not receive|no (?:valid )?mail (?:server|host)s? (?:for|found|in)|not accept(?:ing)? network|mail (?:is )?not accepted here|"
                r"smtp (?:service )?(?:is )?not (?:available|supported) here|no mail(?:er)? servi",
            ),
        ),
        (
            "onhold",
            (r"\bon ?hold\b",),
        ),
        (
            "blocked",
            (
                r"dnsbl|\brbls?\b|spamhaus|sorbs|spamcop|barracudacentral|cloudmark|uceprotect|spamrl|mailspike|sender\.office",
                r"block ?list|black ?list|(?:client|source|sending|remote|your|smtp|connecting) (?:host|ip|server|mail ?server|address|network|domain)\b"
                r".{0,80}?(?:block|reject|banned|denied|refused|listed|not allowed|prohibited|disallow)",
                r"(?:blocked|banned|denied|refused|listed|rejected) (?:using|by|in|at|on|due to|because) .{0,20}(?:ip|host|network|dns|rbl|list|server)\b",
                r"banned sending|refused to talk to me|is on our|invalid ip for|\bip\b.{0,60}?(?:blocked|bloqu|banned|refused|rejected|denied|not allowed|listed)",
                r"^\W*(?:\d{3}[ -])?(?:[245]\.\d+\.\d+ )?blocked|connection (?:refused|rejected|denied|blocked) (?:by|due|from|for|-)|"
                r"(?:dynamic|residential|dial-?up|dhcp) .{0,20}(?:ip|address|range|host|user)|not allowed to connect|blocked - see|"
                r"temporarily blocked|your (?:email|mail|message)s? (?:has|have) been blocked|email from .{0,40} (?:blocked|denied)|"
                r"client .{0,60}blocked|helo .{0,30}(?:reject|invalid|denied)|access from ip|too many (?:bad|invalid|unknown) ",
            ),
        ),
        (
            "spamdetected",
            (
                r"\bspam\b(?!haus|cop)|\bube\b|\buce\b|unsolicited|junk ?-?mail|\bjunk\b|phish|spam(?:my|med|detect|assassin|score)|spamfilter",
                r"(?:looks|appears|classified|identified|considered|detected|suspected|categori[sz]ed|marked).{0,25} (?:like|as|to be) .{0,12}(?:bulk|spam|junk|uns)",
                r"bulk (?:e-?mail|mail|message)|bayes|anti-?spam|message content rejected, |high probability|"
                r"blocked by .{0,30}(?:filter|content)|mail rejet|ofr\d*_5(?:06|10)|rejected by .{0,20}content|rule imposed|"
                r"(?:url|link|uri)s? .{0,40}(?:listed|blacklist|blocked)",
            ),
        ),
        (
            "policyviolation",
            (
                r"\bpolic(?:y|ies)\b|content presents|potential(?:ly)? (?:security|danger|unsafe|harmful)|security issue",
                r"(?:attach\w+|file\w*|extension).{0,40}(?:not (?:allowed|permitted|accepted)|block|banned|prohibit|forbid|reject|dangerous|illegal)",
                r"(?:banned|blocked|illegal|prohibited|dangerous) (?:file|attach|content|extension|name)|lpn\d*_630|protocol violation.{0,10}polic",
            ),
        ),
        (
            "hostunknown",
            (
                r"host unknown|unknown (?:host|domain|mail ?domain)|(?:domain|host)\b(?!.{0,40} said).{0,40}?(?:not found(?!, try)|does(?: not|n.t) exist|not exist|"
                r"is invalid|unknown|not recogni|unresolv)|no such (?:host|domain)|unrout\w*able|cannot route|nxdomain|no route to domain",
                r"(?:find|resolve|locate) (?:any|the|a)? ?(?:host|domain|mail server|address for)|name or service not known|illegal host|"
                r"invalid domain|domain must|bad destination system|no (?:dns )?(?:a|aaaa|address) record|name server: host not found|host name is unknown",
            ),
        ),
    )
)

#: Weaker words, read only when neither the causes nor the unknown user fitted.
CIRCUMSTANCES: Final = _table(
    (
        (
            "filtered",
            (
                r"message filtered|filtered|refus\w+ (?:by|from) (?:the )?(?:recipient|user)|due to .{0,20}(?:inbox|user|recipient) rule",
                r"recipient.{0,30}(?:refuses|not accepting|reject\w* (?:your|this|mail))|rejected by .{0,20}(?:user|recipient)|"
                r"whitelist|white list|user.{0,20}(?:refused|rejects|denied)|not accepting (?:mail|messages)|protected by|sieve|指定受信|受信拒否",
            ),
        ),
        (
            "securityerror",
            (
                r"authrequired|(?:authentication|authenticate|authori[sz]ation|\bauth|sasl|\btls\b|starttls|ssl|encrypt\w+)\b.{0,40}"
                r"(?:required|failed|fail|unsuccessful|needed|must|error|credentials|first|necessary|issue)|"
                r"(?:requires?|must|need|please|not) (?:\w+ ){0,3}(?:authenticat|authori[sz]|starttls|tls|encrypt)|not authori[sz]ed|unauthori[sz]ed",
                r"security (?:error|problem|violation|policy|check|reason)|cryptograph|credentials|5\.7\.9 rejected",
            ),
        ),
        (
            "contenterror",
            (
                r"content (?:is )?(?:rejected|refused|error|not|invalid)|(?:invalid|malformed|improper|bad|broken) (?:mime|content|header|message|charset|body)",
                r"mime (?:error|structure|part)|8-?bit|conversion|content-(?:type|transfer)|\bcharset\b|non-ascii|message content|body (?:part|type)",
            ),
        ),
        (
            "syntaxerror",
            (
                r"syntax|malformed (?:address|recipient)|(?:improper|bad|wrong|out of) (?:command )?(?:sequence|order)|(?:command|verb).{0,20}(?:unrecogni|not (?:recogni|implement|support))",
                r"unrecogni[sz]ed|not implemented|unimplemented|invalid (?:command|argument|parameter|data)|incorrectly constructed|may not follow|"
                r"(?:illegal|invalid) (?:character|address syntax)|unbalanced|missing domain",
            ),
        ),
        (
            "networkerror",
            (
                r"host not found, try again|lost connection|"
                r"establish an? (?:smtp )?connection|no route to|network (?:is )?(?:unreach|error|problem|timeout)",
                r"dns (?:server |lookup |query )?(?:error|fail|timeout|problem|soft)|domain name.{0,20}(?:fail|lookup)|name server .{0,20}(?:fail|timeout|error)|name (?:service|server) error|"
                r"connection (?:was )?(?:reset|closed|dropped|aborted|terminated|lost|broken)|temporary (?:lookup|dns|name)|bad network|eof |broken pipe",
            ),
        ),
        (
            "mailererror",
            (
                r"procmail|mailer error|(?:command|pipe|program|script|filter|child|process|maildrop|mailer)\b.{0,40}(?:died|fail|exit|status|error|return|output)|exit (?:status|code|value)|"
                r"x-unix; ?(?:1|2|9|126|127|255)\b|local (?:mailer|delivery) (?:fail|error)|couldn.t create|can.t create",
            ),
        ),
        (
            "systemerror",
            (r"ldap|misconfig|(?:local|internal|configuration|database) (?:\w+ )?(?:error|problem)",),
        ),
        (
            "expired",
            (
                r"expired|time(?:d)?[- ]?out|retry time|queue too long|too long in|(?:delivery )?time (?:limit|expired)|giving up|multiple retries|all (?:hosts|relays|mx).{0,60}(?:fail|unavail|down)|"
                r"connection refused|(?:unable|failed|could ?n.t|could not|cannot) (?:to )?(?:connect|contact|reach)|socket error|requests to connect|(?:not |un)reachable|"
                r"will (?:be )?(?:retr|keep|contin|try)|delayed|deferred|no (?:response|answer)|not respond|still (?:in|being|try)|warning|host (?:is )?down|undelivered (?:for|after)|"
                r"(?:for|within|after|in) \d+ (?:hours?|days?|minutes?)|could not be delivered (?:for|within)|connect to .{0,60}(?:refused|failed)|greylist|gr[ea]ylisted",
            ),
        ),
        (
            "systemerror",
            (
                r"x-unix; ?\d+|system (?:error|failure|problem|config|resource|busy|unavail|not)|service (?:is )?(?:currently |temporarily )?(?:unavailable|not available|refuse\w*|down)|"
                r"(?:local|internal|server|configuration|application|database|i/o|software|unexpected|processing|fatal) (?:\w+ )?(?:error|failure|problem|fault)|ldap|misconfig|"
                r"could not load|lookup fail|(?:temporar\w+|transient) .{0,30}(?:fail|error|problem|unavail|reject)|try (?:again )?later|resources? |out of memory|"
                r"duplicated message|action aborted|action not taken|cannot allocate|config\w* error|please try again",
            ),
        ),
    )
)

#: Words that say no more than no.
LAST_WORDS: Final = _table(
    (
        (
            "rejected",
            (r"access denied|\brejected\b|denied|refused|not accepted|not permitted|not allowed|prohibited",),
        ),
    )
)
