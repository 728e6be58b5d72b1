"""The library in ctypes, with types and prototypes made from the header."""
import ctypes

PLAIN = {"void": None, "char": ctypes.c_char, "float": ctypes.c_float, "double": ctypes.c_double,
         "size_t": ctypes.c_size_t, "uint8_t": ctypes.c_uint8, "int32_t": ctypes.c_int32,
         "uint32_t": ctypes.c_uint32, "int64_t": ctypes.c_int64, "uint64_t": ctypes.c_uint64}


class Types:
    """types[TYPE] is the ctypes type; structs are found by their name."""

    def __init__(self, header):
        self.known = dict(PLAIN)
        for name, original in header.aliases.items():
            self.known[name] = self.known[original]
        for name in list(header.opaque) + list(header.structs):
            self.known[name] = type(name, (ctypes.Structure,), {})
        for function in header.callbacks.values():
            self.known[function.name] = self.prototype(function)
        for name, fields in header.structs.items():
            self.known[name]._fields_ = [(field.name, self.of_field(field)) for field in fields]

    def __getitem__(self, text):
        if text in self.known:
            return self.known[text]
        if text.endswith("*const"):
            return self[text[:-len("const")]]
        if text.endswith("*"):
            return self.pointer(text[:-1])
        return self[text.removeprefix("const ")]

    def pointer(self, target):
        if target in ("void", "const void"):
            return ctypes.c_void_p
        if target == "const char":
            return ctypes.c_char_p
        return ctypes.POINTER(self[target])

    def prototype(self, function):
        return ctypes.CFUNCTYPE(self[function.result], *(self[p.type] for p in function.parameters))

    def of_field(self, field):
        if field.function:
            return self.prototype(field.function)
        return self[field.type] * field.length if field.length else self[field.type]


def load(path, header):
    """(library, types), every function with its prototype."""
    library, types = ctypes.CDLL(path), Types(header)
    for function in header.functions.values():
        entry = getattr(library, function.name)
        entry.restype = types[function.result]
        entry.argtypes = [types[parameter.type] for parameter in function.parameters]
    return library, types
