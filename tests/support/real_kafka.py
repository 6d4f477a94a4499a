"""A real Apache Kafka in KRaft mode, from Maven artifacts, on one loopback port.

`python -m tests.support.real_kafka` fetches the artifacts, so that no test waits for them.
"""

import base64
import subprocess
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from navswap.devstack.child import Child, Grace, wait_until_ready
from navswap.devstack.errors import DevStackError
from navswap.devstack.ports import LOOPBACK, free_port
from tests.support.requirements import PROJECT_ROOT

KAFKA_VERSION = "4.4.0"
CACHE = PROJECT_ROOT / ".ci" / "cache"

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>navswap</groupId>
  <artifactId>real-kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"""

PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},SASL_SSL://{host}:{secure_port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port},SASL_SSL://{host}:{secure_port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=500
broker.session.timeout.ms={session_milliseconds}
ssl.keystore.type=PEM
ssl.keystore.location={certificate}
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""
USER = "navswap"
PASSWORD = "two-minute-swap"


class KafkaProcess:
    """An Apache Kafka of one node whose ports and data stay the same over starts, stops and kills.

    It is taken for dead when it was not heard of for `session_seconds`, which a start after a kill waits for.
    """

    def __init__(self, folder: Path, *, session_seconds: float = 2.0) -> None:
        self._folder = folder
        self._session_seconds = session_seconds
        self._port = free_port()
        self._child: Child | None = None
        self._secure_port = free_port()
        self.bootstrap = f"{LOOPBACK}:{self._port}"
        self.secure_bootstrap = f"{LOOPBACK}:{self._secure_port}"
        """Where `USER` logs in with `PASSWORD`, over TLS with the certificate in `certificate`."""
        self.certificate = folder / "broker.pem"

    def start(self) -> None:
        """Start the server unless it runs, and wait until it answers; blocks for 3 to 120 s.

        Raises DevStackError when it does not answer.
        """
        if self._child is not None and self._child.exit_code() is None:
            return
        properties = self._folder / "server.properties"
        if not properties.exists():
            self._format(properties)
        server = ["java", "-Xmx512m", *_logging("warn"), "-cp", _classpath(), "kafka.Kafka", str(properties)]
        self._child = Child("Apache Kafka", server, self._folder / "kafka.log", grace=Grace(30))
        wait_until_ready(self._child, self._answers)

    def stop(self) -> None:
        """Shut the server down in order; harmless when it does not run."""
        if self._child is not None:
            self._child.stop()

    def kill(self) -> None:
        """End the server as a crash would."""
        if self._child is not None:
            self._child.kill()

    def _format(self, properties: Path) -> None:
        """Write the configuration and format the storage under a new cluster id."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.certificate.write_bytes(key_and_certificate())
        text = PROPERTIES.format(
            host=LOOPBACK,
            port=self._port,
            secure_port=self._secure_port,
            certificate=self.certificate,
            user=USER,
            password=PASSWORD,
            controller_port=free_port(),
            data=self._folder / "data",
            session_milliseconds=round(self._session_seconds * 1_000),
        )
        draft = properties.with_suffix(".draft")
        draft.write_text(text)
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        _run(
            ["java", *_logging("error"), "-cp", _classpath(), "kafka.tools.StorageTool", "format"],
            "--cluster-id=" + cluster_id,
            f"--add-scram=SCRAM-SHA-512=[name={USER},password={PASSWORD}]",
            f"--config={draft}",
        )
        draft.rename(properties)

    def _answers(self) -> bool:
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        try:
            return len(admin.list_topics(timeout=2).brokers) == 1
        except KafkaException:
            return False


def key_and_certificate() -> bytes:
    """Return a key and a certificate that it signed itself, for the loopback address and a day, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return encoded + certificate.public_bytes(Encoding.PEM)


def _logging(level: str) -> list[str]:
    return [f"-Dorg.slf4j.simpleLogger.defaultLogLevel={level}"]


def _classpath() -> str:
    """Return the class path of the server; Maven fetches its libraries once into the cache."""
    libraries = CACHE / f"kafka-{KAFKA_VERSION}"
    if not libraries.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            pom = Path(folder) / "pom.xml"
            pom.write_text(POM)
            _fetch(
                ["mvn", "--batch-mode", "--quiet", "--file", str(pom)],
                "dependency:copy-dependencies",
                "-DincludeScope=runtime",
                f"-DoutputDirectory={folder}/libraries",
            )
            # Whoever comes first fills the cache, whole.
            try:
                (Path(folder) / "libraries").rename(libraries)
            except OSError:
                if not libraries.exists():
                    raise
    return str(libraries / "*")


def _fetch(command: list[str], *arguments: str) -> None:
    """Run a command that asks a registry, three times at most: one may be away for a moment."""
    for pause in (5.0, 20.0):
        try:
            _run(command, *arguments)
        except DevStackError:
            time.sleep(pause)
        else:
            return
    _run(command, *arguments)


def _run(command: list[str], *arguments: str) -> None:
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines()
        raise DevStackError(f"{' '.join(command[-2:])} failed: {' '.join(said[:3])}")


if __name__ == "__main__":
    _classpath()
