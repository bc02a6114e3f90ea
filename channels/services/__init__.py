from channels.services.facts import ChannelFacts

__all__ = ["ChannelFacts"]
