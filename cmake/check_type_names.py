#!/usr/bin/env python3
"""check_type_names.py ROOT: each type that the command is built of has one definition.

Two types of one name, each in a header of its own, compile as long as no file includes both, and
then break the one-definition rule without a word from the linker. Looked at are the types that stand
in a named namespace, in all headers of protocol/ and stress/ and in the product's .cpp files. What
stands in an anonymous namespace, in another type or in a function belongs to its file alone.
"""
import collections
import pathlib
import re
import sys

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'                          # comments
    r'|R"(?P<end>[^ ()\\\t\n]*)\(.*?\)(?P=end)"'   # raw strings
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+'"
    r'|^[ \t]*\#(?:\\\n|[^\n])*'                   # preprocessor lines
    r'|[A-Za-z_]\w*|::|[{}();<>=:]|\d[\w\']*', re.S | re.M)


def tokens_of(text):
    """Words and punctuation that matter, each with its line."""
    for match in TOKEN.finditer(text):
        token = match.group()
        if re.match(r'[A-Za-z_{}();<>=:]', token) and not re.match(r'R"', token):
            yield token, text.count('\n', 0, match.start()) + 1


def opened_by(statement):
    """What a brace after these tokens opens: ('namespace', names), ('type', name) or None."""
    words = [token for token, _ in statement]
    if 'namespace' in words:
        names = [w for w in words[words.index('namespace') + 1:] if w != '::' and w != 'inline']
        return 'namespace', names or [None]
    depth = 0
    for at, word in enumerate(words):
        depth += {'<': 1, '(': 1, '>': -1, ')': -1}.get(word, 0)
        if depth != 0 or word not in ('struct', 'class', 'union', 'enum'):
            continue
        rest = words[at + 1:]
        if rest[:1] in (['class'], ['struct']):
            rest = rest[1:]
        while rest[:1] == ['alignas'] and ')' in rest:
            rest = rest[rest.index(')') + 1:]
        # `struct x y = {` and `struct x f() {` define no type; `struct a<b> {` is no new name.
        if rest and re.match(r'[A-Za-z_]', rest[0]) and (
                len(rest) == 1 or rest[1] == ':' or rest[1] == 'final'):
            return 'type', rest[0]
        return None
    return None


def types_of(text):
    """Yields (qualified name, line) of each type that a named namespace holds directly."""
    scopes, statement = [], []  # a scope: list of namespace names, or None for anything else
    for token, line in tokens_of(text):
        if token == '{':
            opened = opened_by(statement)
            if opened and opened[0] == 'namespace':
                scopes.append(opened[1])
            else:
                named = all(scope is not None and None not in scope for scope in scopes)
                if opened and named:
                    yield '::'.join(sum(scopes, []) + [opened[1]]), line
                scopes.append(None)
            statement = []
        elif token == '}':
            if scopes:
                scopes.pop()
            statement = []
        elif token == ';':
            statement = []
        else:
            statement.append((token, line))


def main():
    root = pathlib.Path(sys.argv[1])
    files = [path for room in ('protocol', 'stress') for path in sorted((root / room).rglob('*'))
             if path.suffix == '.h' or (path.suffix == '.cpp' and not path.stem.endswith('_test'))]
    files = [path for path in files
             if 'programs' not in path.parts and (path.suffix == '.h' or 'testing' not in path.parts)]
    found = collections.defaultdict(list)
    for path in files:
        for name, line in types_of(path.read_text()):
            found[name].append(f'{path.relative_to(root)}:{line}')
    if len(found) < 100 or 'minusone::Workload' not in found:
        sys.exit(f'only {len(found)} types found below {root}: is it the project\'s root?')
    twice = {name: places for name, places in found.items() if len(places) > 1}
    for name, places in sorted(twice.items()):
        print(f'{name} is defined {len(places)} times: {", ".join(places)}', file=sys.stderr)
    if twice:
        sys.exit('one name, one type: rename all but one of each')
    print(f'{len(found)} types in {len(files)} files, each has one definition')


if __name__ == '__main__':
    main()
