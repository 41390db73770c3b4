"""The suite of the SDK's surface, on every link there is."""

from __future__ import annotations

from tests.conformance.sdk_surface import LINKS, LinkSuite, SurfaceSuite, ledger, link

__all__ = ["ledger", "link"]


class TestLink(LinkSuite):
    """Every link passes it."""


class TestSurface(SurfaceSuite):
    """Every link passes it."""


def test_there_is_a_link_to_test() -> None:
    assert "embedded" in LINKS
