"""Answers, complaints and surveys as people make them, for tests."""

from __future__ import annotations
