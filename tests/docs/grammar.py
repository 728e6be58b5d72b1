#!/usr/bin/env python3
"""Gives sentences of the grammar in docs/architecture.md to the library: grammar.py SOURCE LIBRARY.

Each alternative of a layer is derived many times at random. The library may refuse a sentence for
its meaning, as a window that is too large, but not for its form."""
import ctypes
import pathlib
import random
import re
import sys

ROUNDS = 150
# What the grammar says in words.
WORDS = {"number": ["1", "2", "3"], "side": ["0", "1", "2"], "name": ["conv2d_1"],
         "signed": ["0", "-1", "0.25", "-2.5"], "decimal": ["2", "0.1", "0.5"],
         "rate": ["0", "0.25", "0.9"]}
REFUSED_FORM = re.compile(r"(?!.*with as many of each).*(does not belong|expected|no such layer|must be a number|a layer is missing)")


class Options(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("struct_size", "height", "width", "channels",
                                                     "classes")] + \
        [("initializer", ctypes.c_int32), ("seed", ctypes.c_uint64), ("mean", ctypes.c_float),
         ("std", ctypes.c_float), ("architecture", ctypes.c_char_p)] + \
        [(name, ctypes.c_void_p) for name in ("class_names", "allocator", "error")]


def rules(text):
    found = {}
    for line in text.splitlines():
        name, is_rule, right = line.partition(" = ")
        if is_rule and re.fullmatch(r"[a-z0-9]+ *", name):
            found[name.strip()] = right
            last = name.strip()
        else:
            found[last] += " " + line.strip()
    return found


class Sentences:
    """A recursive descent over the right side of a rule that derives while it reads."""

    def __init__(self, grammar):
        self.grammar = grammar

    def derive(self, name):
        if name in WORDS:
            return random.choice(WORDS[name])
        return self.alternative(random.choice(self.alternatives(self.grammar[name])))

    @staticmethod
    def alternatives(right):
        parts, depth = [[]], 0
        for token in re.findall(r'"[^"]*"|[a-z0-9]+|[\[\]{}()|]', right):
            depth += (token in "[{(") - (token in "]})")
            if token == "|" and depth == 0:
                parts.append([])
            else:
                parts[-1].append(token)
        return [" ".join(part) for part in parts]

    def alternative(self, text):
        words, tokens = [], re.findall(r'"[^"]*"|[a-z0-9]+|[\[\]{}()|]', text)
        while tokens:
            token = tokens.pop(0)
            if token in "[{(":
                inner, depth = [], 1
                while depth:
                    inner.append(tokens.pop(0))
                    depth += (inner[-1] in "[{(") - (inner[-1] in "]})")
                chosen = self.alternatives(" ".join(inner[:-1]))
                if token == "{":  # each once
                    chosen = [a for c in chosen
                              for a in (self.alternatives(self.grammar[c]) if c == "option" else [c])]
                    words += [self.alternative(a) for a in
                              random.sample(chosen, random.randint(0, len(chosen)))]
                elif token == "(" or random.random() < 0.5:
                    words.append(self.alternative(random.choice(chosen)))
            elif token.startswith('"'):
                words.append(token[1:-1])
            else:
                words.append(self.derive(token))
        return " ".join(word for word in words if word)


def main():
    source, library = pathlib.Path(sys.argv[1]), ctypes.CDLL(sys.argv[2])
    library.mnistcnn_last_error.restype = ctypes.c_char_p
    library.mnistcnn_model_free.argtypes = [ctypes.c_void_p]
    text = (source / "docs" / "architecture.md").read_text(encoding="utf-8")
    grammar = rules(text.split("## Grammar")[1].split("```")[1].strip())
    sentences = Sentences(grammar)
    random.seed(1)
    wrong = accepted = 0
    for alternative in sentences.alternatives(grammar["layer"]):
        for _ in range(ROUNDS):
            layer = sentences.alternative(alternative)
            layer = re.sub(r"(\d) x (\d)", r"\1x\2", layer)
            flat = re.match("dense|softmax", layer)
            network = "conv 2 3 same, " + ("flatten, " if flat else "") + layer
            options, model = Options(), ctypes.c_void_p()
            library.mnistcnn_model_options_init(ctypes.byref(options), ctypes.sizeof(options))
            options.height = options.width = 9
            options.architecture = network.encode()
            status = library.mnistcnn_model_create(ctypes.byref(options), ctypes.byref(model))
            message = library.mnistcnn_last_error().decode() if status else ""
            library.mnistcnn_model_free(model)
            reason = message.split('": ', 1)[-1]
            accepted += not status or "must end in" in reason or "the network ends in" in reason
            if REFUSED_FORM.search(reason):
                print(f"{network}: {message}")
                wrong += 1
    print(f"{accepted} of the sentences are networks or parts of one, {wrong} are no sentences")
    return 1 if wrong or not accepted else 0


if __name__ == "__main__":
    sys.exit(main())
