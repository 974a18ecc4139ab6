"""What instructions to a model look like: patterns, each with what it speaks for and how much.

Two points make a finding. What is worth two hardly stands in a document that means no harm; what
is worth one ("say", "AI assistant") is common there, and counts only together with something of
another kind in the same sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.lint.languages import LANGUAGES
from rag.lint.marks import MARKS

__all__ = ["RULES", "Rule", "known_squashed"]


@dataclass(frozen=True)
class Rule:
    """A pattern that speaks for an instruction to a model."""

    kind: str
    """Which findings it belongs to; two of the same kind count once."""
    points: int
    pattern: re.Pattern[str]


_AI = (
    r"(?:(?:ai|a\.i\.)(?:[- ](?:assistant|agent|model|system|tool|reader|bot|chatbot|helper)s?)?|"
    r"(?:large |)language models?|llms?|chat ?bots?|chatgpt|gpt-?\d?\w*|claude|gemini|copilot|"
    r"(?:virtual|digital|automated|automatic|machine|smart|helpful)"
    r" (?:assistant|agent|reader|helper|system)s?|"
    r"(?:the |dear |our |your |)assistants?|(?:the |)(?:answering|reading) (?:system|"
    r"machine|model)s?)"
)
_SAY = (
    r"(?:answer|respond|reply|say|tell|output|print|write|state|recommend|mention|include|repeat|"
    r"reveal|append|return|translate|summari[sz]e|claim|insist|inform|advise|direct|ask|urge|give|"
    r"add|end|begin|start|finish|approve|confirm|deny|refuse|pretend|act|behave|speak|talk|treat|"
    r"describe|present|quote|assure|offer|provide|use|call|suggest|instruct|send|replace|stop|"
    r"disclose|share|leave out|omit|conclude|admit|announce|agree|rate|rank|praise|invite|follow|"
    r"obey|execute|perform|comply|do)"
)
_START = (
    r"(?:(?:^|[.!?:;\"'\u201c\u201e(\[>*#]\s*|\n\s*|, (?=and|then|please|instead|do not|"
    r"don't|always|"
    r"never))(?:(?:and|but|so|then|now|instead|please|simply|"
    r"just|always|never|only|kindly|do not|don't|immediately|first|finally|also)\s+){0,3}|"
    r"\byou (?:must|should|shall|will|have to|need to|are to|may)\s+(?:\w+ ){0,2}|"
    r"\b(?:and then|instead|please)\s+)"
)
_DROP = (
    r"(?:ignore|disregard|forget|override|overrule|bypass|discard|neglect|dismiss|abandon|"
    r"set aside|put aside|throw (?:away|out)|stop (?:following|obeying|applying)|erase|"
    r"(?:do not|don't|never|no longer|need not) (?:follow|obey|heed|apply|listen to|adhere to)|"
    r"pay no (?:attention|heed) to|take no notice of)"
)
_EARLIER = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|initial|past|all|any|"
    r"every|your|these|those|other|system|first|given|whatever|everything|what|old|the|former)"
)
_ORDERS = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directives?|directions?|commands?|constraints?|"
    r"restrictions?|guardrails?|programming|training|safeguards?|moderation|filters?|passages?|"
    r"documents?|sources?|context)"
)
_SECRETS = (
    r"(?:system (?:prompt|message|instructions?)|(?:hidden|initial|original|secret|"
    r"internal|developer)"
    r" (?:prompt|message|instructions?|rules)|your (?:own |full |exact |complete |entire |)"
    r"(?:instructions?|prompt|rules|configuration|guidelines|directives)|"
    r"(?:text|words|everything|all|sentences|lines) (?:above|before this|that (?:came|"
    r"stands) before)|"
    r"admin(?:istrator)? password|api keys?|secret keys?|environment variables|chat history|"
    r"(?:whole|entire|full) conversation|conversation (?:so far|history)|"
    r"previous (?:messages|conversation|users?))"
)
_GAP = r"(?:[\s,]+\S+){0,%d}?[\s,]+"

_ENGLISH: tuple[tuple[str, int, str], ...] = (
    (
        "override",
        2,
        rf"\b{_DROP}\b{_GAP % 3}{_EARLIER}\b(?:\W+\w+){{0,4}}?\W+{_ORDERS}\b",
    ),
    (
        "override",
        2,
        rf"\b{_DROP} (?:the above|everything|anything|all (?:of )?(?:that|this|the above)|what)\b"
        r"[^.\n]{0,30}\b(?:above|before|earlier|so far|previous(?:ly)?|prior|told|been|said|asked|"
        r"instructed|learned|know)",
    ),
    (
        "override",
        2,
        rf"\b{_ORDERS} (?:\S+ ){{0,6}}(?:no longer (?:apply|applies|count|hold)|(?:are|is) (?:now |"
        r"hereby )?(?:void|cancelled|canceled|revoked|suspended|superseded|obsolete|overridden|"
        r"replaced by|lifted|null))",
    ),
    (
        "override",
        2,
        r"\b(?:supersedes?|overrides?|replaces?|outranks?|"
        rf"takes? (?:priority|precedence) over)\b{_GAP % 3}(?:{_ORDERS}|everything|anything)\b",
    ),
    ("role", 2, r"\byou are now (?:an? |the |)(?:\S+ ){0,4}" + _AI + r"\b"),
    ("role", 2, r"\byou are now (?-i:[A-Z]{2,})\b|\b(?:as|called|named) DAN\b"),
    ("role", 2, r"\byou are (?:no longer|not) (?:an? )?(?:bound|" + _AI + r"|restricted)\b"),
    (
        "role",
        2,
        r"\bfrom (?:now|here|this (?:point|moment)) on(?:wards?)?,? (?:\w+ ){0,2}"
        rf"(?:you|your|{_SAY})\b",
    ),
    ("role", 2, r"\b(?:jailbreak|jailbroken|(?:god|dan|unrestricted|uncensored) mode)\b"),
    (
        "role",
        1,
        r"\b(?:developer|debug|maintenance|admin|root|sudo|test|diagnostic|override) mode\b",
    ),
    ("role", 1, _START + r"(?:pretend|act as|role-?play|imagine (?:that )?you|play the)\b"),
    ("role", 1, r"\bwithout (?:any )?(?:restrictions?|filters?|guardrails?|censorship|limits)\b"),
    ("role", 1, r"\byour (?:new |real |true |only |sole |actual )(?:role|task|goal|purpose|job)\b"),
    (
        "address",
        2,
        r"\b(?:note|message|memo|attention|notice|reminder|instructions?|hint|dear|hello|hey|advice"
        rf"|guidance|request|directive|order)s?[,:]? (?:(?:to|for|all|any|the|every|other) )*{_AI}"
        r"\b(?! (?:of|from|at)\b)",
    ),
    ("address", 2, rf"\bif you are (?:an? |the |)(?:\S+ ){{0,2}}{_AI}\b"),
    ("address", 2, rf"\bas (?:an?|the) {_AI},? (?:reading|you|your|processing)\b"),
    (
        "address",
        2,
        rf"\b{_AI}(?: \S+){{0,2}} (?:reading|processing|summari[sz]ing|parsing|reads|ingesting|"
        r"indexing|seeing|sees|consulting|quoting|using|answering from|working with) "
        r"(?:this|these)\b",
    ),
    (
        "address",
        2,
        rf"(?:^|[.!?(\[\n>*]|--)\s*(?:@|/)?{_AI}\s*[:,!\u2014-]+\s*(?:please |you |now |always |"
        rf"never |do |don't |when |if |it is |the |{_SAY}\b)",
    ),
    ("address", 1, rf"(?<![\w./-]){_AI}(?![\w./'-])(?! (?:of|from)\b)"),
    (
        "circumstance",
        1,
        r"\b(?:when(?:ever)?|if|before|while|after|once|as soon as|each time|every time)"
        r" (?:you(?:'re| are| have)? (?:asked|being asked|answer\w*|summari\w+|respond\w*|"
        r"process\w*"
        r"|repl\w+|generat\w+|read\w*|retriev\w+|quot\w+|cit\w+|translat\w+|writ\w+)|"
        r"(?:answering|summari[sz]ing|responding|replying|generating|asked|prompted|queried|"
        r"questioned)|(?:the|a|any|some) (?:user|person|human|reader) (?:asks|wants|mentions|"
        r"inquires|requests))\b",
    ),
    (
        "output",
        2,
        r"\byour (?:next |final |entire |whole |full |only )?(?:answer|response|reply|output|"
        r"summary)s? (?:must|should|shall|has to|have to|will|is to|needs to|ends?|begins?|starts?)"
        r"\b",
    ),
    (
        "output",
        2,
        _START + r"(?:respond|reply|answer|output|speak)\b(?: to \S+(?: \S+)?)? (?:only|solely|"
        r"exactly|exclusively|just|nothing but|with nothing)\b",
    ),
    (
        "output",
        2,
        _START
        + r"(?:respond|reply|answer)\b(?: \S+){0,4} with (?:only |just |exactly |a single |the "
        r"(?:single |exact |following |one )?(?:word|phrase|sentence|text|string|line|"
        r"code|token)\b|"
        r"[\"'\u201c\u2018\u00ab]|(?-i:[A-Z]{3,}))",
    ),
    (
        "output",
        2,
        _START + r"(?:respond|reply|answer)\b (?:to )?(?:every|any|all|each|whatever|everything)\b",
    ),
    (
        "output",
        2,
        r"\b(?:answers?|responses?|replies|summar(?:y|ies)|outputs?) (?:to|of|about|"
        r"generated|based|"
        r"from|using|drawn|that)\b[^.\n]{0,60}\b(?:must|should|shall|has to|have to|needs? to|"
        r"(?:is|are) required to) (?:\w+ ){0,2}?(?:include|end|begin|start|contain|"
        r"mention|cite|say|"
        r"state|recommend|link|carry|open|close|claim|praise)\b",
    ),
    (
        "output",
        2,
        r"\bthe (?:correct|right|only|proper|required|official|expected) (?:answer|response|reply)"
        r" (?:to|for)\b[^.\n]{0,20}\b(?:any|every|all|each|whatever)\b",
    ),
    (
        "output",
        2,
        _START + r"(?:do not|don't|never|refuse to|stop|cease)\s+(?:answer|respond|summari[sz]|cit|"
        r"quot|us)\w*\b(?:\W+\w+){0,4}\W+(?:questions?|passages?|documents?|query|queries|users?|"
        r"sources?|context)\b",
    ),
    ("output", 2, r"\binstead of (?:an answer|answering|a summary|summari[sz]ing|the answer)\b"),
    ("told", 1, r"(?m)" + _START + _SAY + r"\b"),
    (
        "user",
        1,
        r"\b(?:the user|the users|the person (?:asking|who asks|you)|the human|the end user|"
        r"the questioner|whoever asks|the one (?:asking|who asks))\b",
    ),
    (
        "orders",
        1,
        r"\b(?:new|updated|additional|special|secret|hidden|urgent|critical|revised|actual|real) "
        r"(?:system )?(?:instruction|directive|rule|task|orders?|objective|prompt|command)s?\b",
    ),
    (
        "orders",
        2,
        r"\b(?:system|admin(?:istrator)?|root|developer|security) (?:override|directive|command|"
        r"instruction)s?\b\s*[:!\u2014-]|\bend of (?:the )?(?:system )?prompt\b",
    ),
    ("orders", 1, r"\b(?:system prompt|system message|these instructions|this instruction)\b"),
    (
        "secrecy",
        2,
        r"\b(?:do not|don't|never|without)\b[^.\n]{0,40}\b(?:tell|tells|telling|"
        r"mention\w*|reveal\w*|"
        r"disclos\w+|inform\w*|let|show\w*|alert\w*|notify\w*|admit\w*|acknowledg\w+|refer\w* to)\b"
        r"[^.\n]{0,30}\b(?:the user|these (?:instructions?|rules)|this (?:instruction|rule|prompt|"
        r"directive|message|comment|command)|the human)\b",
    ),
    (
        "leak",
        2,
        r"\b(?:repeat|reveal|print|show|display|output|tell|give|dump|disclose|leak|expose|list|"
        r"recite|share|state|quote|copy|write|post|spell|paste|return|read)\b(?:\W+\w+){0,6}?\W+"
        + _SECRETS
        + r"\b",
    ),
)


def _compiled() -> tuple[Rule, ...]:
    rows = (*_ENGLISH, *MARKS, *LANGUAGES)
    return tuple(
        Rule(kind, points, re.compile(pattern, re.IGNORECASE)) for kind, points, pattern in rows
    )


RULES = _compiled()

_SQUASHED = re.compile(
    r"(?:ignore|disregard|forget|override)(?:all|any|your|the|every|these|previous|prior|above|"
    r"earlier|other){1,4}(?:instructions?|rules?|prompts?|guidelines?)|systemprompt|"
    r"(?:reply|respond|answer)(?:only|with|every)|tellthe(?:user|customer)|youarenow|"
    r"(?:reveal|print|show)(?:your|the|all)",
)


def known_squashed(text: str) -> bool:
    """Return whether letters that were written apart, blanks and all, spell an instruction."""
    return bool(_SQUASHED.search(re.sub(r"[\W_]+", "", text.casefold())))
