from tests.alerts.conftest import no_broker

__all__ = ["no_broker"]
