import gzip

import brotli
import pytest

from navswap.infra.compression import Encoding, compressed, preferred_encoding


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", None),
        ("identity", None),
        ("gzip", Encoding.GZIP),
        ("gzip, deflate, br, zstd", Encoding.BROTLI),
        ("GZIP;q=1.0, br;q=0.5", Encoding.GZIP),
        ("br;q=0, gzip;q=0", None),
        ("br;q=0, *", Encoding.GZIP),
        ("*;q=0.1", Encoding.BROTLI),
        ("br;q=much, gzip", Encoding.GZIP),
    ],
)
def test_the_encoding_is_the_one_that_the_client_weighs_most(
    accepted: str, encoding: Encoding | None
) -> None:
    assert preferred_encoding(accepted) is encoding


@pytest.mark.parametrize("is_sent_often", [True, False])
def test_what_is_compressed_comes_out_as_it_was(is_sent_often: bool) -> None:
    content = b"a station " * 1_000
    packed = {encoding: compressed(content, encoding, is_sent_often=is_sent_often) for encoding in Encoding}
    assert brotli.decompress(packed[Encoding.BROTLI]) == content
    assert gzip.decompress(packed[Encoding.GZIP]) == content
    assert max(map(len, packed.values())) < len(content) / 10
