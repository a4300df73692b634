"""rembg's handler: the session in the init phase, then a picture a call."""

import base64
import os
import shutil
from typing import Any

# The root is read-only on Lambda, and numba only reads what lies where it could write.
shutil.copytree("/opt/numba", os.environ["NUMBA_CACHE_DIR"])

from rembg import new_session, remove  # noqa: E402

session = new_session(os.environ["CUTOUT_MODEL"])


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if not event["body"]:
        return {"statusCode": 200, "body": "ready", "isBase64Encoded": False}
    form = base64.b64decode(event["body"])
    photo = form.split(b"image/jpeg\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
    png = remove(photo, session=session)
    return {"statusCode": 200, "body": base64.b64encode(png).decode(), "isBase64Encoded": True}
