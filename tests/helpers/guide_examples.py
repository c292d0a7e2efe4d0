"""The examples of the guide: what a reader would copy from its pages, and what the pages say comes of it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Example:
    """A figure of the guide with code in it."""

    caption: str = ""
    """Its title, such as `POST /fit`."""
    language: str = ""
    text: str = ""
    file: str | None = None
    """Name of the file which the text is, beside the programs that need it."""
    is_program: bool = False
    """Whether it can be run as it is."""
    output: str | None = None
    """What comes of it, if the page shows that."""


@dataclass
class GuidePage:
    """What a page of the guide contains."""

    examples: list[Example] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    """Code in the terms that it explains."""
    words: list[str] = field(default_factory=list)
    """All other code in running text."""
    links: list[str] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)


def read_page(html: str) -> GuidePage:
    """Return what a page contains."""
    parser = _Parser()
    parser.feed(html)
    return parser.page


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = GuidePage()
        self._open: list[str] = []
        self._text = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self._open.append(tag)
        self._text = ""
        if "id" in named:
            self.page.anchors.append(named["id"] or "")
        if tag in ("a", "link", "img"):
            self.page.links.append(named.get("href") or named.get("src") or "")
        if tag == "figure":
            self.page.examples.append(Example())
        if tag == "code" and "pre" in self._open:
            example = self.page.examples[-1]
            example.language = (named.get("class") or "").removeprefix("language-")
            example.file, example.is_program = named.get("data-file"), "data-run" in named
        if tag in ("meta", "link", "img"):
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        if tag == "figcaption":
            self.page.examples[-1].caption = self._text
        elif tag == "samp":
            self.page.examples[-1].output = self._text
        elif tag == "code" and "pre" in self._open:
            self.page.examples[-1].text = self._text
        elif tag == "code":
            (self.page.terms if "dt" in self._open else self.page.words).append(self._text)
