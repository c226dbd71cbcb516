"""The tools of this server.

Each has a description and a schema for the model, and ``run``, which gets the arguments and returns a text. What it
raises reaches the model as an error of the tool.
"""


def count_words(arguments):
    """Return how many lines, words and characters a text has."""
    text = arguments.get("text")
    if not isinstance(text, str):
        raise TypeError("text must be a text")
    lines = len(text.removesuffix("\n").split("\n")) if text else 0
    return f"{lines} lines, {len(text.split())} words, {len(text)} characters"


TOOLS = {
    "count_words": {
        "title": "Count words",
        "description": "Count the lines, words and characters of a text.",
        "inputSchema": {
            "type": "object",
            "properties": {"text": {"type": "string", "description": "the text to count"}},
            "required": ["text"],
            "additionalProperties": False,
        },
        "annotations": {
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": False,
        },
        "run": count_words,
    },
}
