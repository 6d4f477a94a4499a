"""Every setting of a process, read from NAVSWAP_… variables and `.env`; `navswap settings --markdown` writes its page."""

from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from navswap.kit.demand import PRIORS, SiteKind, SwapPrior
from navswap.kit.keys import is_ed25519_private_key
from navswap.kit.roads import RoadParameters
from navswap.kit.time_zones import is_time_zone
from navswap.kit.visits import VisitParameters
from navswap.store_settings import StoreSettings

DEVELOPMENT_SECRET = "development-only"  # noqa: S105 - a marker that production refuses, not a secret


class Environment(StrEnum):
    """Where a process runs."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(StoreSettings):
    """The settings of one process; every field is an environment variable with the prefix NAVSWAP_."""

    # The process
    environment: Environment = Field(
        Environment.DEVELOPMENT,
        description="development or production; production refuses development secrets",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged: DEBUG, INFO, WARNING or ERROR"
    )
    log_json: bool = Field(default=True, description="Log lines as JSON; false for colours in a terminal")
    compile_at_run: int = Field(2, ge=0, description="Run of an operation at which it is compiled; 0: never")

    # The web process
    host: str = Field("127.0.0.1", description="Address that the web process binds")
    port: int = Field(8000, ge=1, le=65535, description="Port that the web process binds")
    worker_port: int = Field(8001, ge=1, le=65535, description="Port of the worker's health and metrics")
    public_url: str = Field("http://127.0.0.1:8000", description="Address under which clients reach NavSwap")
    allowed_origins: list[str] = Field(
        default_factory=list, description="Browser origins allowed by CORS and on websockets besides our own"
    )

    # Identity
    jwt_secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET + "-access-token-key-000"),
        min_length=32,
        description="Key of the access tokens (HS256), at least 32 characters",
    )
    qr_private_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description="Ed25519 private key in PEM that signs QR tokens; development derives one from a fixed seed",
    )
    access_token_minutes: int = Field(10, ge=1, le=60, description="Life of an access token")
    refresh_token_days: int = Field(30, ge=1, le=365, description="Life of a refresh token family")

    # Limits at the edge
    max_query_depth: int = Field(12, ge=1, description="Deepest selection of an operation")
    max_query_aliases: int = Field(30, ge=0, description="Most aliases in an operation")
    max_query_tokens: int = Field(3000, ge=1, description="Most lexical tokens in a document")
    max_query_directives: int = Field(30, ge=0, description="Most directives in an operation")
    max_query_fields: int = Field(
        500, ge=1, description="Most fields in an operation, fragments spread in place"
    )
    max_query_definitions: int = Field(100, ge=1, description="Most operations and fragments in a document")
    max_variable_values: int = Field(
        20_000, ge=1, description="Most values in the variables of an operation, lists and objects walked"
    )
    max_body_bytes: int = Field(1_000_000, ge=1000, description="Largest HTTP body that is read")
    rate_limit_principal_per_minute: int = Field(600, ge=1, description="Operations a minute of a principal")
    rate_limit_address_per_minute: int = Field(1200, ge=1, description="Operations a minute from one address")
    rate_limit_sign_in_per_minute: int = Field(20, ge=1, description="Sign-ins a minute from one address")
    rate_limit_account_per_minute: int = Field(
        10, ge=1, description="Sign-in attempts a minute at one account, from all addresses together"
    )
    trusted_proxies: list[str] = Field(
        default_factory=list,
        description="Addresses or networks of proxies whose X-Forwarded-For names the client",
    )
    max_subscriptions_per_connection: int = Field(50, ge=1, description="Live subscriptions on one websocket")
    persisted_documents: list[Path] = Field(
        default_factory=list, description="Manifests of documents that clients may name by their ids"
    )
    only_persisted_documents: bool = Field(default=False, description="Whether all others are refused")

    # Swapping
    hold_minutes: int = Field(
        20, ge=1, le=180, description="How long a hold lasts; longer or shorter for some rides"
    )
    swap_minutes: int = Field(5, ge=1, le=60, description="How long a verified rider has to finish the swap")
    promised_soc_percent: int = Field(
        80, ge=1, le=100, description="Least charge of a pack that is handed out"
    )
    fence_metres: float = Field(500.0, gt=0, description="Radius around a station that counts as being there")
    transporter_fence_metres: float = Field(500.0, gt=0, le=10_000, description="The same for transporters")
    rider_position_minutes: float = Field(5.0, gt=0, description="Oldest rider position that proves presence")
    transporter_proof_minutes: float = Field(5.0, gt=0, le=60, description="The same for a transporter")
    staff_proof_minutes: float = Field(5.0, gt=0, le=60, description="The same for staff at a station")
    service_minutes: float = Field(
        2.0, gt=0, le=60, description="Time at the station of one swap, from scan to ride-off"
    )
    promised_wait_minutes: float = Field(10.0, gt=0, le=240, description="Longest wait riders are promised")
    waited_minute: float = Field(2.0, ge=1, le=10, description="Minutes ridden that one waited is worth")

    # Logistics
    rebalancing_minutes: int = Field(15, ge=1, le=1440, description="How often the worker plans transports")
    rebalancing_horizon_minutes: int = Field(
        120, ge=15, le=480, description="How far a scheduled plan looks ahead"
    )
    transport_load_packs: int = Field(
        12,
        ge=1,
        le=200,
        description="Largest load of a job while no transporter is online to report its vehicle",
    )
    offer_seconds: int = Field(60, ge=5, le=3600, description="How long a transporter has to answer an offer")
    transporter_position_minutes: float = Field(
        10.0, gt=0, description="Oldest position of a transporter that is offered jobs"
    )
    job_trip_credits: int = Field(
        1_500, ge=0, le=1_000_000, description="Credits of a transport job for going at all"
    )
    job_minute_credits: int = Field(
        150, ge=0, le=100_000, description="Credits of a transport job for a minute from origin to target"
    )
    job_pack_credits: int = Field(300, ge=0, le=100_000, description="Credits of a transport job for a pack")
    job_promise_factor: float = Field(
        1.25, ge=1, le=10, description="How many times as much a load pays that riders wait for"
    )
    job_open_minutes: int = Field(
        30, ge=1, le=1440, description="How long a transport job waits for a transporter before it fails"
    )
    job_handling_minutes: float = Field(
        20.0, ge=0, le=240, description="Time to unlock, lift and scan packs at both ends of a job"
    )
    job_drive_allowance: float = Field(
        1.5,
        ge=1,
        le=10,
        description="How many times as long as expected a drive may take before a job is late",
    )
    job_max_attempts: int = Field(
        3, ge=1, le=20, description="Transporters who may take a job and not fetch it before it fails"
    )
    max_pickup_minutes: float = Field(
        60.0, gt=0, le=600, description="Longest drive to the origin of a job that is offered, minutes"
    )
    fairness_minutes: float = Field(
        10.0,
        ge=0,
        le=120,
        description="Detour that is taken for a transporter who waited long, and as much for one who earned little",
    )
    pack_worth_minutes: float = Field(
        45.0, gt=0, le=600, description="Longest drive that moving one expected pack is worth, minutes"
    )

    # Storage at partner shops
    storage_reach_metres: float = Field(
        8_000.0, gt=0, le=100_000, description="How far from a station its packs are stored at most, straight"
    )
    storage_fairness_metres: float = Field(
        3_000.0,
        ge=0,
        le=100_000,
        description="Longer way that is taken to spare a shop that was lately asked to store as much as it can hold",
    )
    storage_answer_minutes: int = Field(
        120, ge=1, le=10_080, description="How long a shop has to answer a storage request"
    )
    handover_code_minutes: float = Field(5.0, gt=0, le=60, description="Life of a handover code at a shop")
    storage_delivery_minutes: int = Field(
        1_440,
        ge=1,
        le=10_080,
        description="How long a shop waits for the packs of a request that it accepted",
    )

    # Places
    time_zone: str = Field(
        "UTC",
        description="Time zone (IANA name) of the network: its models' hours, its GBFS feeds, new stations whose file names none",
    )
    country: str | None = Field(
        None,
        pattern="^[A-Z]{2}$",
        description="Country (ISO 3166-1 alpha-2) of new stations whose network file names none; its public holidays are "
        "those of their opening hours",
    )

    # The public feed (GBFS) of the network
    network_id: str = Field(
        "navswap", pattern="^[A-Za-z0-9_.-]{1,64}$", description="Id of the network; never changes"
    )
    network_name: str = Field("NavSwap", min_length=1, description="Name of the network")
    network_language: str = Field(
        "en", pattern="^[a-z]{2,3}(-[A-Z]{2})?$", description="Language of names that say none, such as pt-BR"
    )
    contact_email: str = Field(
        "operations@example.com",
        pattern="^[^@ ]+@[^@ ]+$",
        description="Address for reports of mistakes in the feed",
    )

    # Roads
    free_flow_kmh: float = Field(
        24.0,
        gt=0,
        le=120,
        description="Speed of a rider on free roads, stops included, where too few vehicles have reported theirs, km/h",
    )
    carrier_kmh: float = Field(
        20.0,
        gt=0,
        le=120,
        description="Speed of transporters and staff between stations on free roads, stops included, km/h",
    )
    detour_factor: float = Field(1.3, ge=1, le=5, description="Road distance over straight distance")

    # Demand
    demand_prior: SiteKind = Field(
        SiteKind.URBAN,
        description="What is believed of stations that were not observed for a week: that they are URBAN (117 swaps a day "
        "for 30 slots) or HIGHWAY (36), or NONE: that they need nothing",
    )
    prior_walk_in_share: float = Field(
        0.1, ge=0, le=1, description="Share of those swaps that are believed to be without a hold"
    )
    pack_life_swaps: int = Field(
        1500,
        ge=1,
        description="Swaps after which a pack is believed to be worn out, where no depot was observed for a week",
    )

    # Energy
    charged_reserve_share: float = Field(
        0.5, ge=0, le=1, description="Share of the packs that is kept charged beside last week's demand"
    )
    charged_sufficient: float = Field(
        0.99, gt=0, lt=1, description="How often packs kept charged suffice, where a model forecasts demand"
    )
    derated_charge_share: float = Field(
        0.5, ge=0, le=1, description="Share of its power that a charger may draw while a fault derates it"
    )
    station_auxiliary_kw: float = Field(
        0.2, ge=0, le=100, description="Load of a station beside its chargers: controller, fans, modem; kW"
    )

    # Faults
    heartbeat_minutes: float = Field(
        10.0, gt=0, description="Silence after which a station that has sent heartbeats counts as offline"
    )
    fault_tries: int = Field(
        2, ge=1, le=10, description="Most times that one command is tried against one fault"
    )
    critical_ticket_minutes: float = Field(
        30.0, gt=0, description="Minutes within which a ticket of a critical fault is to be resolved"
    )
    major_ticket_minutes: float = Field(
        120.0, gt=0, description="Minutes within which a ticket of a major fault is to be resolved"
    )
    minor_ticket_minutes: float = Field(
        480.0, gt=0, description="Minutes within which a ticket of a minor fault is to be resolved"
    )
    move_within_metres: float = Field(
        3000.0, gt=0, le=100_000, description="How far a hold may move to another station because of a fault"
    )
    compensation_credits: int = Field(
        500, ge=1, le=100_000, description="Credits for a rider whose hold ends because of a fault"
    )

    # Alerts
    delayed_event_seconds: float = Field(
        30.0, gt=0, description="Seconds that an event waits for Kafka until administrators are alerted"
    )
    unanswered_minutes: float = Field(
        60.0,
        gt=0,
        description="Minutes that a partner shop leaves a storage request unanswered until administrators are alerted",
    )

    # Streams
    hub_history: int = Field(256, ge=1, description="Updates kept per stream for a client that reconnects")
    hub_history_total: int = Field(20_000, ge=1, description="Updates kept of all streams, about 1.5 kB each")
    subscriber_queue: int = Field(
        1000, ge=1, description="Updates that wait for a slow reader before a resync"
    )
    gps_retention_days: int = Field(30, ge=1, description="How long GPS points are kept")

    # History
    archive_url: str = Field(
        "",
        description="Where the worker archives what happens, as Parquet: a folder, or s3://, gs:// or az://; empty: nowhere",
    )
    archive_flush_seconds: float = Field(
        60.0, gt=0, le=3600, description="How long a record waits at most for the archive"
    )
    archive_flush_rows: int = Field(
        20_000,
        ge=1,
        le=1_000_000,
        description="Records that are written to the archive at once at the latest",
    )
    past_url: str = Field(
        "", description="A second archive, only read: what models look back on; empty: none"
    )
    archive_retention_days: int = Field(0, ge=0, description="Days that the archive is kept; 0: for ever")
    models_dir: Path | None = Field(None, description="Folder of the models; by default the delivered one")
    data_dir: Path = Field(Path(".navswap"), description="Folder of the embedded servers: data, logs, lock")
    # Seeding
    seeds_dir: Path | None = Field(
        None, description="Folder of the demonstration network; by default the one delivered with the package"
    )
    demo_password: SecretStr | None = Field(
        None,
        min_length=12,
        description="Password of new demonstration accounts; by default the published one, refused in production",
    )
    benchmark_data: Path | None = Field(None, description="Folder of the real data sets, for what needs them")

    @property
    def swap_prior(self) -> SwapPrior | None:
        """Return what is believed of stations that were not observed; None: nothing."""
        return PRIORS.get(self.demand_prior)

    @property
    def roads(self) -> RoadParameters:
        """Return what the roads of this network are like."""
        return RoadParameters(self.free_flow_kmh, self.carrier_kmh, self.detour_factor)

    @property
    def visits(self) -> VisitParameters:
        """Return what visits of riders are planned by."""
        return VisitParameters(self.service_minutes, self.promised_wait_minutes)

    @field_validator("time_zone")
    @classmethod
    def _require_time_zone(cls, name: str) -> str:
        if not is_time_zone(name):
            raise ValueError(f"there is no time zone {name!r}; give an IANA name such as Asia/Kolkata")
        return name

    @field_validator("trusted_proxies")
    @classmethod
    def _require_networks(cls, proxies: list[str]) -> list[str]:
        for proxy in proxies:
            ip_network(proxy)  # its ValueError says what is wrong
        return proxies

    @model_validator(mode="after")
    def _require_good_secrets(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            for name in ("jwt_secret", "qr_private_key"):
                if getattr(self, name).get_secret_value().startswith(DEVELOPMENT_SECRET):
                    raise ValueError(
                        f"NAVSWAP_{name.upper()} still holds the development secret; set it before production"
                    )
        pem = self.qr_private_key.get_secret_value()
        if pem != DEVELOPMENT_SECRET and not is_ed25519_private_key(pem):
            raise ValueError(
                "NAVSWAP_QR_PRIVATE_KEY must hold an Ed25519 private key in PEM: openssl genpkey -algorithm ed25519"
            )
        return self
