"""Damage files at random: truncate, duplicate, splice, edit, recode, and insert hostile content."""

import io
import zipfile

SEPARATORS = [
    b"\n",
    b"\t",
    b'"',
    b"'",
    b",",
    b";",
    b"{",
    b"[",
    b"<",
    b"&",
    b"]]>",
    b"-",
    b"|",
    b"\0",
    b"\xd0",
    b"\xff\xfe",
]
NUMBERS = [
    b"9" * 5000,
    b"-1",
    b"1e999",
    b"99999999999999999999",
    b"4294967296",
    b"NaN",
    b"null",
    b"0x7f",
    b"1.5",
]
NESTED = [
    b"[" * 3000,
    b'{"a":' * 2000,
    b"<a>" * 3000,
    b"(" * 3000,
    b"\\ud83d",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
]
ENCODINGS = ["utf-16", "utf-16-be", "utf-32", "cp1251", "koi8_r", "latin-1", "utf-8-sig", "utf-7", "cp500"]


def mutate_files(files, others, rng):
    """Return ``files`` with one to four damages in some of them."""
    changed = dict(files)
    for name in rng.sample(sorted(files), k=max(1, len(files) // 2) if len(files) < 6 else rng.randint(1, 4)):
        content = changed[name]
        for _ in range(rng.choice([1, 1, 2, 4])):
            content = _damage(content, others, rng)
        changed[name] = content
    return changed


def _damage(content, others, rng):
    if content[:4] == b"PK\x03\x04" and rng.random() < 0.7:
        return _damage_member(content, others, rng)
    match rng.randrange(12):
        case 0 | 1:
            return _damage_lines(content, rng)
        case 2:
            old, new = rng.sample([b"\t", b",", b";", b" ", b"|", b":", b"\n", b'"'], k=2)
            return content.replace(old, new)
        case 3:
            text = content.decode("utf-8", errors="replace")
            return text.encode(rng.choice(ENCODINGS), errors="replace")
        case _:
            return _damage_bytes(content, others, rng)


def _damage_bytes(content, others, rng):
    data = bytearray(content)
    at = rng.randrange(len(data) + 1)
    end = at + rng.randint(1, 12)
    match rng.randrange(8):
        case 0:
            for _ in range(rng.randint(1, 4) * bool(data)):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        case 1:
            del data[at:]
        case 2:
            data[at:end] = rng.randbytes(rng.randint(0, 6))
        case 3:
            data[at:at] = data[at:end] * rng.randint(1, 50)
        case 4:
            data[at:at] = rng.choice(SEPARATORS)
        case 5:
            data[at:end] = rng.choice(NUMBERS)
        case 6:
            data[at:at] = rng.choice(NESTED)
        case _:
            other = rng.choice(others)
            data[at:at] = rng.choice(list(other.values()))[: rng.choice([20, 80, 2000])]
    return bytes(data)


def _damage_lines(content, rng):
    lines = content.splitlines(keepends=True) or [b""]
    at = rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines[at:at] = [lines[at]] * rng.randint(1, 30)
        case 2:
            lines[at : at + 1] = [rng.choice(SEPARATORS) * rng.randint(1, 40) + b"\n", lines[at]]
        case 3:
            rng.shuffle(lines)
    return b"".join(lines)


def _damage_member(content, others, rng):
    """Damage one member of a zip or workbook, and pack it again correctly."""
    out = io.BytesIO()
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as old,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            chosen = rng.choice(old.namelist() or [""])
            for name in dict.fromkeys(old.namelist()):
                member = old.read(name)
                new.writestr(name, _damage(member, others, rng) if name == chosen else member)
    except Exception:  # damaged before
        return content[: rng.randrange(len(content))]
    return out.getvalue()
