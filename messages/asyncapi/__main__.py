"""Print the AsyncAPI document; docs/asyncapi.yaml is this output, committed."""

import sys

from messages.asyncapi.document import render

if __name__ == "__main__":
    sys.stdout.buffer.write(render().encode())
