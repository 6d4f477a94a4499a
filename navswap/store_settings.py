"""Where the stores of a process are, and how it logs in there: the part of the settings that every process needs."""

from enum import StrEnum
from pathlib import Path
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DATABASE_SECONDS = 10.0
"""Twice as long as an operation looks for a primary, so that an election is waited out."""


class KafkaSecurity(StrEnum):
    """What protects the connections to Kafka, by the names that its own clients use."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def has_tls(self) -> bool:
        """Whether connections are encrypted, and the broker shows a certificate."""
        return self in {KafkaSecurity.SSL, KafkaSecurity.SASL_SSL}

    @property
    def has_login(self) -> bool:
        """Whether the broker asks for a user and a password."""
        return self in {KafkaSecurity.SASL_PLAINTEXT, KafkaSecurity.SASL_SSL}


class KafkaMechanism(StrEnum):
    """How a user and a password are shown to Kafka."""

    PLAIN = "PLAIN"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    SCRAM_SHA_512 = "SCRAM-SHA-512"


class StoreSettings(BaseSettings):
    """The settings of MongoDB, Redis and Kafka; MongoDB's and Redis' addresses hold user, password and TLS themselves."""

    model_config = SettingsConfigDict(env_prefix="NAVSWAP_", env_file=".env", extra="ignore", frozen=True)

    # The stores
    mongo_url: str = Field("mongodb://127.0.0.1:27017/?replicaSet=navswap", description="MongoDB replica set")
    mongo_database: str = Field("navswap", description="Database that holds every collection")
    operation_database_seconds: float = Field(
        DATABASE_SECONDS,
        ge=0.1,
        le=120,
        description="How long a query or mutation may work in MongoDB before it fails with UNAVAILABLE",
    )
    redis_url: str = Field("redis://127.0.0.1:6379/0", description="Redis for what may be lost")
    redis_prefix: str = Field(
        "navswap:", description="Prefix of every Redis key, so that one server can be shared"
    )
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, comma separated")
    kafka_topic_prefix: str = Field("navswap.", description="Prefix of every topic and consumer group")
    kafka_partitions: int = Field(12, ge=1, le=256, description="Partitions of a topic that NavSwap creates")
    kafka_replication: int = Field(1, ge=1, le=5, description="Replicas of a topic that NavSwap creates")
    kafka_create_topics: bool = Field(
        default=True, description="Create missing topics at start; false where topics come by themselves"
    )
    kafka_fetch_wait_milliseconds: int = Field(
        500,
        ge=1,
        le=5000,
        description="How long a broker may hold a fetch that finds nothing",
    )
    kafka_security: KafkaSecurity = Field(
        KafkaSecurity.PLAINTEXT,
        description="How Kafka is spoken to; those with SASL log in, those with SSL encrypt",
    )
    kafka_ca_file: Path | None = Field(
        None, description="Certificates in PEM that sign those of the brokers; by default the system's"
    )
    kafka_mechanism: KafkaMechanism = Field(
        KafkaMechanism.SCRAM_SHA_512, description="How a process logs in to Kafka"
    )
    kafka_username: str = Field("", description="User that a process logs in to Kafka as")
    kafka_password: SecretStr | None = Field(None, description="Password of that user")

    @model_validator(mode="after")
    def _require_whole_kafka_login(self) -> Self:
        security = self.kafka_security
        if security is not KafkaSecurity.PLAINTEXT and "kafka_bootstrap" not in self.model_fields_set:
            raise ValueError(
                f"NAVSWAP_KAFKA_SECURITY={security} needs NAVSWAP_KAFKA_BOOTSTRAP: the embedded broker has no TLS and no users"
            )
        if security.has_login and not (self.kafka_username and self.kafka_password):
            raise ValueError(
                f"NAVSWAP_KAFKA_SECURITY={security} needs NAVSWAP_KAFKA_USERNAME and NAVSWAP_KAFKA_PASSWORD"
            )
        if self.kafka_username and not security.has_login:
            raise ValueError("NAVSWAP_KAFKA_USERNAME needs NAVSWAP_KAFKA_SECURITY=SASL_SSL")
        return self

    @field_validator("kafka_ca_file")
    @classmethod
    def _require_certificates(cls, file: Path | None) -> Path | None:
        if file is not None:
            try:
                SSLContext(PROTOCOL_TLS_CLIENT).load_verify_locations(file)
            except OSError as error:
                raise ValueError(f"{file} holds no certificates in PEM: {error}") from error
        return file
