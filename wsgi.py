"""What gunicorn serves: gunicorn wsgi:app. It starts no clock; the worker does the work."""

import os

from config import load
from matchmaker import create_app
from matchmaker.log import configure_logging

config = load(os.environ)
configure_logging(config)
app = create_app(config)
