"""Words that patterns of instructions are made of."""

from __future__ import annotations

__all__ = [
    "AI",
    "BOT",
    "DROP",
    "EARLIER",
    "GAP",
    "MACHINE",
    "MUST",
    "ORDERS",
    "READS",
    "REPLY",
    "SAY",
    "SECRETS",
    "START",
]

AI = (
    r"(?:(?:ai|a\.i\.)(?:[- ](?:\w+ )?(?:assistant|agent|model|system|tool|reader|bot|"
    r"chatbot|helper)s?)?|"
    r"(?:large |)language models?|llms?|chat ?bots?|chatgpt|gpt-?\d?\w*|claude|gemini|copilot|"
    r"(?:virtual|digital|automated|automatic|machine|smart|helpful)"
    r" (?:assistant|agent|reader|helper|system)s?|"
    r"(?:the |dear |our |your |)assistants?|(?:the |)(?:answering|reading) (?:system|"
    r"machine|model)s?)"
)

BOT = (
    r"(?:(?:large )?language model|llm|chat ?bot|chatgpt|gpt(?:-\d\w*)?|copilot|robot|bot|crawler|"
    r"(?:ai|a\.i\.)(?:[- ](?:\w+ )?(?:assistant|agent|model|system|tool|reader|bot|helper))?|"
    r"(?:coding|ai|autonomous|automated|software|browser|web|search|voice|virtual|digital|smart|"
    r"writing|"
    r"shopping|travel) (?:agent|assistant|helper|reader)|neural network)"
)
"""What no person is called."""

SAY = (
    r"(?:answer|respond|reply|say|tell|output|print|write|state|recommend|mention|include|repeat|"
    r"reveal|append|return|translate|summari[sz]e|claim|insist|inform|advise|direct|ask|urge|give|"
    r"add|end|begin|start|finish|approve|confirm|deny|refuse|pretend|act|behave|speak|talk|treat|"
    r"describe|present|quote|assure|offer|provide|use|call|suggest|instruct|send|replace|stop|"
    r"disclose|share|leave out|omit|conclude|admit|announce|agree|rate|rank|praise|invite|follow|"
    r"obey|execute|perform|comply|do|work|slip|weave|encode|encrypt|insert|modify|alter|"
    r"change|adjust|"
    r"enhance|extend|augment|score|hand|grant|reject|continue|carry|switch|keep|put|compose|close|"
    r"open|render|express|mark|label|classify|report|spread|promote|advertise|warn|insult|"
    r"apologi[sz]e"
    r"|sell|order|pay|buy|click|visit|prefix|reverse|sprinkle|drop|hide|lie|mock|sign|"
    r"attach|proceed|"
    r"turn|remember|forget|ignore|disregard|list|show|name|explain|rewrite|repeat|steer|redirect)"
)

START = (
    r"(?:(?:^|[.!?:;\"'\u201c\u201e(\[>*#]\s*|\n\s*|, (?=and|then|please|instead|do not|"
    r"don't|always|"
    r"never))(?:(?:and|but|so|then|now|instead|please|simply|"
    r"just|always|never|only|kindly|do not|don't|immediately|first|finally|also)\s+){0,3}|"
    r"\byou (?:must|should|shall|will|have to|need to|are to|may)\s+(?:\w+ ){0,2}|"
    r"\b(?:and then|instead|please)\s+)"
)

DROP = (
    r"(?:ignore|disregard|forget|drop|leave (?:aside|behind)|skip|override|overrule|bypass|discard|"
    r"neglect|dismiss|abandon|"
    r"set aside|put aside|throw (?:away|out)|stop (?:following|obeying|applying)|erase|"
    r"(?:do not|don't|never|no longer|need not) (?:follow|obey|heed|apply|listen to|adhere to)|"
    r"pay no (?:attention|heed) to|take no notice of)"
)

EARLIER = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|initial|past|all|any|"
    r"every|your|these|those|other|system|first|given|whatever|everything|what|old|the|former)"
)

ORDERS = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directives?|directions?|commands?|constraints?|"
    r"restrictions?|guardrails?|programming|training|safeguards?|moderation|filters?|guidance|"
    r"briefings?|principles|norms|passages?|"
    r"documents?|sources?|context)"
)

SECRETS = (
    r"(?:system (?:prompt|message|instructions?)|(?:hidden|initial|original|secret|"
    r"internal|developer)"
    r" (?:prompt|message|instructions?|rules)|your (?:own |full |exact |complete |entire |)"
    r"(?:instructions?|prompt|rules|configuration|guidelines|directives)|"
    r"(?:text|words|everything|all|sentences|lines) (?:above|before this|that (?:came|"
    r"stands) before)|"
    r"admin(?:istrator)? password|api keys?|secret keys?|environment variables|chat history|"
    r"(?:whole|entire|full) conversation|conversation (?:so far|history)|"
    r"previous (?:messages|conversation|users?)|your (?:notes|orders|memory|briefing)|"
    r"(?:notes|instructions|rules|texts?|orders|information|messages|all|everything|what|anything)"
    r" (?:that )?you (?:(?:were|have been|are|had been) (?:given|told|shown|sent|asked|instructed)|"
    r"(?:have )?(?:received|got|saw|seen|hold|work by)))"
)

GAP = r"(?:[\s,]+\S+){0,%d}?[\s,]+"

MACHINE = (
    r"(?:models?|algorithms?|software|engines?|(?:chat)?bots?|programs?|tools?|systems?|machines?|"
    r"crawlers?|agents?|assistants?|robots?|parsers?|pipelines?|summari[sz]ers?|ais?|llms?)"
)

READS = (
    r"(?:read|scor|see|process|pars|summari[sz]|rank|answer|digest|evaluat|ingest|index|screen|"
    r"review|grad|judg|translat|quot|us|consum|scan|analy[sz])"
)

REPLY = r"(?:answer|reply|response|output|summary|completion|wording|conclusion)"

MUST = (
    r"(?:must|should|shall|have to|has to|need to|needs to|(?:is|are) (?:required|asked|instructed|"
    r"expected|obliged|ordered|requested|urged|told|to)|ought to)"
)
