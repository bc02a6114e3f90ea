from channels.models.facts import KEY, Fact, Original, Superseded

__all__ = ["KEY", "Fact", "Original", "Superseded"]
