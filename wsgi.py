"""What gunicorn serves: gunicorn wsgi:app. It starts no clock; the worker does the work."""

import os

from config import load
from matchmaker import create_app

app = create_app(load(os.environ))
