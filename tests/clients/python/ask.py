"""Run one action of a Python client, print its report as JSON, and save its picture as `result`.

The clients get the service's address in the way that docs/migrate/removebg.md describes.
"""

import collections
import collections.abc
import io
import json
import os
import sys
from base64 import b64encode
from pathlib import Path

PHOTO, URL = "photo.png", "http://photos.example/a.png"


def removebg(key, address):
    from removebg import removebg

    removebg.API_ENDPOINT = f"{address}/v1.0/removebg"
    client = removebg.RemoveBg(key, "errors.log")

    def file(**options):
        client.remove_background_from_img_file(PHOTO, **options)
        Path(f"{PHOTO}_no_bg.png").rename("result")

    def base64(**options):
        client.remove_background_from_base64_img(coded(), new_file_name="result", **options)

    def url():
        client.remove_background_from_img_url(URL, size="4k", new_file_name="result")

    return {
        "preview": file,
        "file": lambda: file(size="4k"),
        "url": url,
        "base64": lambda: base64(size="4k"),
        "colour": lambda: base64(size="4k", bg_color="00ff00"),
    }


def remove_bg(key, address):
    collections.Callable = collections.abc.Callable  # the client was written before Python 3.10
    from removebg import RemoveBg, constants

    constants.API_ENDPOINT = f"{address}/v1.0/"
    client = RemoveBg(key)

    def file(**options):
        save(client.remove_background_from_file(PHOTO, **options))

    return {
        "preview": file,
        "file": lambda: file(size="auto"),
        "url": lambda: save(client.remove_background_from_url(URL, size="hd")),
        "base64": lambda: save(client.remove_background_from_base64(coded(), size="full")),
        "zip": lambda: file(size="auto", format="zip"),
        "jpg and crop": lambda: file(size="auto", format="jpg", crop="true"),
        "shadow": lambda: file(size="auto", add_shadow="true"),
    }


def remove_bg_api(key, address):
    import remove_bg_api

    remove_bg_api.API_URL = f"{address}/v1.0"

    def cut(kind, source, **options):
        client = remove_bg_api.RemoveBg(key)  # asks for the account
        before = client.account.balance()
        save(getattr(client, f"remove_bg_{kind}")(source, **options))
        return {"charged": before - client.account.balance()}

    def account():
        client = remove_bg_api.RemoveBg(key)
        return client.account.get_balance_dict() | {"free_calls": client.account.free_api_calls()}

    return {
        "preview": lambda: cut("file", PHOTO),
        "file": lambda: cut("file", PHOTO, size="auto"),
        "url": lambda: cut("url", URL, size="auto"),
        "base64": lambda: cut("base64", coded(), size="auto"),
        "zip": lambda: cut("file", PHOTO, data={"size": "auto", "format": "zip"}),
        "jpg and crop": lambda: cut(
            "file", PHOTO, data={"size": "auto", "format": "jpg", "crop": "true"}
        ),
        "account": account,
    }


def rembgpy(key, address):
    from rembgpy import RemBg, bg

    bg.base_url = f"{address}/v1.0/removebg"
    client = RemBg(key, "errors.log")

    def base64(**options):
        client.remove_b64(coded(), nfn="result", **options)

    return {
        # The second of its two functions remove_img hides the first, which took a file.
        "url": lambda: {"returned": client.remove_img(URL, size="auto", nfn="result")},
        "preview": base64,
        "base64": lambda: base64(size="auto"),
        "zip": lambda: base64(size="auto", format="zip"),
        "jpg and crop": lambda: base64(size="auto", format="jpg", crop="0"),
        "shadow": lambda: base64(size="auto", shadow=True),
    }


def removebg_cli(key, address):
    import removebg_cli

    os.environ["REMOVE_BG_API_KEY"] = key
    removebg_cli.console.file = output = io.StringIO()

    def run(*words):
        sys.argv = ["removebg", *words]
        try:
            removebg_cli.main()
        except SystemExit:
            return {"error": output.getvalue()}
        return {"printed": output.getvalue()}

    def cut(*words):
        return run(*words, "--output", "result")

    return {
        "file": lambda: cut(PHOTO),
        "url": lambda: cut(URL),
        "preview": lambda: cut(PHOTO, "--size", "preview"),
        "zip": lambda: cut(PHOTO, "--format", "zip"),
        "jpg and crop": lambda: cut(PHOTO, "--format", "jpg", "--crop"),
        "shadow": lambda: cut(PHOTO, "--shadow"),
        "account": lambda: run("--account"),
    }


CLIENTS = {
    "removebg": removebg,
    "remove-bg": remove_bg,
    "remove-bg-api": remove_bg_api,
    "rembgpy": rembgpy,
    "removebg-cli": removebg_cli,
}


def coded():
    return b64encode(Path(PHOTO).read_bytes()).decode()


def save(picture):
    Path("result").write_bytes(picture)


def ask(client, action, key, address):
    try:
        return CLIENTS[client](key, address)[action]() or {}
    except Exception as error:  # noqa: BLE001 what a client raises is what its user gets
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps(ask(*sys.argv[1:])))
