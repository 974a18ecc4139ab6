"""E-mail (.eml): who wrote to whom, what it says, and the attachments that can be read."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import Message

from ladder.errors import InputError
from ladder.project.reading.content import DocumentText, Pieces, whole

__all__ = ["message"]

_HEADERS = ("From", "To", "Cc", "Date")
_KNOWN = ("from", "to", "subject", "date", "received", "message-id", "return-path", "mime-version")
_DEEPEST = 3
_MOST_PARTS = 200


def message(name: str, data: bytes) -> DocumentText:
    """Read an e-mail: "head", "message", 'attachment "terms.pdf", page 3'.

    Raises:
        InputError: it is no e-mail, or holds too much text.
    """
    return _read(name, message_from_bytes(data, policy=policy.default), 1)


def _read(name: str, mail: Message, depth: int) -> DocumentText:
    if not any(header in mail for header in _KNOWN):
        raise InputError(f"{name} is named .eml but is no e-mail; save the message again.")
    found = Pieces(name)
    subject = _header(mail, "Subject")
    found.add(f"# {subject}\n\n" if subject else "", "head")
    lines = [f"{each}: {value}" for each in _HEADERS if (value := _header(mail, each))]
    found.add("\n".join(lines))
    text, attached = _parts(mail, found)
    if text is not None:
        found.add("\n\n")
        found.take(text, "message")
    for number, part in enumerate(attached, 1):
        _attachment(found, part, number, depth)
    return found.done()


def _parts(mail: Message, found: Pieces) -> tuple[DocumentText | None, list[Message]]:
    """Return what a message says, as plain text rather than as HTML, and what is attached."""
    plain: list[str] = []
    marked: list[str] = []
    attached: list[Message] = []
    todo, seen = [mail], 0
    while todo:
        part = todo.pop(0)
        seen += 1
        if seen > _MOST_PARTS:
            found.left_out.append(f"Only the first {_MOST_PARTS} parts of the message are read.")
            break
        kind = part.get_content_type()
        payload = part.get_payload()
        if part.get_content_disposition() == "attachment" or kind == "message/rfc822":
            attached.append(part)
        elif part.is_multipart() and isinstance(payload, list):
            todo[:0] = [each for each in payload if isinstance(each, Message)]
        elif kind in ("text/plain", "text/html") and not _file_name(part):
            (plain if kind == "text/plain" else marked).append(_text(part))
        elif kind.startswith("multipart/"):  # it says so, but has no parts
            plain.append(_text(part))
        elif _file_name(part):
            attached.append(part)
    if text := "\n\n".join(each.strip() for each in plain if each.strip()):
        return DocumentText(text + "\n"), attached
    if any(each.strip() for each in marked):
        from ladder.project.reading.html import markdown

        read = markdown(found.name, "\n".join(marked))
        return DocumentText(read.text, (), read.hidden), attached
    return None, attached


def _attachment(found: Pieces, part: Message, number: int, depth: int) -> None:
    """Add what an attachment says, or note why it does not."""
    from ladder.project.reading.convert import read_bytes

    called = " ".join((_file_name(part) or f"attachment {number}").split())[:120]
    try:
        if depth > _DEEPEST:
            raise InputError(f"It is attached more than {_DEEPEST} messages deep.")
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            forwarded = inner[0] if isinstance(inner, list) and inner else None
            if not isinstance(forwarded, Message):
                raise InputError(f"{called} is empty.")
            read = _read(called, forwarded, depth + 1)
        elif called.lower().endswith(".eml"):
            read = _read(called, message_from_bytes(_bytes(part), policy=policy.default), depth + 1)
        else:
            read = read_bytes(called, _bytes(part))
    except InputError as error:
        found.left_out.append(f'The attachment "{called}" is not read: {error}')
        return
    found.add("\n\n")
    found.take(read, f'attachment "{called}"')


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    data = _bytes(part)
    charset = part.get_content_charset("utf-8")
    try:
        text = data.decode(charset)
    except (LookupError, UnicodeDecodeError, ValueError):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    return whole(text.replace("\r\n", "\n").replace("\r", "\n"))


def _header(mail: Message, name: str) -> str:
    """Return a header's text; empty for one that is missing or broken."""
    try:
        return " ".join(str(mail.get(name, "")).split())
    except Exception:  # the parser of the standard library fails in many ways on broken headers
        return ""


def _file_name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except Exception:  # likewise
        return ""
