"""Cluster transport: workers on other machines that hand mail to a relay."""

from dataclasses import dataclass

from core.config.schema import MailSettings, Settings
from core.states import DeliveryRoute
from newsletter.cluster.batch_store import BatchStore
from newsletter.cluster.cluster_key import make_key
from newsletter.cluster.cluster_session import ClusterSession
from newsletter.mail.dkim import configured_signer
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.transport import Pace

SHARED_WAITING = 8  # batches of several relays together that no worker has begun


@dataclass(frozen=True, slots=True)
class ClusterTransport:
    """Workers that hand mail to a relay."""

    relay: SmtpTransport
    settings: Settings
    via: DeliveryRoute = "smtp"
    is_shared: bool = True  # one session stands for all connections of all workers

    @property
    def where(self) -> str:
        """Host and port of the relay."""
        return self.relay.where

    @property
    def name(self) -> str:
        """Of the relay; empty: there is only one."""
        return self.relay.name

    @property
    def weight(self) -> int:
        """The relay's."""
        return self.relay.weight

    @property
    def mail(self) -> MailSettings:
        """The relay's."""
        return self.relay.mail

    @property
    def most_waiting(self) -> int:
        """Of several relays: the batches that wait for workers, by its share of the connections."""
        shares = {one.name: one.weight or one.mail.connections for one in self.settings.mail.relay_list}
        return max(1, round(SHARED_WAITING * shares[self.name] / sum(shares.values())))

    def open(self, pace: Pace) -> ClusterSession:
        """A session. Raises MailUnavailable and HouseError for the broker, HouseError for a DKIM key."""
        key = make_key(self.settings)
        store = BatchStore(self.settings.cluster, key.fingerprint)
        store.check_durable()
        return ClusterSession(self, pace, configured_signer(self.relay.mail), store, key)

    def take_back(self, name: str) -> None:
        """Nothing: what a server took is gone."""
