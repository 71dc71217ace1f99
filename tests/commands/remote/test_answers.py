"""What people read when the address, the token, the network or the server is not as it should be:
one sentence that says what to do, and never the token."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.commands.catalogue import ACT, CATALOGUE, LOOK
from standfast.commands.remote import api_client, incidents
from standfast.commands.remote.api_client import Limits
from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.certificates import DAY, Authority
from tests.commands.ended import Ended
from tests.commands.every_command import every_command
from tests.patience import PATIENCE

TOKEN = "sft_a-secret-that-nobody-else-reads"
SOME = "INC-7F3K2QXWM4"

Run = Callable[..., Ended]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command through the API at an address."""
    monkeypatch.setenv("STANDFAST_TOKEN", TOKEN)
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path / "nothing"))
    monkeypatch.setattr(incidents, "_TRY_FOR", 0.1)

    def run(url: str, *words: str) -> Ended:
        monkeypatch.setenv("STANDFAST_URL", url)
        code = run_command(words)
        captured = capsys.readouterr()
        assert TOKEN not in captured.out + captured.err
        return Ended(code, captured.out, captured.err)

    return run


@contextmanager
def answering(
    answer: bytes, heard: list[bytes] | None = None, certificate: Path | None = None
) -> Iterator[str]:
    """A server that answers each request with these bytes; its address."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = PATIENCE

        def handle(self) -> None:
            head = b""
            while (line := self.rfile.readline()).strip():
                head += line
            if heard is not None:
                heard.append(head)
            self.wfile.write(answer)

    class Server(socketserver.ThreadingTCPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever trusts no such certificate hangs up."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()


def http(
    status: str, body: str = "", kind: str = "application/problem+json", more: str = ""
) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"{more}Connection: close\r\n\r\n{body}"
    ).encode()


def problem(status: str, detail: str, more: str = "") -> bytes:
    return http(status, f'{{"status": {status[:3]}, "detail": "{detail}"}}', more=more)


HTML = "<html><h1>Bad Gateway</h1></html>"

ANSWERS = {
    "expired": (problem("401 Unauthorized", "this needs a token"), "does not know your token"),
    "a proxy's sign-in": (http("401 Unauthorized", HTML, "text/html"), "does not know your token"),
    "role": (problem("403 Forbidden", "this needs the role responder"), "this needs the role"),
    "no such": (problem("404 Not Found", "there is no incident"), "there is no incident\n"),
    "too large": (http("413 Too Large", HTML, "text/html"), "is too large for a proxy in between"),
    "host": (problem("421 Misdirected", "set STANDFAST_PUBLIC_URL"), "set STANDFAST_PUBLIC_URL\n"),
    "too often": (
        problem("429 Too Many Requests", "too many requests", "Retry-After: 30\r\n"),
        "too many requests (try again in 30 s)\n",
    ),
    "a proxy's limit": (
        http("429 Too Many Requests", HTML, "text/html", "Retry-After: 7\r\n"),
        "answered 429 Too Many Requests, as a proxy does: try again in 7 s",
    ),
    "bug": (problem("500 Internal", "this should not have happened"), "answered: this should not"),
    "away": (problem("503 Unavailable", "Temporal cannot be reached: x"), "Temporal cannot be"),
    "a proxy's page": (
        http("502 Bad Gateway", HTML, "text/html"),
        "answered 502 Bad Gateway, as a proxy does: try again later",
    ),
    "another program": (http("200 OK", HTML, "text/html"), "is not the API of Standfast"),
    "another's 404": (http("404 Not Found", HTML, "text/html"), "is not the API of Standfast"),
    "another's JSON": (http("200 OK", '{"ok": true}', "application/json"), "this version ("),
    "another's error": (http("400 Bad", '{"ok": false}', "application/json"), "is not the API"),
    "nested": (
        http("422 X", f'{{"status": 422, "detail": {"[" * 50_000}{"]" * 50_000}}}'),
        "is not the API",
    ),
    "cut off": (http("200 OK", '{"incident_id": "INC', "application/json"), "was cut off"),
    "broken off": (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
        "its answer broke off or is not HTTP",
    ),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n", "its answer broke off or is not HTTP"),
    "silence": (b"", "its answer broke off or is not HTTP"),
    "elsewhere": (
        http("302 Found", "", "text/plain", "Location: http://127.0.0.1:1/\r\n"),
        "answers with a redirect, which is not followed",
    ),
    "control characters": (problem("403 Forbidden", r"\u001b[31mred\u0007"), "red"),
}


@pytest.mark.parametrize("words", [["show", SOME], ["report", "--title", "x"]], ids=lambda w: w[0])
@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_is_not_what_was_asked_for(run: Run, kind: str, words: list[str]) -> None:
    answer, says = ANSWERS[kind]
    with answering(answer) as url:
        told = run(url, *words)
    assert (told.code, told.out) == (1, "")
    assert says.rstrip("\n") in told.err
    assert told.err.count("\n") == 1
    assert "<" not in told.err
    assert "\x1b" not in told.err
    assert "Traceback" not in told.err


STAND_IN = ["override", "add", "--team=t", "--tier=L1", "--person=p", "--until=2030-01-01T00:00Z"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"incidents": [], "next": "again"}', ["list"]),
        ("[]", ["oncall"]),
        ("[]", STAND_IN),
    ],
    ids=["list", "oncall", "override"],
)
def test_a_server_that_gives_nothing_ends_the_command_all_the_same(
    run: Run, body: str, words: list[str]
) -> None:
    with answering(http("200 OK", body, "application/json")) as url:
        told = run(url, *words)
    assert "should not have happened" not in told.err
    assert told.code == (0 if words == ["list"] else 1)


def test_the_token_goes_to_no_other_host(run: Run) -> None:
    heard: list[bytes] = []
    with answering(http("200 OK"), heard) as other:
        moved = http("307 Moved", "", "text/plain", f"Location: {other}/api/incidents\r\n")
        with answering(moved) as url:
            assert run(url, "report", "--title", "x").code == 1
            assert run(url, "show", SOME).code == 1
    assert heard == []


def test_a_proxy_does_not_read_what_goes_over_http(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[bytes] = []
    with answering(http("200 OK"), heard) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy)
        with answering(problem("404 Not Found", "there is no incident")) as url:
            assert run(url, "show", SOME).err == "there is no incident\n"
    assert heard == []


def test_an_action_whose_answer_was_lost_may_be_done(run: Run) -> None:
    with answering(b"") as url:
        told = run(url, "acknowledge", SOME)
    assert told.err.endswith(f"`acknowledge` may have been done: `show {SOME}` will tell\n")
    assert told.code == 1


def test_nobody_answers(run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    told = run(url, "report", "--title", "x")
    assert (told.code, told.out) == (1, "")
    assert told.err == (
        f"{url} cannot be reached (nothing answers there): check STANDFAST_URL, and whether the "
        "API runs there\n"
    )


def test_a_server_that_never_ends_its_answer(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "LIMITS", Limits(in_all=0.2, silent=0.1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        told = run(url, "show", SOME)
    assert told.err == f"{url} cannot be reached (no answer in time): try again later\n"


def test_certificates_are_checked_and_an_authority_can_be_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    good = authority.certify(-DAY, DAY)
    answer = problem("404 Not Found", "there is no incident")
    with answering(answer, certificate=good) as url:
        refused = run(url, "show", SOME)
        assert "its certificate is not trusted: " in refused.err
        assert "set SSL_CERT_FILE" in refused.err
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
        assert run(url, "show", SOME).err == "there is no incident\n"
        other = url.replace("127.0.0.1", "localhost")
        assert "its certificate is not trusted: " in run(other, "list").err
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    assert run("https://127.0.0.1:1", "list").err.startswith("SSL_CERT_FILE or SSL_CERT_DIR: ")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://standfast.example", "must be an https address"),
        ("https://ana:pw-secret@standfast.example", "must be an address such as"),
        ("https://standfast.example/api", "must end after the host and port"),
        ("standfast.example", "must be an address such as"),
        ("ftp://standfast.example", "must be an address such as"),
        ("https://standfast.example:99999", "Port out of range 0-65535"),
        ("https://xn--", "https://xn-- cannot be used"),
        ("https://\u2603.example", "https://\u2603.example cannot be used"),
    ],
)
def test_an_address_that_cannot_be_used(run: Run, url: str, says: str) -> None:
    told = run(url, "list")
    assert told.code == 1
    assert told.err.startswith(f"STANDFAST_URL: {says}")
    assert "pw-secret" not in told.err


def test_a_proxy_that_cannot_be_used(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://ana:pw-secret@proxy.example")
    told = run("https://standfast.example", "list")
    assert told.code == 1
    assert "or the proxy that HTTPS_PROXY or ALL_PROXY names" in told.err
    assert "pw-secret" not in told.err


def test_the_token_may_be_in_a_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, heard = tmp_path / "token", list[bytes]()
    monkeypatch.setenv("STANDFAST_TOKEN_FILE", str(file))
    with answering(problem("404 Not Found", "there is no incident"), heard) as url:
        assert "are both set: keep one" in run(url, "list").err
        monkeypatch.delenv("STANDFAST_TOKEN")
        assert "cannot be read: No such file" in run(url, "list").err
        file.write_text("two words\n")
        wrong = run(url, "list")
        assert "must have a token in it" in wrong.err
        assert "two words" not in wrong.err
        file.write_text(f"{TOKEN}\n")
        assert run(url, "list").err == "there is no incident\n"
    assert f"Authorization: Bearer {TOKEN}\r\n".encode() in heard[0]
    monkeypatch.delenv("STANDFAST_TOKEN_FILE")
    assert "needs your token in STANDFAST_TOKEN" in run("https://standfast.example", "list").err


def test_a_token_that_cannot_be_one_is_not_repeated(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STANDFAST_TOKEN", "my secret\x01")
    told = run("https://standfast.example", "list")
    assert told.err == "STANDFAST_TOKEN: must be a token as `standfast token create` prints it\n"


HERE_ONLY = (
    *("run", "doctor", "demo", "replay-check", f"repair {SOME} --yes"),
    *(f"erase {SOME} --by ana --reason x --yes", "backup file.tar", "restore file.tar"),
    *("build list", "build make-current x", "build off", "build move x"),
    *("intake test zabbix body.json", "intake table .", "intake stale"),
    *("runbook list", "runbook run restart --dry-run"),
    *("audit list", "audit verify", "audit export file.jsonl"),
    *("token create --name ana --role reporter", "token list", "token rotate ana"),
    *("token revoke TOK-7F3K2Q", "session list", "session end SES-7F3K2Q"),
    *("person list", "person bind ana --subject 1 --issuer https://x", "person release ana"),
)

ANYWHERE = (
    *("report", "policy check", "intake mail", "override", "silence", "channels", "contact"),
    *(each.name for each in CATALOGUE if each.panel in (LOOK, ACT)),
)


def test_each_command_is_for_here_only_or_for_anywhere() -> None:
    for words in every_command():
        here = any(f"{line} ".startswith(f"{words} ") for line in HERE_ONLY)
        anywhere = any(f"{words} ".startswith(f"{each} ") for each in ANYWHERE)
        assert here is not anywhere, words


@pytest.mark.parametrize("words", [line.split() for line in HERE_ONLY], ids=HERE_ONLY)
def test_what_needs_the_server_s_machine_says_so(run: Run, words: list[str]) -> None:
    told = run("https://standfast.example", *words)
    assert (told.code, told.out) == (1, "")
    assert told.err == (
        "this command works on the server's machine only, not through https://standfast.example: "
        "run it there, without STANDFAST_URL\n"
    )


def test_a_policy_is_checked_anywhere(run: Run) -> None:
    told = run("https://standfast.example", "policy", "check", str(SHIPPED_POLICY))
    assert (told.code, told.err) == (0, "")
