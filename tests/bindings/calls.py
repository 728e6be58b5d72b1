#!/usr/bin/env python3
"""Makes the calls of cases.py from Python, through ctypes or through cffi.

    calls.py HEADER LIBRARY ctypes|cffi"""
import ctypes
import os
import shutil
import struct
import sys
import tempfile

import cases
import ctypes_library
import header

UNPACKED = {"uint8_t": "B", "int32_t": "i", "size_t": "N", "float": "f"}
NOTHING = 0x1000  # in a handle: the call has left it alone


# --- memory, the same for both: exact sizes, so that a sanitizer sees every step beyond -----------

LIBC = ctypes.CDLL(None)
LIBC.malloc.restype = ctypes.c_void_p
LIBC.malloc.argtypes = [ctypes.c_size_t]
LIBC.free.restype = None
LIBC.free.argtypes = [ctypes.c_void_p]


def new_memory(content):
    address = LIBC.malloc(len(content) or 1)
    ctypes.memmove(address, content, len(content))
    return address


def pointer_at(address):
    return struct.unpack("P", ctypes.string_at(address, struct.calcsize("P")))[0]


# --- the two ways to call -------------------------------------------------------------------------

class Ctypes:
    def __init__(self, path, interface, callbacks):
        self.header = interface
        self.library, self.types = ctypes_library.load(path, interface)
        self.kept = {name: self.types.prototype(function)(getattr(callbacks, name))
                     for name, function in callbacks.prototypes(interface).items()}
        self.callbacks = {name: ctypes.cast(callback, ctypes.c_void_p).value
                          for name, callback in self.kept.items()}

    def size(self, name):
        return ctypes.sizeof(self.types[name])

    def struct(self, name, fields):
        content = self.types[name]()
        for field, value in fields.items():
            *outer, last = field.split(".")
            inner = content
            for member in outer:
                inner = getattr(inner, member)
            setattr(inner, last, self.converted(value, dict(inner._fields_)[last]))
        return bytes(content)

    @staticmethod
    def converted(value, kind):
        """Everything that is not a number is a pointer, which cases.py has as an address."""
        if issubclass(kind, ctypes.Array):
            return kind(*value)
        is_number = issubclass(kind, ctypes._SimpleCData) and kind not in (ctypes.c_void_p, ctypes.c_char_p)
        return value if is_number else ctypes.cast(value, kind)

    def call(self, name, values):
        function = getattr(self.library, name)
        result = function(*map(self.converted, values, function.argtypes))
        if isinstance(result, ctypes._Pointer):
            return ctypes.cast(result, ctypes.c_void_p).value
        return result


class Cffi:
    def __init__(self, path, interface, callbacks):
        import cffi
        self.header, self.ffi = interface, cffi.FFI()
        with open(sys.argv[1], encoding="utf-8") as file:
            self.ffi.cdef(file.read())
        self.library = self.ffi.dlopen(path)
        self.kept = {name: self.ffi.callback(self.signature(function),
                                             self.with_addresses(getattr(callbacks, name), function))
                     for name, function in callbacks.prototypes(interface).items()}
        self.callbacks = {name: self.address(callback) for name, callback in self.kept.items()}

    @staticmethod
    def signature(function):
        return f"{function.result}(*)({', '.join(p.type for p in function.parameters)})"

    def with_addresses(self, callback, function):
        """The callback with pointers as addresses, as in ctypes."""
        def called(*values):
            result = callback(*(self.address(value) if isinstance(value, self.ffi.CData) else value
                                for value in values))
            return self.ffi.cast(function.result, result) if "*" in function.result else result
        return called

    def address(self, pointer):
        return int(self.ffi.cast("uintptr_t", pointer))

    def size(self, name):
        return self.ffi.sizeof(name)

    def struct(self, name, fields):
        content = self.ffi.new(f"{name} *")
        for field, value in fields.items():
            *outer, last = field.split(".")
            inner = content
            for member in outer:
                inner = getattr(inner, member)
            kind = dict(self.ffi.typeof(inner[0] if inner is content else inner).fields)[last].type
            setattr(inner, last, self.converted(value, kind))
        return bytes(self.ffi.buffer(content))

    def converted(self, value, kind):
        return value if kind.kind in ("primitive", "array") else self.ffi.cast(kind, value)

    def call(self, name, values):
        function = getattr(self.library, name)
        result = function(*map(self.converted, values, self.ffi.typeof(function).args))
        if not isinstance(result, self.ffi.CData):
            return result
        if not result:
            return None
        text = self.ffi.typeof(result) is self.ffi.typeof("const char *")
        return self.ffi.string(result) if text else self.address(result)


class Callbacks:
    """What the library calls back; `user` says how to behave."""

    def __init__(self):
        self.read_so_far = 0

    @staticmethod
    def prototypes(interface):
        def member(name, field):
            return next(m.function for m in interface.structs[name] if m.name == field)
        return {"allocate": member("mnistcnn_allocator", "allocate"),
                "deallocate": member("mnistcnn_allocator", "deallocate"),
                "read": member("mnistcnn_reader", "read"), "write": member("mnistcnn_writer", "write"),
                "follow": interface.callbacks["mnistcnn_progress_callback"],
                "log": interface.callbacks["mnistcnn_log_callback"]}

    @staticmethod
    def allocate(size, user):
        return 0 if user == cases.USER_FAILS else LIBC.malloc(size)

    @staticmethod
    def deallocate(pointer, _):
        LIBC.free(pointer)

    def read(self, buffer, size, user):
        path = {cases.USER_MODEL: "model.safetensors", cases.USER_CHECKPOINT: "checkpoint"}.get(user)
        if not path:
            return 2**63 - 1 if user == cases.USER_LIES else -1
        with open(path, "rb") as file:
            file.seek(self.read_so_far)
            content = file.read(size)
        ctypes.memmove(buffer, content, len(content))
        self.read_so_far += len(content)
        return len(content)

    @staticmethod
    def write(_, __, user):
        return int(user == cases.USER_FAILS)

    @staticmethod
    def follow(_, user):
        return int(user == cases.USER_FAILS)

    @staticmethod
    def log(*_):
        pass


# --- the calls ------------------------------------------------------------------------------------

class Run:
    def __init__(self, interface, path, backend):
        self.header, self.cases = interface, cases.Cases(interface)
        self.callbacks = Callbacks()
        self.backend = backend(path, interface, self.callbacks)
        self.codes = interface.enums["mnistcnn_status_code"].values()
        self.objects, self.model_bytes, self.model_size = {}, 0, 0
        self.texts = {name: new_memory(text + b"\0") for name, text in cases.TEXTS.items()}
        self.data = {name: new_memory(self.packed(*content)) for name, content in cases.DATA.items()}
        self.preset = new_memory(b"a preset that no other call asks for\0")
        self.failures, self.counts = [], dict.fromkeys(interface.functions, 0)

    @staticmethod
    def packed(type_name, values):
        values = [float(value) if type_name == "float" else value for value in values]
        return struct.pack(f"{len(values)}{UNPACKED[type_name]}", *values)

    def all(self):
        for path, content in cases.FILES.items():
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
        for call in self.cases.setup():
            self.make(call)
        with open("model.safetensors", "rb") as file:
            content = file.read()
        self.model_bytes, self.model_size = new_memory(content), len(content)
        for call in self.cases.all():
            self.make(call)
        for name, type_name in reversed(list(self.cases.bound())):
            self.backend.call(f"{type_name}_free", [self.objects[name]])

    # Arguments. `made` collects what the call's arguments are made of.

    def value(self, value, made):
        kind = value[0]
        if kind == "int":
            return value[1]
        if kind == "size":
            return self.backend.size(value[1]) + value[2]
        if kind == "model_size":
            return self.model_size + value[1]
        if kind == "float":
            return float(value[1])
        if kind == "floats":
            return tuple(map(float, value[1]))
        if kind == "null":
            return 0
        if kind == "text":
            return self.texts[value[1]]
        if kind == "names":
            return self.place(struct.pack(f"{len(value[1])}P", *(self.texts[name] if name else 0
                                                                 for name in value[1])), made)
        if kind == "data":
            return self.data[value[1]]
        if kind == "object":
            return self.objects[value[1]]
        if kind == "model_bytes":
            return self.model_bytes
        if kind == "callback":
            return self.backend.callbacks[value[1]]
        if kind == "room":
            return self.place(b"\xa5" * self.value(value[1], made), made)
        if kind == "copy":
            return self.copy(value[1], made)
        if kind == "struct":
            return self.struct(value, made)
        handle = self.place(struct.pack("P", NOTHING), made)  # kinds "handle" and "bind"
        made.handles.append((handle, value[0], value[1]))
        return handle

    @staticmethod
    def place(content, made):
        made.places.append(new_memory(content))
        return made.places[-1]

    def copy(self, name, made):
        handle = self.place(bytes(struct.calcsize("P")), made)
        self.backend.call("mnistcnn_model_clone", [self.objects[name], handle])
        made.copies.append(pointer_at(handle))
        return made.copies[-1]

    def struct(self, value, made):
        """Of no more bytes than it says to have, if it is smaller than it should be; if it says to be
        larger, with more behind it."""
        _, name, number, fields, fill = value
        fields = {**self.cases.values(name, number), **fields}
        numbers = {field: self.value(inner, made) for field, inner in fields.items()
                   if not self.cases.member(name, field).length or inner[0] == "floats"}
        content = self.backend.struct(name, numbers)
        struct_size = numbers.get("struct_size", len(content))
        if struct_size > len(content):
            content = content.ljust(cases.ENOUGH, bytes([fill]))
        address = self.place(content[:max(4, struct_size)], made)
        if name == "mnistcnn_error" and struct_size == self.backend.size(name):
            made.error = address
        return address

    # Before and after a call.

    def make(self, call):
        function, made = self.header.functions[call.function], Made()
        values = [self.value(value, made) for value in call.arguments]
        self.callbacks.read_so_far = 0
        self.before = self.last_error_of_another_call()
        self.counts[call.function] += 1
        result = self.backend.call(call.function, values)
        if function.result == "mnistcnn_status":
            self.check_status(call, result, made)
        elif not result and call.function in cases.NEVER_NULL and result != b"":
            self.complain(call, "no text")
        self.free(made)

    def last_error_of_another_call(self):
        made = Made()
        size = self.backend.size("mnistcnn_model_options")
        self.backend.call("mnistcnn_model_options_preset", [self.place(bytes(size), made), size, self.preset])
        self.free(made)
        return self.backend.call("mnistcnn_last_error", [])

    def check_status(self, call, status, made):
        message = self.backend.call("mnistcnn_last_error", [])
        if status not in self.codes:
            self.complain(call, f"unknown status {status}")
        if call.expected != cases.EITHER and (call.expected == cases.SUCCESS) != (status == 0):
            self.complain(call, f"status {status} (last error: {message})")
        if status:
            self.check_message(call, message)
        if made.error:
            said = struct.unpack("i", ctypes.string_at(made.error + 4, 4))[0]
            if said not in ((status, cases.UNTOUCHED) if status else (cases.UNTOUCHED,)):
                self.complain(call, f"status {said} in the error struct instead of {status}")
        for handle, kind, name in made.handles:
            self.check_handle(call, status, pointer_at(handle))
            if kind == "bind":
                self.objects[name] = pointer_at(handle)

    def check_message(self, call, message):
        if not message or message == self.before or len(message) > 511 or b"\n" in message:
            self.complain(call, f"no message of one line: {message}")
        message.decode()

    def check_handle(self, call, status, pointer):
        if not status and pointer in (0, NOTHING):
            self.complain(call, "nothing made")
        if status and pointer and call.function not in cases.MADE_ON_FAILURE:
            self.complain(call, "a handle in spite of failure")

    def free(self, made):
        for handle, kind, name in reversed(made.handles):
            if kind == "handle" and pointer_at(handle) not in (0, NOTHING):
                self.backend.call(f"{name}_free", [pointer_at(handle)])
        for model in made.copies:  # after what was made from it
            self.backend.call("mnistcnn_model_free", [model])
        for address in made.places:
            LIBC.free(address)

    def complain(self, call, reason):
        self.failures.append(f"{call.function}({call.what}): {reason}")


class Made:
    def __init__(self):
        self.places, self.handles, self.copies, self.error = [], [], [], 0


def main():
    interface = header.read(sys.argv[1])
    run = Run(interface, os.path.abspath(sys.argv[2]), {"ctypes": Ctypes, "cffi": Cffi}[sys.argv[3]])
    folder = tempfile.mkdtemp(prefix="mnistcnn-calls-")
    os.chdir(folder)
    try:
        run.all()
    finally:
        os.chdir("/")
        shutil.rmtree(folder)
    missing = [name for name, count in run.counts.items() if not count]
    for line in run.failures + [f"{name} was not called" for name in missing]:
        print(line, file=sys.stderr)
    print(f"{len(run.counts) - len(missing)} of {len(interface.functions)} functions, "
          f"{sum(run.counts.values())} calls, {len(run.failures)} failures")
    sys.exit(1 if run.failures or missing else 0)


if __name__ == "__main__":
    main()
