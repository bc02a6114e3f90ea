"""Plumbline calls whom people name, and nobody inside the company unless an administrator opened it."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from common import outbound
from common.outbound import OutboundFailed, OutboundRefused, check_url, download, send
from tests.common.servers import Server, reply, serving


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1:8080/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://localhost:8000/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/latest/meta-data/",
        "http://168.63.129.16/",
        "http://192.0.0.192/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fd00:ec2::254]/",
        "http://[ff02::1]/",
        "http://①②⑦.0.0.1/",
        "http://127.0.0.1./",
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "example.com",
        "http://",
        "http:///path",
        "http://alice:secret@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com /",
        "http://exa\nmple.com/",
        "http://example.com:22/",
        "http://example.com:99999/",
        "http://[fe80::1%25eth0]/",
    ],
)
def test_an_address_that_leads_inside_or_is_none_is_refused_for_good(url: str) -> None:
    with pytest.raises(OutboundRefused):
        send(method="GET", url=url, timeout=2)


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "114.114.114.114", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_the_open_internet_is_open(address: str) -> None:
    assert outbound._is_public(ip_address(address))


def test_an_address_is_kept_as_it_will_be_called() -> None:
    assert check_url(" https://Example.com:443/a b?q=数据#top ".replace("a b", "a%20b")) == (
        "https://example.com/a%20b?q=%E6%95%B0%E6%8D%AE"
    )
    assert check_url("https://数据.example/报表").endswith(".example/%E6%8A%A5%E8%A1%A8")
    assert check_url("https://数据.example/报表").startswith("https://xn--")


def test_an_administrator_opens_one_port_of_one_host_and_no_other(settings: Any) -> None:
    with serving(lambda request: reply(request, "hello")) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        assert send(method="GET", url=server.url()).body == b"hello"
        with pytest.raises(OutboundRefused, match="OUTBOUND_ALLOW=localhost"):
            send(method="GET", url=f"http://localhost:{server.port}/")
        settings.OUTBOUND_ALLOW = ["127.0.0.1:1"]
        with pytest.raises(OutboundRefused):
            send(method="GET", url=server.url())
    assert len(server.asked) == 1


def test_what_is_opened_never_opens_the_services_of_the_cloud(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["169.254.169.254:80", "168.63.129.16:80"]
    for host in ("169.254.169.254", "168.63.129.16"):
        with pytest.raises(OutboundRefused):
            send(method="GET", url=f"http://{host}/", timeout=2)


def test_a_name_that_answers_differently_a_moment_later_gains_nothing(monkeypatch: Any) -> None:
    """The classic: a public address while it is checked, our own machine when it is called."""
    dialled: list[Any] = []
    answers = iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])

    def resolve(host: str, port: int, **kind: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def dial(address: Any, timeout: float) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", dial)
    with pytest.raises(OutboundFailed):
        send(method="GET", url="http://rebind.example/")
    assert dialled == [("93.184.216.34", 80)]
    with pytest.raises(OutboundRefused):
        send(method="GET", url="http://rebind.example/")


def test_a_form_looks_where_a_name_leads_and_lets_one_pass_that_nobody_knows_yet(
    settings: Any, monkeypatch: Any
) -> None:
    leads: dict[str, str] = {"inside.example.com": "10.0.0.8", "outside.example.com": "93.184.215.14"}

    def resolve(host: str, port: int, **_kind: Any) -> list[Any]:
        if host not in leads:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (leads[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for host in ("outside.example.com", "unknown.example.com"):
        assert outbound.check_place(f"https://{host}/in") == f"https://{host}/in"
    with pytest.raises(OutboundRefused, match="internal network"):
        outbound.check_place("https://inside.example.com/in")
    settings.OUTBOUND_ALLOW = ["inside.example.com:443"]
    assert outbound.check_place("https://inside.example.com/in")
    assert outbound.is_opened("https://inside.example.com/in")
    assert not outbound.is_opened("https://inside.example.com:8443/in")


def test_one_inner_address_among_many_is_one_too_many(monkeypatch: Any) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
        for address in ("93.184.216.34", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kind: found)
    with pytest.raises(OutboundRefused):
        send(method="GET", url="http://both.example/")


@pytest.mark.parametrize("onward", ["http://127.0.0.1:1/", "http://169.254.169.254/", "file:///etc/passwd"])
def test_a_redirect_is_looked_at_like_any_other_address(settings: Any, onward: str) -> None:
    with serving(lambda request: reply(request, status=302, headers={"Location": onward})) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        with pytest.raises(OutboundRefused):
            send(method="GET", url=server.url())


def test_redirects_end(settings: Any) -> None:
    with serving(lambda request: reply(request, status=302, headers={"Location": "/again"})) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        with pytest.raises(OutboundRefused, match="on and on"):
            send(method="GET", url=server.url())
    assert len(server.asked) == 4


def test_keys_stay_with_the_host_that_they_are_for(settings: Any) -> None:
    with serving(lambda request: reply(request, "there")) as other:

        def send_on(request: BaseHTTPRequestHandler) -> None:
            here = request.path == "/here"
            reply(request, status=302, headers={"Location": "/next" if here else other.url("/x")})

        with serving(send_on) as server:
            settings.OUTBOUND_ALLOW = [server.place, other.place]
            keys = {"Authorization": "Bearer secret", "X-Api-Key": "secret", "Accept": "text/csv"}
            assert send(method="GET", url=server.url("/here"), headers=keys).body == b"there"
    assert [headers.get("x-api-key") for headers in server.headers] == ["secret", "secret"]
    assert "secret" not in str(other.headers)
    assert other.headers[0]["accept"] == "text/csv"


def test_what_is_posted_is_never_sent_on(settings: Any) -> None:
    with serving(lambda request: reply(request, status=307, headers={"Location": "/x"})) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        assert send(method="POST", url=server.url(), body=b"{}").status == 307
    assert server.asked == ["/"]


@pytest.mark.parametrize("slow", ["nothing", "head", "body"])
def test_the_time_is_for_all_of_it_not_for_every_byte(settings: Any, slow: str) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
        if slow == "nothing":
            time.sleep(3)
        if slow == "body":
            request.wfile.write(head)
        for byte in head:
            request.wfile.write(bytes([byte]))
            time.sleep(0.1)

    with serving(drip) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        started = time.monotonic()
        with pytest.raises(OutboundFailed, match="in time"):
            send(method="GET", url=server.url(), timeout=0.6)
        assert time.monotonic() - started < 2


def test_an_answer_that_is_too_large_is_not_taken_packed_or_not(settings: Any) -> None:
    def huge(request: BaseHTTPRequestHandler) -> None:
        if request.path == "/packed":
            reply(request, gzip.compress(bytes(20_000_000)), headers={"Content-Encoding": "gzip"})
        else:
            reply(request, bytes(2_000_000))

    with serving(huge) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        for path in ("/", "/packed"):
            into = BytesIO()
            with pytest.raises(OutboundRefused, match="larger than 1 MB"):
                download(url=server.url(path), to=into, most_bytes=1024 * 1024)
            assert len(into.getvalue()) <= 1024 * 1024
        into = BytesIO()
        assert download(url=server.url(), to=into, most_bytes=2_000_000).ok
        assert len(into.getvalue()) == 2_000_000


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nshort",
        b"what is this\r\n\r\n",
        b"",
    ],
)
def test_an_answer_that_breaks_off_may_be_whole_another_time(settings: Any, wire: bytes) -> None:
    def break_off(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(wire)

    with serving(break_off) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        with pytest.raises(OutboundFailed):
            send(method="GET", url=server.url(), timeout=5)


def test_an_error_of_the_other_side_is_an_answer(settings: Any) -> None:
    with serving(
        lambda request: reply(request, b"x" * 200_000, status=429, headers={"Retry-After": "7"})
    ) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        into = BytesIO()
        answer = download(url=server.url(), to=into)
    assert (answer.status, answer.headers["retry-after"], answer.ok) == (429, "7", False)
    assert 0 < len(answer.body) <= 64 * 1024
    assert into.getvalue() == b""


def test_nobody_at_home_may_be_back_later(settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    settings.OUTBOUND_ALLOW = [place]
    with pytest.raises(OutboundFailed, match="Nobody answers"):
        send(method="GET", url=f"http://{place}/")


@pytest.mark.parametrize(
    "headers",
    [{"Host": "inside"}, {"content-length": "5"}, {"X-A": "a\r\nX-B: b"}, {"X A": "b"}, {"X-A": "数"}],
)
def test_headers_cannot_smuggle(settings: Any, headers: dict[str, str]) -> None:
    with serving(lambda request: reply(request)) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        with pytest.raises(OutboundRefused):
            send(method="GET", url=server.url(), headers=headers)
    assert server.asked == []


def test_no_proxy_of_the_surroundings_is_asked(settings: Any, monkeypatch: Any) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(lambda request: reply(request, "direct")) as server:
        settings.OUTBOUND_ALLOW = [server.place]
        assert send(method="GET", url=server.url()).body == b"direct"


# -- TLS ---------------------------------------------------------------------------------------------


def _tls(folder: Path, name: str) -> ssl.SSLContext:
    """A server's context with a certificate for `name`, whose only authority is itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def _over_tls(server: Server, host: str) -> bytes:
    return send(method="GET", url=f"https://{host}:{server.port}/", timeout=5).body


def test_the_certificate_must_be_the_names_and_trusted(
    settings: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    names: list[str] = []
    context = _tls(tmp_path, "localhost")
    context.sni_callback = lambda _socket, name, _context: names.append(name) or None  # type: ignore[func-returns-value]
    with serving(lambda request: reply(request, "safe"), tls=context) as server:
        settings.OUTBOUND_ALLOW = [f"localhost:{server.port}", server.place]
        with pytest.raises(OutboundFailed, match="no certificate"):
            _over_tls(server, "localhost")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert _over_tls(server, "localhost") == b"safe"
        assert names[-1] == "localhost"
        assert server.headers[-1]["host"] == f"localhost:{server.port}"
        with pytest.raises(OutboundFailed, match="no certificate"):
            _over_tls(server, "127.0.0.1")


def test_a_secure_address_never_leads_to_one_that_is_not(
    settings: Any, monkeypatch: Any, tmp_path: Path
) -> None:
    with serving(lambda request: reply(request)) as plain:
        onward = {"Location": plain.url()}
        with serving(
            lambda request: reply(request, status=302, headers=onward), tls=_tls(tmp_path, "localhost")
        ) as server:
            settings.OUTBOUND_ALLOW = [f"localhost:{server.port}", plain.place]
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
            with pytest.raises(OutboundRefused, match="not"):
                _over_tls(server, "localhost")
    assert plain.asked == []


def test_a_handshake_that_never_ends_is_ended(settings: Any) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        place = f"127.0.0.1:{mute.getsockname()[1]}"
        settings.OUTBOUND_ALLOW = [place]
        with pytest.raises(OutboundFailed, match="in time"):
            send(method="GET", url=f"https://{place}/", timeout=0.4)
