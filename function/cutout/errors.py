"""The errors that Cutout raises on purpose. str(error) is a sentence for the user.

* CutoutError
  x MissingSource           the request has no picture
  x MultipleSources         the request has more than one picture
  x UnreadablePicture       a picture of a known kind, but damaged
    - UnknownFileType       not a picture of a kind that we read
    - Animation             more than one frame
  x FileTooLarge            too many bytes
  x ResolutionTooHigh       too many pixels
  x UnknownForeground       nothing in the picture stands out as its subject
  x InvalidImageUrl         not an address that we fetch from
    - InvalidBackgroundUrl
  x ImageDownloadFailed     the address gave no picture
    - BackgroundDownloadFailed
  x InvalidParameter        a parameter's value is not one of those allowed
    - UnknownModel
    - InvalidFormat
    - InvalidSize           no such class of sizes
    - InvalidChannels
    - InvalidSemitransparency
    - InvalidColour
    - InvalidRegion         of a region of interest
      + RegionOutside       beyond the photo
      + RegionEmpty         without a pixel
    - InvalidPoints
    - InvalidSubject        no such choice, or fewer subjects than that
    - InvalidDimensions     a picture that has to be of another size
    - InvalidMargin
    - InvalidScale
    - InvalidPosition
    - InvalidFrame          not one that the result can show
    - InvalidCanvas
    - InvalidShadow
    - InvalidBlur
    - UnknownPreset
    - InvalidWebhookUrl     not an address that webhooks go to
    - MultipleBackgrounds   more than one of colour, picture and blur
  x UnsupportedOption       an option of another service, not offered here
  x ResultTooLarge          more bytes than a response can have
  x DeadlineExceeded        the result would take longer than allowed
  x Abandoned               the client has gone before the response was ready
  x MalformedRequest        a body or headers that HTTP does not allow
  x AuthFailed              the request has no right to the route
  x InsufficientCredits     the account has not enough credits
  x TooManyRequests         the client has to wait
    - RateLimited           more than the API key's rate limit
    - AllowanceUsedUp       more than the allowance without an API key
  x IdempotencyKeyReused    the key of one request was sent with another
  x UploadNotFound          no such upload, or nothing in it yet
  x UploadGone              deleted, by its owner or by its age
  x UploadChanged           the file has been replaced
  x JobNotFound             no such job, or not any more
  x Unavailable             a service that Cutout uses does not respond
    - OutOfSpace            neither memory nor disk is left for a body
  x RemoteError             an error of another Cutout service, with its code
    - RemoteClosed          one that every photo would meet
  x ExtraMissing            an optional package is not installed
  x InvalidSetting          an environment variable's value is not valid
  x ModelsMissing           the networks are not built
    - UnusableModel         a model file that is no network, or has no card that fits it

Codes are remove.bg's where it has one. Anything else that escapes is a bug.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class CutoutError(Exception):
    code: str
    title: str


class MissingSource(CutoutError):
    code, title = "missing_source", "No picture given"


class MultipleSources(CutoutError):
    code, title = "multiple_sources", "More than one picture given"


class UnreadablePicture(CutoutError):
    code, title = "failed_to_read_image", "The picture cannot be read"


class UnknownFileType(UnreadablePicture):
    code, title = "invalid_file_type", "Not a picture of a known kind"


class Animation(UnreadablePicture):
    code, title = "invalid_file_type", "Animations are not supported"


class FileTooLarge(CutoutError):
    code, title = "file_too_large", "The file is too large"


class ResolutionTooHigh(CutoutError):
    code, title = "resolution_too_high", "The picture has too many pixels"


class UnknownForeground(CutoutError):
    code, title = "unknown_foreground", "No subject found"


class InvalidImageUrl(CutoutError):
    code, title = "invalid_image_url", "The URL is not allowed"


class ImageDownloadFailed(CutoutError):
    code, title = "failed_image_download", "The picture could not be downloaded"


class InvalidBackgroundUrl(InvalidImageUrl):
    code = "invalid_bg_image_url"


class BackgroundDownloadFailed(ImageDownloadFailed):
    code, title = "failed_bg_download", "The background could not be downloaded"


class InvalidParameter(CutoutError):
    code, title = "invalid_parameter", "A parameter is not valid"


class UnknownModel(InvalidParameter):
    code, title = "invalid_model", "Unknown model"


class InvalidFormat(InvalidParameter):
    code, title = "invalid_format", "Unknown format"


class InvalidSize(InvalidParameter):
    code, title = "invalid_size", "Unknown size"


class InvalidChannels(InvalidParameter):
    code, title = "invalid_channels", "Unknown channels"


class InvalidSemitransparency(InvalidParameter):
    code, title = "invalid_semitransparency", "Not a choice of semitransparency"


class InvalidColour(InvalidParameter):
    code, title = "invalid_bg_color", "Not a colour"


class InvalidRegion(InvalidParameter):
    code, title = "invalid_roi", "Not a region"


class RegionOutside(InvalidRegion):
    code, title = "roi_exceeds_bounds", "The region is not inside the picture"


class RegionEmpty(InvalidRegion):
    code, title = "roi_region_empty", "The region is empty"


class InvalidPoints(InvalidParameter):
    code, title = "invalid_points", "Not points of the picture"


class InvalidSubject(InvalidParameter):
    code, title = "invalid_subject", "No such subject"


class InvalidDimensions(InvalidParameter):
    code, title = "invalid_dimensions", "A picture of the wrong size"


class InvalidMargin(InvalidParameter):
    code, title = "invalid_crop_margin", "Not a margin"


class InvalidScale(InvalidParameter):
    code, title = "invalid_scale", "Not a scale"


class InvalidPosition(InvalidParameter):
    code, title = "invalid_position", "Not a position"


class InvalidFrame(InvalidParameter):
    code, title = "invalid_frame", "Not a frame"


class InvalidCanvas(InvalidParameter):
    code, title = "invalid_canvas", "Not a size"


class InvalidShadow(InvalidParameter):
    code, title = "invalid_shadow", "Not a shadow"


class InvalidBlur(InvalidParameter):
    code, title = "invalid_blur", "Not a blur"


class UnknownPreset(InvalidParameter):
    code, title = "invalid_preset", "Unknown preset"


class InvalidWebhookUrl(InvalidParameter):
    code, title = "invalid_webhook_url", "Not an address for webhooks"


class MultipleBackgrounds(InvalidParameter):
    code, title = "multiple_bg_sources", "More than one background given"


class UnsupportedOption(CutoutError):
    code, title = "unsupported_option", "This option is not offered"


class ResultTooLarge(CutoutError):
    code, title = "result_too_large", "The result is too large for this answer"


class DeadlineExceeded(CutoutError):
    code, title = "timeout", "The picture took too long"


class Abandoned(CutoutError):
    code, title = "abandoned", "The client has gone"


class MalformedRequest(CutoutError):
    code, title = "malformed_request", "The request is malformed"


class AuthFailed(CutoutError):
    code, title = "auth_failed", "An API key is needed"


class InsufficientCredits(CutoutError):
    code, title = "insufficient_credits", "Not enough credits"


class TooManyRequests(CutoutError):
    code, title = "rate_limit_exceeded", "Too many requests"

    def __init__(self, sentence: str, retry_after_s: int) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class AllowanceUsedUp(TooManyRequests):
    code, title = "allowance_used_up", "No more without a key today"


class RateLimited(TooManyRequests):
    def __init__(
        self, sentence: str, retry_after_s: int, limit: int, remaining: int, full_at: int
    ) -> None:
        """limit is megapixels a minute, remaining megapixels, full_at seconds since 1970."""
        super().__init__(sentence, retry_after_s)
        self.limit = limit
        self.remaining = remaining
        self.full_at = full_at


class IdempotencyKeyReused(CutoutError):
    code, title = "idempotency_key_reused", "The Idempotency-Key belongs to another request"


class UploadNotFound(CutoutError):
    code, title = "upload_not_found", "There is no such upload"


class UploadGone(CutoutError):
    code, title = "upload_gone", "The upload is deleted"


class UploadChanged(CutoutError):
    code, title = "upload_changed", "The upload has changed"


class JobNotFound(CutoutError):
    code, title = "job_not_found", "There is no such job"


class Unavailable(CutoutError):
    code, title = "unavailable", "The service is not available"


class OutOfSpace(Unavailable):
    code, title = "out_of_space", "No space for the request"


class RemoteError(CutoutError):
    code, title = "remote_error", "The service did not do it"

    def __init__(self, sentence: str, code: str = code) -> None:
        super().__init__(sentence)
        self.code = code


class RemoteClosed(RemoteError):
    pass


class ExtraMissing(CutoutError):
    code, title = "extra_missing", "An optional package is not installed"


class InvalidSetting(CutoutError):
    code, title = "invalid_setting", "A setting is not valid"


class ModelsMissing(CutoutError):
    code, title = "models_missing", "The networks are missing"


class UnusableModel(ModelsMissing):
    code, title = "unusable_model", "A model file cannot be used"


# These pass, or are ours to mend: the same picture may succeed later. Any other error is the
# picture's or the request's.
TRANSIENT = Unavailable, ModelsMissing, InvalidSetting


@contextmanager
def of_a_background() -> Iterator[None]:
    """Errors of a background's address have codes of their own."""
    try:
        yield
    except InvalidImageUrl as error:
        raise InvalidBackgroundUrl(str(error)) from error
    except ImageDownloadFailed as error:
        raise BackgroundDownloadFailed(str(error)) from error
