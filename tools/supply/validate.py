"""Check a bill of materials against CycloneDX's own schema.

`.supply/bin/python tools/supply/validate.py FILE`
"""

import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(Path(sys.argv[1]).read_text())
sys.exit(f"{sys.argv[1]}: {error}" if error else 0)
