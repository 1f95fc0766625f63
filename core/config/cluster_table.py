"""Cluster table: the broker through which workers on other machines send mail."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated
from urllib.parse import urlsplit

from core.config.settings_table import SettingsTable
from core.config.value_forms import SecretStr

REDIS_SCHEMES, BROKER_SCHEMES = ("redis", "rediss"), ("redis", "rediss", "amqp", "amqps")


def _address_of(schemes: tuple[str, ...], example: str) -> Callable[[SecretStr], SecretStr]:
    """The rule that an address begins with one of these schemes and names a host."""

    def checked(value: SecretStr) -> SecretStr:
        if (text := value.get_secret_value()) and not re.fullmatch(rf"(?:{'|'.join(schemes)})://[!-~]+", text):
            raise ValueError(f"write it as {example}")
        return value

    return checked


Broker = Annotated[SecretStr, _address_of(BROKER_SCHEMES, "redis://192.0.2.7:6379/0 or amqp://192.0.2.7:5672//")]
MarkStore = Annotated[SecretStr, _address_of(REDIS_SCHEMES, "redis://192.0.2.7:6379/0")]


class ClusterSettings(SettingsTable):
    """Workers beside this machine."""

    broker: Broker = SecretStr("")  # where workers get their work: Redis, Valkey or RabbitMQ; empty: there are none
    store: MarkStore = SecretStr("")  # Redis or Valkey that keeps attempts and receipts; the broker when empty
    key: SecretStr = SecretStr("")  # what encrypts all that workers are given; data_dir/cluster.key when empty

    @property
    def is_on(self) -> bool:
        """Whether mail leaves through workers."""
        return bool(self.broker.get_secret_value())

    @property
    def store_address(self) -> str:
        """Where attempts and receipts are kept."""
        return self.store.get_secret_value() or self.broker.get_secret_value()

    @property
    def where(self) -> str:
        """The host and port of the store, for whoever reads an error: without its password."""
        return urlsplit(self.store_address).netloc.rpartition("@")[2]

    @property
    def host(self) -> str:
        """The host of the store alone; empty where there is none."""
        return urlsplit(self.store_address).hostname or ""

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """RabbitMQ hands work out, and cannot keep what must be looked up."""
        if self.broker.get_secret_value().startswith("amqp") and not self.store.get_secret_value():
            yield "store", "with RabbitMQ as the broker, name a Redis or Valkey that keeps attempts and receipts"

    def passwords(self) -> Iterator[str]:
        """The passwords within the addresses."""
        for address in (self.broker, self.store):
            if password := urlsplit(address.get_secret_value()).password:
                yield password
