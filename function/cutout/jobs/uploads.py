"""Photos that clients upload to the bucket: too large for a request, or from the page."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cutout.errors import (
    FileTooLarge,
    InvalidParameter,
    UnknownFileType,
    UploadChanged,
    UploadGone,
    UploadNotFound,
)
from cutout.picture import KINDS
from cutout.ports import (
    Bucket,
    Clock,
    Condition,
    ConditionFailed,
    FileChanged,
    FileMissing,
    Item,
    Key,
    PresignedPost,
    StoredFile,
    Table,
    Write,
)

from .retention import LINK_S, UPLOAD_ID_S, UPLOAD_S, VISITOR_LINK_S

ID = re.compile("[0-9a-z]{1,64}")
MEDIA_TYPES = tuple(kind.media_type for kind in KINDS)


@dataclass(frozen=True)
class Upload:
    """An upload whose photo is still to be posted with the ticket."""

    id: str
    ticket: PresignedPost
    ticket_s: int = LINK_S


@dataclass(frozen=True)
class StoredUpload:
    """An upload whose photo is already in the bucket."""

    id: str
    photo_url: str


class Uploads:
    """The uploads of all accounts, with the results made from them."""

    def __init__(
        self,
        table: Table,
        bucket: Bucket,
        clock: Clock,
        new_id: Callable[[], str],
        secret: str,
        max_bytes: int,
        media_type: Callable[[bytes], str],
    ) -> None:
        """media_type reads a picture's header and raises a CutoutError if that is invalid."""
        self._table = table
        self._bucket = bucket
        self._clock = clock
        self._new_id = new_id
        self._max_bytes = max_bytes
        self._media_type = media_type
        self._secret = secret.encode()

    def create(self, owner: str, media_type: str, count: int) -> Upload:
        """Create an upload with a ticket for a file of at most so many bytes.

        owner is an account; if it is empty, anyone who knows the id may use the upload. Raises
        UnknownFileType, InvalidParameter, FileTooLarge.
        """
        self.check(media_type, count)
        upload_id = self._create_item(owner)
        ticket = self._bucket.presigned_post(photo_name(upload_id), media_type, count, LINK_S)
        return Upload(upload_id, ticket)

    def check(self, media_type: str, count: int) -> None:
        """Raise the error of a file for which create() makes no upload."""
        if media_type not in MEDIA_TYPES:
            raise UnknownFileType(f"type has to be one of {', '.join(MEDIA_TYPES)}")
        if count < 1:
            raise InvalidParameter("bytes has to be more than 0")
        if count > self._max_bytes:
            raise FileTooLarge(f"{count:,} bytes are more than the {self._max_bytes:,} allowed")

    def store(self, owner: str, photo: bytes) -> StoredUpload:
        """Create an upload with this photo. Raises UnknownFileType if it is not a picture."""
        media_type = self._media_type(photo)
        upload_id = self._create_item(owner)
        self._bucket.put(photo_name(upload_id), photo, media_type)
        return StoredUpload(upload_id, self._url(owner, photo_name(upload_id)))

    def read(self, owner: str, upload_id: str) -> bytes:
        """Return the photo. The first file read counts: a later one raises UploadChanged.

        Raises UploadNotFound and, after its deletion, UploadGone.
        """
        item = self._find(owner, upload_id)
        if self._has_ended(item):
            raise _gone()
        try:
            stored = self._bucket.get(photo_name(upload_id), str(item.get("etag", "")))
        except FileMissing:
            raise UploadNotFound("nothing has been uploaded yet under this upload_id") from None
        except FileChanged:
            raise _changed() from None
        if "etag" not in item:
            self._pin(upload_id, stored)
        return stored.data

    def use_first(self, upload_id: str) -> bool:
        """Mark a visitor's upload as used; return whether this is its first use, which was counted
        with the upload. False for an account's upload, and if there is no such upload."""
        if not ID.fullmatch(upload_id):
            return False
        unused = Condition("owner", "=", ""), Condition("is_used", "absent")
        try:
            self._table.write(Write(_key(upload_id), set={"is_used": True}, when=unused))
        except ConditionFailed:
            return False
        return True

    def store_result(self, owner: str, upload_id: str, data: bytes, media_type: str) -> str:
        """Store a result and return a URL for it. Its name is a keyed hash, so nobody can guess it.

        Raises UploadGone if the upload was deleted meanwhile.
        """
        digest = hmac.new(self._secret, owner.encode() + b"\n" + data, sha256).hexdigest()
        name = result_name(upload_id, f"{digest}.{media_type.rpartition('/')[2]}")
        self._bucket.put(name, data, media_type)
        if upload_id and self._has_ended(self._find(owner, upload_id)):
            self._bucket.delete([name])  # the upload was deleted meanwhile
            raise _gone()
        return self._url(owner, name)

    def delete(self, owner: str, upload_id: str) -> None:
        """Delete the photo and its results immediately. Raises UploadNotFound."""
        self._find(owner, upload_id)
        # First, so that no request reads the photo from now on.
        self._table.write(Write(_key(upload_id), set={"ends_at": 0}))
        self._bucket.delete(file.name for file in self._bucket.files(_folder(upload_id)))

    def _url(self, owner: str, name: str) -> str:
        return self._bucket.presigned_url(name, LINK_S if owner else VISITOR_LINK_S)

    def _create_item(self, owner: str) -> str:
        upload_id, now = self._new_id(), int(self._clock())
        times = {"ends_at": now + UPLOAD_S, "expires_at": now + UPLOAD_ID_S}
        self._table.write(Write(_key(upload_id), set={"owner": owner, **times}))
        return upload_id

    def _find(self, owner: str, upload_id: str) -> Item:
        item = self._table.get(_key(upload_id)) if ID.fullmatch(upload_id) else None
        if not item or item["owner"] not in ("", owner) or _is_past(item, self._clock()):
            raise UploadNotFound("there is no such upload_id")
        return item

    def _has_ended(self, item: Item) -> bool:
        return int(item["ends_at"]) <= self._clock()

    def _pin(self, upload_id: str, stored: StoredFile) -> None:
        """Accept only this file from now on. Raises UploadChanged if another one is pinned."""
        pin = Write(_key(upload_id), set={"etag": stored.etag}, when=(Condition("etag", "absent"),))
        try:
            self._table.write(pin)
        except ConditionFailed:
            item = self._table.get(_key(upload_id))
            if not item or item["etag"] != stored.etag:
                raise _changed() from None


def photo_name(upload_id: str) -> str:
    return f"{_folder(upload_id)}photo"


def result_name(upload_id: str, name: str) -> str:
    """Return the name of a result; an upload's results are deleted with it."""
    return f"{_folder(upload_id)}results/{name}" if upload_id else f"results/{name}"


def _folder(upload_id: str) -> str:
    return f"uploads/{upload_id}/"


def _key(upload_id: str) -> Key:
    return Key(f"upload#{upload_id}", "upload")


def _is_past(item: Item, now: float) -> bool:
    return int(item["expires_at"]) <= now


def _gone() -> UploadGone:
    return UploadGone("this upload has been deleted; upload the picture again")


def _changed() -> UploadChanged:
    return UploadChanged("another file was uploaded since this one was used; make a new upload")
