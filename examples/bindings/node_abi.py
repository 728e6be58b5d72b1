"""The declarations of the library for Node.js: examples/node/src/abi.ts.

Structs are written into and read from buffers at the offsets given here, so that no type has to be declared
to a foreign function interface. Sizes and offsets are those of 64-bit systems, which are the same on all of
them: the headers have types of fixed width only."""
PREFIX = "mnistcnn_"
POINTER_SIZE = 8
# C type: (name here, size); its alignment is its size.
KINDS = {"char": ("char", 1), "uint8_t": ("u8", 1), "float": ("f32", 4), "double": ("f64", 8),
         "int32_t": ("i32", 4), "uint32_t": ("u32", 4), "int64_t": ("i64", 8), "uint64_t": ("u64", 8),
         "size_t": ("u64", 8)}

START = '''\
// The C interface of libmnistcnn {version}: constants, structs and functions.
//
// Written by examples/bindings/generate.py from the public headers; not to be edited.

export const VERSION = '{version}';

/** A member of a struct: its type, its offset in bytes and, of an array, its length. */
export type Field = readonly [kind: Kind, offset: number, length: number];

export type Kind = {kinds};

export interface Struct {{
  readonly size: number;
  readonly fields: Readonly<Record<string, Field>>;
}}

/** The result and the parameters, as koffi names the types; all pointers but strings are `void *`. */
export type Signature = readonly [result: string, parameters: readonly string[]];
'''


def text(interface):
    declared = interface.declared
    kinds = " | ".join(f"'{kind}'" for kind in [*dict.fromkeys(k for k, _ in KINDS.values()), "pointer"])
    blocks = [START.format(version=interface.version, kinds=kinds),
              block("enums", [enum(name, numbers) for name, numbers in declared.enums.items()], ""),
              block("structs", [struct(declared, name) for name in declared.structs],
                    " satisfies Record<string, Struct>"),
              block("functions", [library(declared, *item) for item in interface.functions.items()],
                    " satisfies Record<string, Record<string, Signature>>")]
    return "\n".join(blocks)


def block(name, entries, satisfies):
    return f"export const {name} = {{\n{''.join(entries)}}} as const{satisfies};\n"


# --- enums ------------------------------------------------------------------------------------------


def enum(name, numbers):
    prefix = constant_prefix(name, numbers)
    rows = "".join(f"    {constant.removeprefix(prefix).lower()}: {number},\n"
                   for constant, number in numbers.items())
    return f"  {name.removeprefix(PREFIX)}: {{\n{rows}  }},\n"


def constant_prefix(name, numbers):
    """MNISTCNN_ and as many words of the enum's name as all constants begin with."""
    words = name.upper().split("_")
    while not all(constant.startswith("_".join(words) + "_") for constant in numbers):
        words.pop()
    return "_".join(words) + "_"


# --- structs ----------------------------------------------------------------------------------------


def struct(declared, name):
    size, fields = layout(declared, name)
    rows = "".join(f"      {quoted(field)}: ['{kind}', {offset}, {length}],\n"
                   for field, (kind, offset, length) in fields.items())
    return f"  {name}: {{\n    size: {size},\n    fields: {{\n{rows}    }},\n  }},\n"


def quoted(field):
    return f"'{field}'" if "." in field else field


def layout(declared, name):
    """The size, and {field: (kind, offset, length)}; members of structs within are "shape.height"."""
    fields = {}
    for member, offset, _ in places(declared, name):
        if member.type in declared.structs:
            for inner, (kind, place, length) in layout(declared, member.type)[1].items():
                fields[f"{member.name}.{inner}"] = (kind, offset + place, length)
        else:
            fields[member.name] = (kind_of(declared, member), offset, member.length)
    return struct_size(declared, name), fields


def places(declared, name):
    """(member, offset, size) of each member."""
    end = 0
    for member in declared.structs[name]:
        size, alignment = measures(declared, member)
        offset = align(end, alignment)
        end = offset + size * (member.length or 1)
        yield member, offset, end - offset


def struct_size(declared, name):
    *_, (_, offset, size) = places(declared, name)
    return align(offset + size, struct_alignment(declared, name))


def align(offset, alignment):
    return (offset + alignment - 1) // alignment * alignment


def struct_alignment(declared, name):
    return max(measures(declared, member)[1] for member in declared.structs[name])


def measures(declared, member):
    """Size and alignment, of an array those of an element."""
    if member.type in declared.structs:
        return struct_size(declared, member.type), struct_alignment(declared, member.type)
    kind = kind_of(declared, member)
    size = POINTER_SIZE if kind == "pointer" else next(s for k, s in KINDS.values() if k == kind)
    return size, size


def kind_of(declared, member):
    if member.function or member.type in declared.callbacks or member.type.endswith("*"):
        return "pointer"
    return KINDS[plain(declared, member.type)][0]


def plain(declared, type_name):
    return declared.aliases.get(type_name, type_name)


# --- functions --------------------------------------------------------------------------------------


def library(declared, name, functions):
    rows = "".join(f"    {function}: {signature(declared, declared.functions[function])},\n"
                   for function in functions)
    return f"  {name}: {{\n{rows}  }},\n"


def signature(declared, function):
    parameters = ", ".join(f"'{koffi_type(declared, p.type)}'" for p in function.parameters)
    return f"['{koffi_type(declared, function.result)}', [{parameters}]]"


def koffi_type(declared, type_name):
    if type_name == "const char*":
        return "const char *"
    if type_name.endswith("*"):
        return "void *"
    return type_name if type_name == "void" else plain(declared, type_name)
