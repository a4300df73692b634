"""Make cutouts by a Cutout service.

>>> from cutout import Options
>>> from cutout.client import Client
>>> client = Client("https://cutout.example", os.environ["CUTOUT_API_KEY"])
>>> png = client.remove_background(Path("photo.jpg").read_bytes(), Options(crop=True)).data
"""

from .service import Client, RemoteResult

__all__ = ["Client", "RemoteResult"]
