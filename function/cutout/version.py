"""The version of the distribution, the API and the image."""

VERSION = "0.1.0"
