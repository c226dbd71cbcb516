"""What a check looks like in the source of the verifier, and how to take it away.

===================  =========================================  ====================================================
shape                as it is written                            without it
===================  =========================================  ====================================================
branch               ``if …:`` with a refusal in its body        the branch is never taken
reason               one operand of ``or`` in such an ``if``     it does not count
call                 ``_check_…(…)``, ``….finish()`` by itself   it is left out
tag                  ``….take(TAG)``, ``….expect(TAG)``          any tag will do
doubt                ``"" if … else "a reason"``                 no reason
one of two doubts    an operand of ``or`` between doubts         it is not asked
extension            ``.require_present(…)`` in a chain          it is not in the policy
filter               ``… for … if CONDITION``                    everything, or nothing, passes
answer               ``return …`` in a function ``-> bool``      always true, or always false
part of an answer    an operand of ``and``, ``or`` in it         it does not count
===================  =========================================  ====================================================

A refusal is ``raise``, ``yield`` or ``append`` of a problem, ``….fail(…)``, ``return False``, a doubt that is returned
or kept in a variable.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

EQUIVALENT: dict[str, str] = {
    "info.take(_CONTENT)": ("the next call asks for the same tag"),
    "tbs.take(der.SEQUENCE)": ("cryptography reads the whole certificate before its verdict counts"),
    "fields_from_key(certificate, what=what).take(der.SEQUENCE)": ("as above"),
    "fields.take(tag)": ("as above"),
    "fields.take(der.SEQUENCE)": ("as above"),
    "fields.take(der.SET)": ("of the signers: the next call asks for the same tag"),
    "name.take(der.SEQUENCE)": ("a name with another tag is another name, and no certificate has it"),
    "len(data) > limits.DER_BYTES": (
        "saves time on what is refused anyway: blocks and signature files are bounded before"
    ),
    "not 1 <= count == len(digits) <= _LENGTH_BYTES_MAX [of: not 1 <= count == len(digits) <= _LENGTH_BYTES_MAX or size < _LONG_LENGTH or digits[0] == 0]": (  # noqa: E501 - as it is written
        "open, cut and huge lengths break one of the other two reasons, or end behind the data"
    ),
    "tag & 192 == 128": ("the name of a tag in a message"),
    "not 0 < len(body) <= _INTEGER_BYTES_MAX": ("no version and no certificate has such a number; saves time"),
    "self.expect(BOOLEAN)": ("only asked of elements that were taken with this tag"),
    "self.expect(GENERALIZED_TIME)": ("only asked of elements that were taken with this tag"),
    "not _UTC_TIME.match(self.body)": (
        "nothing that is verified holds a UTCTime; certificates are read by cryptography"
    ),
    "archive.read_at(offset - zip_format.END_BYTES, 4) != zip_format.END_MAGIC": (
        "the reader of the archive finds the end record by the same place"
    ),
    "not isinstance(items, list) [of: not isinstance(items, list) or len(items) > limits.TIMESTAMPS]": (
        "what an object or a text has for items is refused one by one"
    ),
    "signed.content is not None [of: signed.content is not None or signed.content_type != cms.DATA]": (
        "step 1 has refused it (C32); kept for callers that have a block from elsewhere"
    ),
    "for one if one != leaf.der [True]": ("the signer's certificate once more among those above it leads nowhere else"),
    "not chunk": ("only a file that shrinks while it is read shows it"),
    "len(der) > limits.DER_BYTES": ("saves time and memory (test_certificate)"),
    "len(blocks) > limits.CERTIFICATES": ("the policy counts its certificates as well, once they are read"),
    "len(ders) > limits.CERTIFICATES": ("more than a chain can use are refused as not used; saves time"),
    "data.lstrip()[:1] not in {b'', b'{', b'[', b'\\xef'}": ("the text is refused all the same; chooses the message"),
    "for item if item.certificate is not None [False]": ("the nearest publisher, in a message"),
    "not roots": ("a policy without roots cannot be read; a guard against our own code"),
    "_check_key(presented.leaf, step)": ("step 2 has refused such a key, and of a timestamp its signature"),
    "keys.parse_der(leaf.spki, path=leaf.name)": ("as above"),
    "sink.finish()": ("concerns what is written, not the verdict (tests/unit/tree/test_sink.py)"),
    "len(problems) > PROBLEMS_SHOWN": ("shortens a list of problems"),
    "file.size != entry.size": ("the digest says no as well, after reading; test_content looks at the reading"),
    "read_source(source, path, max_bytes=limits.SIGNATURE_FILE_BYTES, step=STEP) != checked[path]": (
        "only a source that changes between the steps shows it (test_content)"
    ),
    "not isinstance(key, rsa.RSAPublicKey)": ("no other key has the prefix that was looked for before"),
    "key.public_bytes(serialization.Encoding.DER, form) != der": (
        "cryptography 50 reads DER strictly; kept for others"
    ),
    "not isinstance(value, str) [of: not isinstance(value, str) or value not in tuple(kind)]": (
        "what is no text is none of the words either"
    ),
    "for item if item is not None [True]": ("the problem has been noted; the policy is not used"),
    "len(data) > limits.CRL_BYTES": ("saves time and memory (test_revocation)"),
    "for item if isinstance(item.value, x509.CRLNumber) [False]": (
        "numbers are compared with what a device has seen before (test_revocation)"
    ),
    "for item if item.number is not None [True]": ("as above"),
    "for item if item.number is not None [False]": ("as above"),
    "(item.number if item.number is not None else -1) < seen": ("as above"),
    "not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey)": (
        "no chain leads over another kind of key"
    ),
    "digest is not None and (not isinstance(digest, _DIGESTS))": (
        "cryptography 50 does not check such signatures; kept for versions that do"
    ),
    "doubt": ("keeps why a list does not count, for the message"),
    "for item if item.file.certificate is None [True]": ("who is named as unknown in the report"),
    "for error if not steps or error.step in steps [True]": ("what level audit reports (test_steps)"),
    "for error if not steps or error.step in steps [False]": ("as above"),
    "for der if der != checked.certificate [True]": (
        "the authority's certificate once more among those above it leads nowhere else"
    ),
    "certified.check_clock(case)": "what a device has seen before (tests/unit/install, tests/unit/device)",
    "seal is not SEAL": ("a guard against our own code (test_verified)"),
    "_check_seal(seal)": ("as above"),
    "take_inventory is None": ("a guard against our own code (test_verifier)"),
    "for link if link.old == old [True]": ("what a device has seen before (tests/unit/verify)"),
    "for link if link.old == old [False]": ("as above"),
    "return (one.new, one.keeps_signing) != (other.new, other.keeps_signing) [True]": (
        "two files about one successor have one name, so the second one can only be what a device has seen"
    ),
}
"""Text of a mutation to the reason why it changes no verdict on a file that lies still."""

_TEXTS = {"_key", "_when", "name_text"}
"""Functions that make a text for people."""
_ELSEWHERE = ("describe_", "render_", "survey_", "parse_request")
"""How the names of functions begin that no verdict asks: they write, or look at what is not verified."""
_EXTENSIONS = {"require_present", "may_be_present"}
_REFUSING_METHODS = {"problem", "append", "fail"}
_CHECKING_PREFIXES = ("check_", "_check", "_refuse", "_expect", "parse_", "finish", "constant", "off", "unique")
_TAG_METHODS = {"take", "expect"}


@dataclass(frozen=True)
class Mutation:
    """A check to remove: as it stands in the source, and how to remove it from the tree it was found in."""

    text: str
    apply: Callable[[], None]


def mutations_of(tree: ast.AST) -> Iterator[Mutation]:
    """Yield every check of a module, in the order of the source."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and _decides(function.name):
            returns = "" if function.returns is None else ast.unparse(function.returns)
            for node in _own_nodes(function):
                yield from _mutations_at(node, returns)


def _decides(name: str) -> bool:
    return name not in _TEXTS and not name.startswith(_ELSEWHERE)


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Return the nodes of a function without those of functions inside it, which come by themselves."""
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef):
            continue
        yield node
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _mutations_at(node: ast.AST, returns: str) -> Iterator[Mutation]:
    if isinstance(node, ast.If) and any(_refuses(child, returns) for child in node.body):
        yield from _branch(node)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _is_check(node.value):
        yield Mutation(ast.unparse(node), partial(_set, node, "value", ast.Constant(value=None)))
    elif isinstance(node, ast.Return) and returns == "bool" and node.value is not None:
        yield from _answer(node)
    elif isinstance(node, ast.Return) and returns == "str" and isinstance(node.value, ast.IfExp):
        yield from _doubt(node.value)
    elif isinstance(node, ast.comprehension):
        yield from _filters(node)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BoolOp) and _assigns_doubt(node):
        yield from _operands(node.value, ast.Constant(value=""))
    if isinstance(node, ast.Call):
        yield from _call(node)


def _branch(node: ast.If) -> Iterator[Mutation]:
    yield Mutation(ast.unparse(node.test), partial(_set, node, "test", ast.Constant(value=False)))
    if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or):
        yield from _operands(node.test, ast.Constant(value=False))


def _operands(whole: ast.BoolOp, neutral: ast.Constant) -> Iterator[Mutation]:
    text = ast.unparse(whole)
    for place, part in enumerate(whole.values):
        yield Mutation(f"{ast.unparse(part)} [of: {text}]", partial(_set_item, whole.values, place, neutral))


def _answer(node: ast.Return) -> Iterator[Mutation]:
    assert node.value is not None
    if isinstance(node.value, ast.Constant):
        return
    for value in (True, False):
        yield Mutation(f"{ast.unparse(node)} [{value}]", partial(_set, node, "value", ast.Constant(value=value)))
    if isinstance(node.value, ast.BoolOp):
        yield from _operands(node.value, ast.Constant(value=isinstance(node.value.op, ast.And)))


def _doubt(node: ast.IfExp) -> Iterator[Mutation]:
    if any(isinstance(branch, ast.Constant) and branch.value == "" for branch in (node.body, node.orelse)):
        empty = ast.Constant(value="")
        yield Mutation(ast.unparse(node), partial(_both, node, empty))


def _both(node: ast.IfExp, value: ast.Constant) -> None:
    node.body = node.orelse = value


def _filters(node: ast.comprehension) -> Iterator[Mutation]:
    for place, condition in enumerate(node.ifs):
        text = f"for {ast.unparse(node.target)} if {ast.unparse(condition)}"
        for value in (True, False):
            yield Mutation(f"{text} [{value}]", partial(_set_item, node.ifs, place, ast.Constant(value=value)))


def _call(node: ast.Call) -> Iterator[Mutation]:
    function = node.func
    if not isinstance(function, ast.Attribute):
        return
    if function.attr in _EXTENSIONS:
        inner = function.value
        yield Mutation(f".{function.attr}({ast.unparse(node.args[0])}, …)", partial(_become, node, inner))
    elif function.attr in _TAG_METHODS and node.args:
        if function.attr == "take":
            yield Mutation(ast.unparse(node), node.args.clear)
        else:
            yield Mutation(ast.unparse(node), partial(_become, node, function.value))


def _become(node: ast.Call, inner: ast.expr) -> None:
    """Make a call the identity of what it was called on."""
    node.func = ast.Lambda(
        args=ast.arguments(posonlyargs=[], args=[ast.arg(arg="same")], kwonlyargs=[], kw_defaults=[], defaults=[]),
        body=ast.Name(id="same", ctx=ast.Load()),
    )
    node.args, node.keywords = [inner], []


def _set(node: ast.AST, name: str, value: ast.AST) -> None:
    setattr(node, name, value)


def _set_item(items: list[ast.expr], place: int, value: ast.expr) -> None:
    items[place] = value


def _refuses(statement: ast.stmt, returns: str) -> bool:
    """Whether a statement in a branch says no."""
    if isinstance(statement, ast.Raise):
        return True
    if isinstance(statement, ast.Return):
        return _says_no(statement.value, returns)
    if isinstance(statement, ast.Assign):
        return _assigns_doubt(statement) and not isinstance(statement.value, ast.BoolOp)
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Yield) or (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and value.func.attr in _REFUSING_METHODS
        )
    return False


def _says_no(value: ast.expr | None, returns: str) -> bool:
    if returns == "bool":
        return isinstance(value, ast.Constant)
    if returns == "str":
        return isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and bool(value.value))
    return False


def _assigns_doubt(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "doubt" for target in node.targets)


def _is_check(call: ast.Call) -> bool:
    function = call.func
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
    return name.startswith(_CHECKING_PREFIXES)
