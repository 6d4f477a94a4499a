"""A token as a picture that a kiosk can scan."""

import io

import segno

QUIET_ZONE_MODULES = 4
"""The white border that ISO/IEC 18004 asks for."""


def qr_svg(token: str) -> str:
    """Return the token as an SVG document of one `<svg>` element, scalable, black on white."""
    picture = io.BytesIO()
    _qr(token).save(
        picture, kind="svg", xmldecl=False, border=QUIET_ZONE_MODULES, light="#fff", omitsize=True
    )
    return picture.getvalue().decode()


def qr_png_data_uri(token: str) -> str:
    """Return the token as a `data:image/png` URI, 4 pixels a module."""
    return str(_qr(token).png_data_uri(scale=4, border=QUIET_ZONE_MODULES))


def _qr(token: str) -> segno.QRCode:
    """Encode with medium error correction: a phone's display is clean, but may be scratched."""
    return segno.make_qr(token, error="m")
