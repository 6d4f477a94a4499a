import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from navswap.auth.tokens import QrTokens
from navswap.edge.rate_limit import ClientAddress
from navswap.settings import Settings

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "deployment_guide.md").read_text()
SHELL_BLOCKS = re.findall(r"^```sh\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """The file that the commands of the guide write."""
    (commands,) = [block for block in SHELL_BLOCKS if "genpkey" in block]
    subprocess.run(["bash", "-euc", commands], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / ".env"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the guide makes the secrets with openssl")
def test_the_secrets_of_the_guide_are_good_for_production(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Settings.model_config, "env_file", str(env_file))
    settings = Settings.model_validate({"environment": "production"})
    QrTokens(settings)
    assert len(settings.jwt_secret.get_secret_value()) == 64
    ClientAddress(settings.trusted_proxies)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the guide makes the secrets with openssl")
def test_the_secrets_are_readable_for_their_owner_alone(env_file: Path) -> None:
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600


def test_the_proxy_that_the_guide_trusts_is_the_gateway_of_compose() -> None:
    trusted = re.findall(r"NAVSWAP_TRUSTED_PROXIES='\[\"([^\"]+)\"\]'", GUIDE)
    assert [f"gateway: {address}" in (ROOT / "compose.yaml").read_text() for address in trusted] == [True]


@pytest.mark.parametrize("block", SHELL_BLOCKS)
def test_a_shell_reads_every_block(block: str) -> None:
    read = subprocess.run(["bash", "-n"], input=block, text=True, check=False, capture_output=True)
    assert (read.returncode, read.stderr) == (0, "")
