"""A small OpenID Connect provider: discovery, authorize, token, keys, userinfo; signs with a key of its own."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _number(value: int) -> str:
    return (
        base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
    )


@dataclass
class Provider:
    """Who stands before it, and what it answers; `asked` lists the paths that it was asked for."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    id_token: dict[str, Any] = field(default_factory=dict)
    broken: str = ""
    asked: list[str] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        public = KEY.public_key().public_numbers()
        one = {
            "kty": "RSA",
            "kid": "k1",
            "use": "sig",
            "alg": "RS256",
            "n": _number(public.n),
            "e": _number(public.e),
        }
        return {"keys": [one]}

    def token(self) -> dict[str, Any]:
        now = int(time.time())
        said = {
            "iss": self.url,
            "aud": "plumbline",
            "iat": now,
            "exp": now + 60,
            **self.claims,
            **self.id_token,
        }
        signed = jwt.encode(said, KEY, algorithm="RS256", headers={"kid": "k1"})
        return {"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": signed}


@contextmanager
def a_provider() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def _say(self, status: int, body: Any, **headers: str) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if provider.broken and provider.broken in parts.path:
                self._say(500, {"error": "server_error"})
            elif parts.path == "/.well-known/openid-configuration":
                self._say(200, provider.discovery())
            elif parts.path == "/keys":
                self._say(200, provider.keys())
            elif parts.path == "/userinfo":
                self._say(200, provider.claims)
            elif parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                provider.codes["c0de"] = query.get("code_challenge", "")
                answer = urlencode({"code": "c0de", "state": query["state"]})
                self._say(302, {}, Location=f"{query['redirect_uri']}?{answer}")
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            good = sent.get("code") == ["c0de"] and sent.get("client_secret") == ["s3cret"]
            if good and not provider.broken:
                self._say(200, provider.token())
            else:
                self._say(400, {"error": "invalid_grant"})

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
