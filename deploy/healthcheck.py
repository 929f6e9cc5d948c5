"""Whether the web server of this container is ready; ends with 1 when it is not. Needs no curl."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

# the service answers for the hosts of its settings only
host = urlsplit(os.environ.get("BASE_URL", "http://127.0.0.1:8000")).netloc
request = urllib.request.Request("http://127.0.0.1:8000/health/ready", headers={"Host": host})
try:
    with urllib.request.urlopen(request, timeout=8) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except (urllib.error.URLError, OSError):
    sys.exit(1)
