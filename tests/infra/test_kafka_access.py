import asyncio
from pathlib import Path

import pytest
from pydantic import ValidationError

from navswap.devstack.errors import DevStackError
from navswap.devstack.external import reach_kafka
from navswap.infra.jobs import BackgroundJobs
from navswap.infra.kafka import Producer, ensure_topics, open_consumer
from navswap.infra.kafka_access import kafka_access
from navswap.infra.topic_reader import open_reader
from navswap.settings import Settings
from tests.support.real_kafka import PASSWORD, USER, KafkaProcess, key_and_certificate

WHOLE = {
    "kafka_bootstrap": "kafka.example:9096",
    "kafka_security": "SASL_SSL",
    "kafka_username": USER,
    "kafka_password": PASSWORD,
}


def test_a_broker_of_the_embedded_kind_is_reached_by_its_address_alone() -> None:
    assert kafka_access(Settings(kafka_bootstrap="127.0.0.1:1")) == {
        "bootstrap_servers": "127.0.0.1:1",
        "security_protocol": "PLAINTEXT",
    }


def test_a_login_is_handed_to_every_client() -> None:
    access = kafka_access(Settings.model_validate(WHOLE))
    assert access.pop("ssl_context").check_hostname
    assert access == {
        "bootstrap_servers": "kafka.example:9096",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": USER,
        "sasl_plain_password": PASSWORD,
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kafka_password": None}, "needs NAVSWAP_KAFKA_USERNAME and NAVSWAP_KAFKA_PASSWORD"),
        ({"kafka_username": ""}, "needs NAVSWAP_KAFKA_USERNAME and NAVSWAP_KAFKA_PASSWORD"),
        ({"kafka_security": "SSL"}, "NAVSWAP_KAFKA_USERNAME needs NAVSWAP_KAFKA_SECURITY=SASL_SSL"),
        ({"kafka_ca_file": "no/such/file"}, "holds no certificates in PEM"),
        ({"kafka_ca_file": __file__}, "holds no certificates in PEM"),
    ],
)
def test_half_a_login_is_refused_in_words(change: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(WHOLE | change)


def test_the_embedded_broker_is_not_asked_for_a_login() -> None:
    with pytest.raises(ValidationError, match="needs NAVSWAP_KAFKA_BOOTSTRAP"):
        Settings.model_validate({name: value for name, value in WHOLE.items() if name != "kafka_bootstrap"})


def _settings(
    kafka: KafkaProcess, mechanism: str, password: str = PASSWORD, trusted: Path | None = None
) -> Settings:
    return Settings.model_validate(
        WHOLE
        | {
            "kafka_bootstrap": kafka.secure_bootstrap,
            "kafka_password": password,
            "kafka_mechanism": mechanism,
            "kafka_ca_file": trusted or kafka.certificate,
            "kafka_topic_prefix": f"secure-{mechanism.lower()}.",
            "kafka_partitions": 2,
        }
    )


@pytest.mark.needs_java
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_what_is_written_over_tls_with_a_login_is_read_by_both_readers(
    real_kafka: KafkaProcess, mechanism: str
) -> None:
    settings = _settings(real_kafka, mechanism)
    topic = settings.kafka_topic_prefix + "facts"
    received: asyncio.Queue[bytes] = asyncio.Queue()
    producer = Producer(settings)
    await ensure_topics(settings, [topic])
    await producer.start()
    await producer.wait_until_connected()
    try:
        async with open_reader(settings, topic) as reader, BackgroundJobs(reader.read(received.put_nowait)):
            await producer.send(topic, "key", b"over TLS")
            async with open_consumer(settings, topic, group="readers", from_start=True) as consumer:
                assert (await consumer.getone()).value == b"over TLS"
            assert await received.get() == b"over TLS"
    finally:
        await producer.stop()


@pytest.mark.needs_java
def test_a_wrong_password_is_named(real_kafka: KafkaProcess, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(DevStackError, match="refuses the login or the certificate"):
        reach_kafka(**kafka_access(_settings(real_kafka, "SCRAM-SHA-512", password="another-password")))
    assert "invalid credentials" in caplog.text


@pytest.mark.needs_java
def test_a_broker_with_a_strange_certificate_is_not_spoken_to(
    real_kafka: KafkaProcess, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(key_and_certificate())
    with pytest.raises(DevStackError, match="refuses the login or the certificate"):
        reach_kafka(**kafka_access(_settings(real_kafka, "PLAIN", trusted=other)))
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text
