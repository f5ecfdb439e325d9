"""What mail servers say when they refuse, by the reason behind it.

Each fragment is a regular expression over lower-case text with single spaces. The order is the order of
proof: a phrase that names its cause stands before one that many causes share.
"""

import re
from collections.abc import Iterable
from typing import Final

type Table = tuple[tuple[str, re.Pattern[str]], ...]


def table(rows: Iterable[tuple[str, Iterable[str]]]) -> Table:
    return tuple((reason, re.compile("|".join(fragments))) for reason, fragments in rows)


#: Said by a directory that looked the name up: the address is dead whatever the stage was.
NOT_IN_DIRECTORY: Final = re.compile(
    r"resolver\.adr\.\w*not\s?found|recipnotfound|recipient name is not recognized|not listed in|"
    r"(?:domino|address) (?:directory|book)|no valid recipients for|mail\.local: unknown|"
    r"unknown or illegal alias|"
    r"wasn.t found at the destination|you entered couldn.t be found|couldn.t be found or is invalid|"
    r"no mailbox here by that name|ldap.{0,20}no such|invalid user address|undeliverable address|"
    r"recipient address rejected: access denied|wasn.t found at|adresse n.a pas .t. trouv|"
    r"bad[- ]destination[- ]mailbox|address couldn.t be found"
)

#: A carrier's own sentence about its subscriber, truer than the answer of its relay beside it.
SUBSCRIBER_BARRED: Final = re.compile(r"the user\(s\) account is (?:disabled|temporarily limited)")

#: "Nobody here by that name". Whether it is true depends on the stage, see reasons.py.
UNKNOWN_USER: Final = re.compile(
    r"invalid .{0,20}user ?id|user (?:is )?not known|n.existe pas|adresse.{0,40}non recens|"
    r"(?:user|addressee).{0,40}unknown|unknown (?:user|recipient|address|account|local|mailbox|rcpt|"
    r"destination)|"
    r"no such (?:user|recipient|mailbox|address|account|person|local|name|email|e-mail|id|mail ?drop)|"
    r"(?:user|recipient|addressee|mailbox|mail box|address|account|alias|destinatario|rcpt)\b.{0,70}?"
    r"(?:not found|unknown|doesn.?t exist|does not exist|not exist|is invalid|not valid|not recogni[sz]ed|"
    r"is not known|undefined|non.?existent|not in our|not here|no existe|sconosciuto|inconnu|unbekannt|"
    r"could ?n.t be found|not on this|not a local|no longer (?:available|exists|valid))|"
    r"invalid (?:recipient|user|address|mailbox|e-?mail|account|destination)|"
    r"(?:doesn.t|does not) have an? .{0,60}account|bad (?:destination|recipient|mailbox|rcpt)|"
    r"not a (?:valid|known|registered|local) (?:user|mailbox|recipient|address|account|email)|"
    r"mail ?box (?:is )?(?:unavailable|not available)|no mailbox|not our (?:user|customer)|"
    r"recipient (?:address )?(?:is )?(?:rejected|refused|not accepted|denied)|"
    r"address (?:is )?(?:rejected|refused)|can.?not (?:find|verify|route).{0,20}(?:user|recipient|mailbox)|"
    r"user .{0,60}(?:is )?not (?:local|listed)|no account (?:by|with|here)|unable to (?:find|"
    r"verify) .{0,30}(?:user|rec)|"
    r"(?:destinataire|utilisateur|adresse).{0,30}inconnu|empf.{1,2}nger.{0,40}unbekannt|"
    r"(?:usuario|cuenta|buz.n).{0,30}(?:no existe|desconocid|inexistente)|utente sconosciuto|"
    r"пользовател\w+ .{0,30}не найден|получател\w+ .{0,30}не (?:найден|существ)|ユーザ.{0,20}存在しま"
)

CAUSES: Final = table(
    (
        (
            "mailererror",
            (r"procmail: |command (?:output|died|failed|line)|couldn.t create|unknown mailer error",),
        ),
        (
            "networkerror",
            (
                r"(?:mail|routing|forwarding|message|delivery|smtp) (?:forwarding )?loop|loops? (?:back|"
                r"detected)",
                r"too many hops|hop count|maximum hop|mx list for .{0,60} points back|"
                r"host name lookup failure",
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
                r"(?:missing|duplicate|no|invalid|multiple) (?:from|date|message-?id|subject|to|"
                r"header)[: ]?.{0,20}header",
                r"bare (?:lf|cr|newline)|stray newline|headers? .{0,30}not (?:compliant|conform)",
            ),
        ),
        (
            "authfailure",
            (
                r"\bdmarc\b|unauthenticated (?:e?mail|sender|message)|sender is unauthenticated",
                r"\bspf\b.{0,60}(?:fail|record|check|policy|not pass|validation|reject|error|mismatch|"
                r"settings)",
                r"(?:fail|reject|violat|check|not pass)\w*.{0,40}\bspf\b|sender policy framework|openspf",
                r"\bdkim\b.{0,60}(?:fail|not pass|invalid|missing|verif|required|error|check|unsigned|"
                r"signature)",
                r"(?:authentication|auth)[- ](?:check|results?|policy).{0,30}(?:fail|not pass)|"
                r"sender ?id .{0,20}fail",
                r"\barc\b.{0,20}(?:fail|validation)|does not pass .{0,20}(?:verification|authentication)",
                r"domain authentication|not authori[sz]ed to send (?:mail )?(?:for|from|on behalf)",
            ),
        ),
        (
            "requireptr",
            (
                r"\bptr\b|reverse[- ]?(?:dns|lookup|hostname|address|ip|resolution)|\brdns\b|fcrdns",
                r"cannot (?:find|resolve) your|unable to (?:find|resolve|lookup) your|missing dns",
                r"mismatch\w* client ip|client ip .{0,20}mismatch|(?:ip|address|"
                r"host) .{0,40}no (?:valid )?(?:reverse|dns) ",
                r"ip address .{0,30}(?:not resolve|unresolvable)|ip name lookup failed|forward[- ]confirmed",
                r"no (?:in-addr|reverse)|no dns (?:entry|a-data|record) (?:for|found)|"
                r"dns .{0,20}do(?:es)?.{0,4} not match",
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
                r"limits? (?:for|on) how many",
                r"(?:mail|messages?|email) (?:at a rate|too (?:quickly|fast|often|frequently))|"
                r"at a rate that",
                r"too many (?:messages|mails?|emails|letters)\b|(?:sent|sending|send) too (?:many|much)|"
                r"throttl",
                r"receiving (?:mail )?(?:too|rate)|receivingrate|unusual rate|rate .{0,20}unsolicited",
                r"(?:hourly|daily|per (?:hour|day|minute)|sending|send|mail|message|sender|"
                r"recipient)[- ](?:rate|limit|quota)"
                r".{0,30}(?:exceed|reached|hit|over)",
                r"(?:exceed\w*|reached|over) .{0,50}(?:hourly|daily|per hour|per day|sending (?:rate|"
                r"limit|quota)|send rate)",
                r"too many recipients this|slow down|(?<!connection )rate[- ]?limit|frequency limit|"
                r"excessive (?:mail|message|rate)",
            ),
        ),
        (
            "toomanyconn",
            (
                r"too many (?:\w+ ){0,3}(?:connections?|sessions?|processes|recipients|rcpt)",
                r"connection (?:rate|count|frequency|limit)|connections? .{0,30}(?:limit|exceed|throttl)",
                r"(?:max\w*|number of|exceed\w*|concurren\w*|simultaneous) (?:\w+ ){0,3}connections|"
                r"all available ips",
            ),
        ),
        (
            "norelaying",
            (
                r"relay(?:ing)?.{0,12}(?:denied|prohibited|not (?:permitted|allowed|authori)|reject|"
                r"refused|forbidden|failed)",
                r"(?:no|not|unable|cannot|n.t|refus\w+|deny|denied|allowed|permitted|"
                r"configured)(?: to)? relay|open relay",
                r"rcpthosts|relay access|local host, .{0,20}not a gateway|not (?:a|an) (?:open )?relay|"
                r"relay(?:ing)? attempt",
                r"that domain isn.t|not hosted here|no authentication .{0,10}relay|only .{0,30}may relay|"
                r"insecure mail relay",
            ),
        ),
        (
            "exceedlimit",
            (
                r"limit set by (?:the )?recipient|(?:too (?:big|large)|exceeds?) .{0,30}(?:for|"
                r"by) (?:this|the) recipient",
            ),
        ),
        (
            "mailboxfull",
            (
                r"(?:space|quota) .{0,10}not enough|reached (?:\w+ ){0,3}quota",
                r"(?:mail ?box|inbox|mail ?drop|maildir|mailfolder|post ?box|mail ?spool).{0,50}?"
                r"(?:\bfull\b|exceed|over|no (?:free )?space|too many|no room|would put|reached)",
                r"(?:account|user|recipient|customer|destinat\w+)\b.{0,50}?(?:\bis full\b|over ?quota|"
                r"over the|overdrawn|exceeded (?:the|his|its|their))",
                r"over ?-?quota|(?:out of|above|over|exceed\w*) (?:\w+ ){0,3}quota|(?:disk |storage |"
                r"mail ?box |user )?quota.{0,20}"
                r"(?:exceed|full|violat|reached|over|limit|used)",
                r"full (?:mail ?box|inbox)|(?:mail)?box (?:size|is) .{0,12}(?:limit|exceed)|"
                r"storage (?:limit|quota|allocation|space)",
                r"exceed\w* .{0,30}(?:storage|mail ?box|capacity)|(?:too much|much) mail data|"
                r"not enough (?:storage|space|room) (?:in|on|for) "
                r"(?:the |this |user|mail|recip)|insufficient (?:quota|mailbox)|mail ?data (?:is )?full",
                r"bo[iî\W]{1,2}te .{0,40}pleine|quota d.pass|postfach .{0,40}voll|speicherplatz|lleno|"
                r"llena|casella .{0,20}piena|"
                r"cheia|переполнен|容量.{0,12}(?:超|不足|満)|一杯|いっぱい|已满|信箱已",
            ),
        ),
        (
            "mesgtoobig",
            (
                r"(?:message|mail|e-mail|email|content|body|header|size|"
                r"attachment)\w*(?: \w+){0,5} (?:too (?:big|large)|exceed|larger than|over the|"
                r"limit exceeded)",
                r"(?:line|header|message|subject) (?:is )?too long",
                r"(?:size|line|length) limit|max\w* (?:message|mail|allowed|permitted)? ?size|too (?:big|"
                r"large)\b|message size",
                r"exceed\w* .{0,30}(?:message|mail|maximum|fixed|allowed|size|length)|sizelimit|"
                r"\bsize\b.{0,20}exceed",
            ),
        ),
        (
            "systemfull",
            (
                r"(?:insufficient|not enough|out of|no|low).{0,12} (?:disk|system|storage|space)|"
                r"disk (?:is )?(?:full|space)",
                r"no space left|(?:file ?)?system (?:is )?full|queue .{0,10}full|insufficient storage",
            ),
        ),
        (
            "blocked",
            (
                r"dnsbl|\brbls?\b|spamhaus|sorbs|spamcop|barracudacentral|cloudmark|uceprotect|mailspike|"
                r"sender\.office|a problem occurred\. \(ask your postmaster",  # as T-Online blocks
                r"banned send(?:er|ing)|(?:: |^\W*(?:\d{3}[ -])?(?:[245]\.\d+\.\d+ )?)blocked\W*$",
            ),
        ),
        (
            "rejected",
            (
                r"not in (?:the )?(?:allowed|permitted)[- ]senders?",
                r"(?:sender|return path|reverse path|envelope from|mail from|from address|sending domain|"
                r"originator)\b.{0,70}?"
                r"(?:reject|denied|refus|does(?: not|n.t) exist|invalid|blacklist|black list|"
                r"not (?:allowed|accept|valid|verif|permitted|exist|found)|"
                r"verif\w+ fail|unknown|cannot be|could not|bad|blocked|unresolvable|must)",
                r"domain of sender|(?:invalid|bad|unknown|blocked|unverified|forged|fake|illegal|"
                r"rejected) (?:sender|from|return)",
                r"address .{0,30}blacklisted|refused mail from|(?:not|n.t) accept \w* ?(?:mail|messages?|"
                r"e-?mail) from",
                r"(?:group|mailing list) .{0,90}(?:may not exist|permission|not open|members? only)|"
                r"permission to post",
                r"groups\.google\.com/support|restrict.{0,40}(?:sender|who can send)|not (?:allowed|"
                r"permitted|authori[sz]ed) to (?:send|post) (?:to|mess|mail)",
                r"resolver\.rst\.(?:notauth|restricted|sender)|only accepts? (?:mail|messages) from|"
                r"non-?member",
            ),
        ),
        (
            "suspend",
            (
                r"(?:account|mail ?box|user|recipient|mailing|e-?mail|address|customer|compte|subscriber|"
                r"cuenta|konto)s?(?:\(s\))?\b.{0,60}?"
                r"(?:\bdisabled|suspend|\binactive|deactivat|\blocked|\bblocked|has expired|discontinued|"
                r"frozen|dormant|\bclosed|"
                r"terminat|not (?:been )?activ|bloque|cancel+ed|on vacation|abandoned|not in service|"
                r"out of service|desactiv)",
                r"disabled (?:account|recipient|mail ?box|user|address|due)|suspend|inactive (?:account|"
                r"user|mail ?box|e-?mail|recipient|address)",
                r"temporar\w+ (?:disabled|inactive|suspended)|mailbox (?:is )?currently|disableduser|"
                r"inactiveuser|boxtrapper.{0,9}susp",
            ),
        ),
        (
            "hasmoved",
            (
                r"has (?:now )?moved|user moved|recipient no longer on|no longer (?:on (?:this |"
                r"the )?server|works|employed|with (?:us|the))",
                r"mailbox owner has changed|(?:address|mailbox|e-?mail).{0,20}(?:has been )?(?:replaced by|"
                r"changed to)|"
                r"(?:new|forwarding) address|destination mailbox has moved|please (?:use|try|forward) <",
            ),
        ),
        (
            "notaccept",
            (
                r"(?:does not|doesn.t|do not|not|never) accept(?:ing)? (?:any )?(?:e-?mail|mail|smtp|"
                r"network|messages|incoming)\b(?! from)",
                r"null ?mx|no mx\b|mx (?:record )?(?:not found|does ?n.t exist)|(?:no|"
                r"find a) mail exchanger|(?:has|have) no mx",
                r"does not receive|no (?:valid )?mail (?:server|host)s? (?:for|found|in)|"
                r"not accept(?:ing)? network|mail (?:is )?not accepted here|"
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
                r"dnsbl|\brbls?\b|spamhaus|sorbs|spamcop|barracudacentral|cloudmark|uceprotect|spamrl|"
                r"mailspike|sender\.office",
                r"block ?list|black ?list|(?:client|source|sending|remote|your|smtp|connecting) (?:host|ip|"
                r"server|mail ?server|address|network|domain)\b"
                r".{0,80}?(?:block|reject|banned|denied|refused|listed|not allowed|prohibited|disallow)",
                r"(?:blocked|banned|denied|refused|listed|rejected) (?:using|by|in|at|on|due to|"
                r"because) .{0,20}(?:ip|host|network|dns|rbl|list|server)\b",
                r"banned sending|refused to talk to me|is on our|invalid ip for|\bip\b.{0,60}?(?:blocked|"
                r"bloqu|banned|refused|rejected|denied|not allowed|listed)",
                r"^\W*(?:\d{3}[ -])?(?:[245]\.\d+\.\d+ )?blocked|connection (?:refused|rejected|denied|"
                r"blocked) (?:by|due|from|for|-)|"
                r"(?:dynamic|residential|dial-?up|dhcp) .{0,20}(?:ip|address|range|host|user)|"
                r"not allowed to connect|blocked - see|"
                r"temporarily blocked|your (?:email|mail|message)s? (?:has|have) been blocked|"
                r"email from .{0,40} (?:blocked|denied)|"
                r"client .{0,60}blocked|helo .{0,30}(?:reject|invalid|denied)|access from ip|"
                r"too many (?:bad|invalid|unknown) ",
            ),
        ),
        (
            "spamdetected",
            (
                r"\bspam\b(?!haus|cop)|\bube\b|\buce\b|unsolicited|junk ?-?mail|\bjunk\b|phish|spam(?:my|"
                r"med|detect|assassin|score)|spamfilter",
                r"(?:looks|appears|classified|identified|considered|detected|suspected|categori[sz]ed|"
                r"marked).{0,25} (?:like|as|to be) .{0,12}(?:bulk|spam|junk|uns)",
                r"bulk (?:e-?mail|mail|message)|bayes|anti-?spam|message content rejected, |high probability|"
                r"blocked by .{0,30}(?:filter|content)|mail rejet|ofr\d*_5(?:06|10)|"
                r"rejected by .{0,20}content|rule imposed|"
                r"(?:url|link|uri)s? .{0,40}(?:listed|blacklist|blocked)",
            ),
        ),
        (
            "policyviolation",
            (
                r"\bpolic(?:y|ies)\b|content presents|potential(?:ly)? (?:security|danger|unsafe|harmful)|"
                r"security issue",
                r"(?:attach\w+|file\w*|extension).{0,40}(?:not (?:allowed|permitted|accepted)|block|"
                r"banned|prohibit|forbid|reject|dangerous|illegal)",
                r"(?:banned|blocked|illegal|prohibited|dangerous) (?:file|attach|content|extension|name)|"
                r"lpn\d*_630|protocol violation.{0,10}polic",
            ),
        ),
        (
            "hostunknown",
            (
                r"find (?:a|any) (?:gateway|route)|non-?existent (?:hosts?|domain)|no gateway for",
                r"host unknown|unknown (?:host|domain|mail ?domain)|(?:domain|"
                r"host)\b(?!.{0,40} said).{0,40}?(?:not found(?!, try)|does(?: not|n.t) exist|not exist|"
                r"is invalid|unknown|not recogni|unresolv)|no such (?:host|domain)|unrout\w*able|"
                r"cannot route|nxdomain|no route to domain",
                r"(?:find|resolve|locate) (?:any|the|a)? ?(?:host|domain|mail server|address for)|"
                r"name or service not known|illegal host|"
                r"invalid domain|domain must|bad destination system|no (?:dns )?(?:a|aaaa|address) record|"
                r"name server: host not found|host name is unknown",
            ),
        ),
    )
)
