"""The errors that Cutout raises on purpose. str(error) is a sentence for the user.

* CutoutError
  x MissingSource           the request has no picture
  x MultipleSources         the request has more than one picture
  x UnreadablePicture       a picture of a known kind, but damaged
    - UnknownFileType       not a picture of a kind that we read
    - Animation             more than one frame or page
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
  x MemoryExceeded          the picture needs more memory than allowed
  x WorkerDied              the picture crashed its worker process, which is logged
  x Abandoned               the client has gone before the response was ready
  x MalformedRequest        a body or headers that HTTP does not allow
  x RequestTimeout          a head or body came too slowly
  x AuthFailed              the request has no right to the route
    - ApiKeyMissing         no API key came with the request
  x InsufficientCredits     the account has not enough credits
  x TooManyRequests         the client has to wait
    - RateLimited           more than the API key's rate limit
    - QueueFull             as many pictures wait as one server accepts
    - AllowanceUsedUp       more than the allowance without an API key
    - FreeCallsUsedUp       more than the free calls of a test key
    - TooManyJobs           more jobs of an account than may be unfinished at a time
    - TooManyWebhooks       more webhooks of an account's uncharged jobs than a day allows
  x IdempotencyKeyReused    the key of one request was sent with another
  x UploadNotFound          no such upload, or nothing in it yet
  x UploadGone              deleted, by its owner or by its age
  x UploadChanged           the file has been replaced
  x JobNotFound             no such job, or not any more
  x Unavailable             a service that Cutout uses does not respond
    - OutOfSpace            neither memory nor disk is left for a body
  x InternalError           a bug, which is logged with its traceback
  x RemoteError             an error of another Cutout service, with its code
    - RemoteClosed          one that every photo would meet
  x ExtraMissing            an optional package is not installed
  x InvalidSetting          an environment variable's value is not valid
  x InvalidPairs            photos and masks that no network can be tuned on
  x NotBetter               a tuned network is no better than the one before
  x ModelsMissing           the networks are not built
    - UnusableModel         a model file that is no network, or has no card that fits it

Codes and titles are remove.bg's where it has one, for clients compare them. Anything else that
escapes is a bug.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class CutoutError(Exception):
    code: str
    title: str


class MissingSource(CutoutError):
    code, title = "missing_source", "No image given"


class MultipleSources(CutoutError):
    code, title = "multiple_sources", "Multiple image sources given"


class UnreadablePicture(CutoutError):
    code, title = "failed_to_read_image", "There was an error reading the image."


class UnknownFileType(UnreadablePicture):
    code, title = "invalid_file_type", "Invalid file type"


class Animation(UnreadablePicture):
    code, title = "invalid_file_type", "The file has more than one picture"


class FileTooLarge(CutoutError):
    code, title = "file_too_large", "File too large"


class ResolutionTooHigh(CutoutError):
    code, title = "resolution_too_high", "Image resolution too high"


class UnknownForeground(CutoutError):
    code, title = "unknown_foreground", "Could not identify foreground in image."


class InvalidImageUrl(CutoutError):
    code, title = "invalid_image_url", "Invalid image_url: Please provide a valid URL."


class ImageDownloadFailed(CutoutError):
    code = "failed_image_download"
    title = "Failed to download image from given image_url"

    def __init__(self, sentence: str, status: int = 0) -> None:
        """status is the HTTP status of the host, with which remove.bg's title ends; 0 is none."""
        super().__init__(sentence)
        self.status = status
        if status:
            self.title = f"{self.title}: HTTP Status {status}"


class InvalidBackgroundUrl(InvalidImageUrl):
    code = "invalid_bg_image_url"
    title = "Invalid bg_image_url: Please provide a valid URL."


class BackgroundDownloadFailed(ImageDownloadFailed):
    code = "failed_bg_download"
    title = "Failed to download background image from given image_url"


class InvalidParameter(CutoutError):
    code, title = "invalid_parameter", "A parameter is not valid"


class UnknownModel(InvalidParameter):
    code, title = "invalid_model", "Unknown model"


class InvalidFormat(InvalidParameter):
    code, title = "invalid_format", "Invalid format parameter given"


class InvalidSize(InvalidParameter):
    code, title = "invalid_size", "Invalid value for parameter 'size'"


class InvalidChannels(InvalidParameter):
    code, title = "invalid_channels", "Invalid value for parameter 'channels'"


class InvalidSemitransparency(InvalidParameter):
    code = "invalid_semitransparency"
    title = "Invalid semitransparency parameter given"


class InvalidColour(InvalidParameter):
    code, title = "invalid_bg_color", "Invalid bg_color parameter given"


class InvalidRegion(InvalidParameter):
    code, title = "invalid_roi", "Invalid roi parameter given"


class RegionOutside(InvalidRegion):
    code, title = "roi_exceeds_bounds", "ROI exceeds image bounds"


class RegionEmpty(InvalidRegion):
    code, title = "roi_region_empty", "ROI region is empty"


class InvalidPoints(InvalidParameter):
    code, title = "invalid_points", "Not points of the picture"


class InvalidSubject(InvalidParameter):
    code, title = "invalid_subject", "No such subject"


class InvalidDimensions(InvalidParameter):
    code, title = "invalid_dimensions", "A picture of the wrong size"


class InvalidMargin(InvalidParameter):
    code, title = "invalid_crop_margin", "Invalid crop_margin parameter given"


class InvalidScale(InvalidParameter):
    code, title = "invalid_scale", "Invalid scale parameter given"


class InvalidPosition(InvalidParameter):
    code, title = "invalid_position", "Invalid position parameter given"


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
    code, title = "multiple_bg_sources", "Multiple background sources given"


class UnsupportedOption(CutoutError):
    code, title = "unsupported_option", "This option is not offered"


class ResultTooLarge(CutoutError):
    code, title = "result_too_large", "The result is too large for this answer"


class DeadlineExceeded(CutoutError):
    code, title = "timeout", "The picture took too long"


class MemoryExceeded(CutoutError):
    code, title = "memory_limit_exceeded", "The picture needs too much memory"


class WorkerDied(CutoutError):
    code, title = "worker_died", "The picture cannot be processed"


class Abandoned(CutoutError):
    code, title = "abandoned", "The client has gone"


class MalformedRequest(CutoutError):
    code, title = "malformed_request", "The request is malformed"


class RequestTimeout(CutoutError):
    code, title = "request_timeout", "The request came too slowly"


class AuthFailed(CutoutError):
    code, title = "auth_failed", "API Key invalid"


class ApiKeyMissing(AuthFailed):
    title = "Missing API Key"


class InsufficientCredits(CutoutError):
    code, title = "insufficient_credits", "Insufficient credits"


class TooManyRequests(CutoutError):
    code, title = "rate_limit_exceeded", "Rate limit exceeded"

    def __init__(self, sentence: str, retry_after_s: int) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class AllowanceUsedUp(TooManyRequests):
    code, title = "allowance_used_up", "Too many requests without an API key"


class FreeCallsUsedUp(TooManyRequests):
    code, title = "free_calls_used_up", "Too many calls with this test key today"


class TooManyJobs(TooManyRequests):
    code, title = "too_many_jobs", "Too many jobs at once"


class TooManyWebhooks(TooManyRequests):
    code, title = "too_many_webhooks", "Too many webhooks today"


class QueueFull(TooManyRequests):
    pass


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
    retry_after_s = 5


class OutOfSpace(Unavailable):
    code, title = "out_of_space", "No space for the request"
    retry_after_s = 15  # within which a stalled body gives its memory back


class InternalError(CutoutError):
    code, title = "internal_error", "Internal error"

    def __init__(self, sentence: str = "this is our mistake and is logged") -> None:
        """The sentence is for clients, so that it must not describe the bug."""
        super().__init__(sentence)


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


class InvalidPairs(CutoutError):
    code, title = "invalid_pairs", "The photos and masks cannot be used"


class NotBetter(CutoutError):
    code, title = "not_better", "The tuned model is not better"


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
        raise BackgroundDownloadFailed(str(error), error.status) from error
