#!/usr/bin/env python3
"""Writes jpeg_values.h (beside this file): small JPEG files, and their pixels as Pillow decodes them. Also
writes the files as seeds of tests/fuzz/fuzz_jpeg.c. Needs Pillow (13.0 wrote what is there), a C compiler
and libjpeg: Pillow writes no YCCK.
"""
import io
import pathlib
import subprocess
import tempfile

from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
CORPUS = HERE.parent / "fuzz" / "corpus" / "jpeg"

YCCK = r"""
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>
int main(void) {
  struct jpeg_compress_struct c;
  struct jpeg_error_mgr e;
  unsigned char row[11 * 4], *rows[1] = {row};
  c.err = jpeg_std_error(&e);
  jpeg_create_compress(&c);
  jpeg_stdio_dest(&c, stdout);
  c.image_width = 11, c.image_height = 9, c.input_components = 4, c.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&c);
  jpeg_set_colorspace(&c, JCS_YCCK);
  jpeg_start_compress(&c, TRUE);
  for (int y = 0; y < 9; y++) {
    for (int i = 0; i < 44; i++)
      row[i] = (unsigned char)(255 - 5 * i - 9 * y * (i % 4));
    jpeg_write_scanlines(&c, rows, 1);
  }
  jpeg_finish_compress(&c);
  return 0;
}
"""


def picture(height, width, bands):
    data = bytes((37 * x + 11 * y * (band + 1) + 60 * band + (x * y) % 23) % 256
                 for y in range(height) for x in range(width) for band in range(bands))
    return Image.frombytes({1: "L", 3: "RGB", 4: "CMYK"}[bands], (width, height), data)


def smooth():
    data = bytes(3 * x + 2 * y + 20 * band for y in range(34) for x in range(48) for band in range(3))
    return Image.frombytes("RGB", (48, 34), data)


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def ycck():
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder, "ycck.c"), pathlib.Path(folder, "ycck")
        source.write_text(YCCK)
        subprocess.run(["cc", source, "-o", program, "-ljpeg"], check=True)
        return subprocess.run([program], check=True, stdout=subprocess.PIPE).stdout


def with_orientation(number):
    exif = Image.Exif()
    exif[0x010F] = "maker"
    exif[0x0112] = number
    return jpeg(picture(6, 9, 3), exif=exif, quality=60)


def files():
    yield "gray", jpeg(picture(7, 9, 1))
    yield "colour_420", jpeg(picture(18, 21, 3), quality=85)
    yield "colour_422", jpeg(picture(10, 9, 3), subsampling=1, quality=85)
    yield "colour_444", jpeg(picture(5, 8, 3), subsampling=0)
    yield "rgb", jpeg(picture(6, 10, 3), keep_rgb=True)
    yield "progressive", jpeg(picture(18, 21, 3), progressive=True, quality=70)
    yield "restart", jpeg(picture(18, 40, 3), restart_marker_blocks=1, quality=50)
    yield "cmyk", jpeg(picture(9, 11, 4), quality=90)
    yield "ycck", ycck()
    yield "smooth", jpeg(smooth(), quality=95)
    for number in range(1, 9):
        yield f"exif_{number}", with_orientation(number)


def array(name, content):
    lines = [content[i:i + 20] for i in range(0, len(content), 20)]
    body = ",\n    ".join(", ".join(str(byte) for byte in line) for line in lines)
    return f"static const unsigned char {name}[] = {{\n    {body}}};\n"


def main():
    out, rows = [], []
    CORPUS.mkdir(parents=True, exist_ok=True)
    for name, content in files():
        with Image.open(io.BytesIO(content)) as image:
            upright = ImageOps.exif_transpose(image)
            upright = upright if upright.mode == "L" else upright.convert("RGB")
        out += [array(f"file_{name}", content), array(f"pixels_{name}", upright.tobytes())]
        rows.append(f'    {{"{name}", file_{name}, sizeof file_{name}, pixels_{name}, '
                    f"{{{upright.height}, {upright.width}, {len(upright.getbands())}}}}},\n")
        if not name.startswith("exif") or name.endswith("6"):
            (CORPUS / name).write_bytes(content)
    (HERE / "jpeg_values.h").write_text(
        "/* Written by jpeg_values.py: JPEG files, and their pixels as Pillow decodes them. */\n"
        "#ifndef GOLDEN_JPEG_VALUES_H\n#define GOLDEN_JPEG_VALUES_H\n\n#include <stddef.h>\n\n"
        "/* clang-format off */\n" + "\n".join(out) +
        "\nstatic const struct jpeg_value {\n  const char *name;\n  const unsigned char *file;\n"
        "  size_t size_bytes;\n  const unsigned char *pixels;\n"
        "  struct {\n    unsigned height, width, channels;\n  } shape;\n} jpeg_values[] = {\n" +
        "".join(rows) + "};\n/* clang-format on */\n\n#endif\n", encoding="utf-8")


main()
