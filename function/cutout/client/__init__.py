"""A photo's cutout, made by a Cutout service.

>>> from cutout.client import Client
>>> client = Client("https://cutout.example", os.environ["CUTOUT_API_KEY"])
>>> png = client.remove_background(Path("photo.jpg").read_bytes(), {"size": "full"}).data
"""

from .service import Answer, Client

__all__ = ["Answer", "Client"]
