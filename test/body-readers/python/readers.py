"""Reads bodies with Python's standard library: frames of JSON in, frames of JSON out (see framed-process.ts)."""
import email
import email.utils
import io
import json
import struct
import sys
import urllib.parse
import warnings
import xml.etree.ElementTree as ElementTree

warnings.simplefilter("ignore")
try:
    import cgi
except ImportError:  # Left out of Python 3.13.
    cgi = None


def wire(text):
    """Text to its UTF-8 bytes, one a character."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


class Reading:
    def __init__(self, reader):
        self.reader = reader
        self.fields = []
        self.files = []
        self.error = None

    def field(self, name, value):
        self.fields.append([name, value])

    def file(self, name, file_name, size):
        self.files.append([name, file_name, size])

    def plain(self):
        return {"reader": self.reader, "fields": self.fields, "files": self.files, "error": self.error}


def attempt(reader, read):
    reading = Reading(reader)
    try:
        read(reading)
    # A reader may fail in any way; what it read until then counts.
    except Exception as error:  # pylint: disable=broad-except
        reading.error = f"{type(error).__name__}: {error}"[:300]
    return reading.plain()


def charset_of(content_type):
    message = email.message_from_string("Content-Type: " + content_type + "\n\n")
    charset = message.get_param("charset")
    return charset if isinstance(charset, str) else None


def read_cgi(reading, content_type, body):
    headers = {"content-type": content_type, "content-length": str(len(body))}
    # latin-1 keeps the bytes as they are.
    form = cgi.FieldStorage(io.BytesIO(body), headers, environ={"REQUEST_METHOD": "POST"},
                            keep_blank_values=True, encoding="latin-1")
    collect_cgi(reading, form)


def collect_cgi(reading, form):
    for item in form.list or []:
        if item.list:
            collect_cgi(reading, item)
        elif item.name is None and item.filename is None:
            continue
        elif getattr(item, "filename", None):
            value = item.value
            reading.file(item.name or "", item.filename, len(value))
        else:
            value = item.value
            reading.field(item.name or "", value if isinstance(value, str) else value.decode("latin-1"))


def read_email(reading, content_type, body):
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body)
    if not message.is_multipart():
        return
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if part.is_multipart() or name is None:
            continue
        name = wire_lenient(email.utils.collapse_rfc2231_value(name))
        payload = part.get_payload(decode=True) or b""
        file_name = part.get_param("filename", header="content-disposition")
        if file_name:
            reading.file(name, wire_lenient(email.utils.collapse_rfc2231_value(file_name)), len(payload))
        else:
            reading.field(name, payload.decode("latin-1"))


def wire_lenient(text):
    """As wire(); bytes that the e-mail parser could not decode come back as they were."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def read_form(reading, text):
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True, encoding="latin-1"):
        reading.field(name, value)


def read_form_decoded(reading, text):
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        reading.field(wire(name), wire(value))


class Pairs(list):
    """Members of an object, duplicates kept."""


def read_json(reading, document):
    value = json.loads(document, object_pairs_hook=Pairs, parse_float=str, parse_int=str, parse_constant=str)
    flatten(reading, "json", value, True)


def flatten(reading, name, value, top=False):
    if isinstance(value, Pairs):
        members = value
    elif isinstance(value, list):
        members = [(str(at), member) for at, member in enumerate(value)]
    else:
        text = "" if value is None else {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value
        reading.field(name, wire(text))
        return
    if not members and not top:
        reading.field(name, "")
    for key, member in members:
        flatten(reading, name + "." + wire(key), member)


def read_xml(reading, body):
    for element in ElementTree.fromstring(body).iter():
        for text in (element.text, element.tail, *element.attrib.values()):
            if text and text.strip(" \t\r\n"):
                reading.field("", wire(text))


def multipart(content_type, body):
    yield attempt("python-email", lambda reading: read_email(reading, content_type, body))
    if cgi is not None:
        yield attempt("python-cgi", lambda reading: read_cgi(reading, content_type, body))


def urlencoded(content_type, body):
    text = body.decode("latin-1")
    yield attempt("python-form", lambda reading: read_form(reading, text))
    # Before 3.9.2, parse_qsl took semicolons for separators too (bpo-42967); so did what copied it.
    yield attempt("python-form-semicolon", lambda reading: read_form(reading, text.replace(";", "&")))
    charset = charset_of(content_type)
    if charset is not None:
        yield attempt("python-form-charset", lambda reading: read_form_decoded(reading, body.decode(charset)))


def json_document(content_type, body):
    yield attempt("python-json", lambda reading: read_json(reading, body))
    charset = charset_of(content_type)
    if charset is not None:
        yield attempt("python-json-charset", lambda reading: read_json(reading, body.decode(charset)))


def xml_document(_content_type, body):
    yield attempt("python-xml", lambda reading: read_xml(reading, body))


FORMATS = {"multipart": multipart, "urlencoded": urlencoded, "json": json_document, "xml": xml_document}


def main():
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while length := source.read(4):
        question = json.loads(source.read(struct.unpack(">I", length)[0]))
        body = question["body"].encode("latin-1")
        answer = json.dumps(list(FORMATS[question["format"]](question["contentType"], body))).encode()
        sink.write(struct.pack(">I", len(answer)) + answer)
        sink.flush()


main()
