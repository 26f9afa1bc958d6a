"""Print the OpenAPI document; docs/openapi.json is this output, committed."""

import sys

from web.api.openapi.document import render

if __name__ == "__main__":
    sys.stdout.buffer.write(render())
